// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases about sockets that are used through io_uring. What a program there relies on is to be told,
 * with what it received, whether there is more: where not, it waits for the next edge. A kernel
 * without io_uring says so in each. */
#include <linux/io_uring.h>
#include <sys/syscall.h>
#include "case.h"

/* These came with Linux 5.19: older headers lack them. */
#define CQE_SOCK_NONEMPTY (1U << 2)
#define RECV_POLL_FIRST	  (1U << 0)

#define ENTRIES 8
#define HALF	4

static struct {
	int fd;
	struct io_uring_sqe *entries;
	unsigned *tail, *mask, *array;
	atomic_uint *done_head, *done_tail;
	unsigned *done_mask;
	struct io_uring_cqe *done;
} ring;

static void *map_ring(size_t size, off_t offset)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd,
		       offset);
	if (p == MAP_FAILED)
		give_up("mmap");
	return p;
}

static void make_ring(void)
{
	struct io_uring_params p = { 0 };
	ring.fd = syscall(SYS_io_uring_setup, ENTRIES, &p);
	if (ring.fd < 0)
		give_up("io_uring_setup");
	char *submit =
		map_ring(p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
	char *complete = map_ring(p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
				  IORING_OFF_CQ_RING);
	ring.entries = map_ring(p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	ring.tail = (void *)(submit + p.sq_off.tail);
	ring.mask = (void *)(submit + p.sq_off.ring_mask);
	ring.array = (void *)(submit + p.sq_off.array);
	ring.done_head = (void *)(complete + p.cq_off.head);
	ring.done_tail = (void *)(complete + p.cq_off.tail);
	ring.done_mask = (void *)(complete + p.cq_off.ring_mask);
	ring.done = (void *)(complete + p.cq_off.cqes);
}

/* Submits one operation; it waits in the kernel if it must. */
static void submit(struct io_uring_sqe what)
{
	unsigned tail = *ring.tail, index = tail & *ring.mask;
	ring.entries[index] = what;
	ring.array[index] = index;
	__atomic_store_n(ring.tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring.fd, 1, 0, 0, NULL, 0) != 1)
		give_up("io_uring_enter");
}

/* What an operation came to. */
struct completion {
	int result; /* of the call, or -errno */
	bool more;  /* the kernel says that there is more to read */
};

/* Takes the oldest completion, or says that the operation hangs and ends the case. */
static struct completion completion(const char *label)
{
	unsigned head = atomic_load(ring.done_head);
	long long end = now_ms() + PATIENCE_MS;
	while (head == atomic_load(ring.done_tail)) {
		struct pollfd p = { ring.fd, POLLIN, 0 };
		if (now_ms() > end) {
			say("%s hangs", label);
			finish();
		}
		poll(&p, 1, 10);
	}
	const struct io_uring_cqe *entry = &ring.done[head & *ring.done_mask];
	struct completion c = { entry->res, entry->flags & CQE_SOCK_NONEMPTY };
	atomic_store(ring.done_head, head + 1);
	return c;
}

static void receive(int fd, char *data, unsigned flags)
{
	submit((struct io_uring_sqe){ .opcode = IORING_OP_RECV,
				      .ioprio = flags,
				      .fd = fd,
				      .addr = (uintptr_t)data,
				      .len = HALF });
}

static void say_half(const char *label, const char *data)
{
	struct completion c = completion(label);
	errno = c.result < 0 ? -c.result : 0;
	say_received(label, c.result < 0 ? -1 : c.result, data);
	say("more: %s", yes(c.more));
}

/* Receives eight bytes that are there in two operations. */
static void say_halves(int fd)
{
	char data[HALF];
	receive(fd, data, 0);
	say_half("recv", data);
	receive(fd, data, 0);
	say_half("then", data);
}

static void recv_waits(void)
{
	struct pair p = open_pair();
	char data[HALF];
	make_ring();
	receive(p.server, data, 0);
	put_text(p.client, "abcdefgh");
	say_half("recv", data);
	receive(p.server, data, 0);
	say_half("then", data);
	say_exchange("then", &p);
}

static void recv_waits_for_an_edge(void)
{
	struct pair p = open_pair();
	char data[HALF];
	make_ring();
	receive(p.server, data, RECV_POLL_FIRST);
	put_text(p.client, "abcdefgh");
	say_half("recv", data);
	receive(p.server, data, 0);
	say_half("then", data);
}

static void recv_present(void)
{
	struct pair p = open_pair();
	make_ring();
	deliver(p.client, "abcdefgh");
	say_halves(p.server);
}

static void poll_waits(void)
{
	struct pair p = open_pair();
	make_ring();
	submit((struct io_uring_sqe){
		.opcode = IORING_OP_POLL_ADD, .fd = p.server, .poll_events = POLLIN });
	deliver(p.client, "abcdefgh");
	say("poll %s", yes(completion("poll").result & POLLIN));
	say_halves(p.server);
}

static void accepts(void)
{
	make_ring();
	int listener = make_listener(0), client = make_client();
	submit((struct io_uring_sqe){ .opcode = IORING_OP_ACCEPT, .fd = listener });
	do_connect(client, 0);
	int server = completion("accept").result;
	if (server < 0) {
		errno = -server;
		give_up("accept");
	}
	deliver(client, "abcdefgh");
	say_halves(server);
}

static void connects(void)
{
	make_ring();
	int listener = make_listener(0), client = make_client();
	struct address a = server_address(0);
	submit((struct io_uring_sqe){ .opcode = IORING_OP_CONNECT,
				      .fd = client,
				      .addr = (uintptr_t)&a.sa,
				      .off = a.length });
	say("connect %d", completion("connect").result);
	int server = do_accept(listener);
	deliver(server, "abcdefgh");
	say_halves(client);
}

static void sends(void)
{
	struct pair p = open_pair();
	char data[HALF];
	make_ring();
	submit((struct io_uring_sqe){ .opcode = IORING_OP_SEND,
				      .fd = p.client,
				      .addr = (uintptr_t) "ping",
				      .len = HALF });
	say("send %d", completion("send").result);
	say_received("received", take(p.server, data, HALF), data);
	deliver(p.server, "abcdefgh");
	say_halves(p.client);
}

const struct probe_case uring_cases[] = {
	{ "uring-recv-waits", "IORING_OP_RECV waits, of less than comes", recv_waits, 0 },
	{ "uring-recv-waits-for-an-edge", "the same with IORING_RECVSEND_POLL_FIRST",
	  recv_waits_for_an_edge, 0 },
	{ "uring-recv-present", "IORING_OP_RECV of less than is there", recv_present, 0 },
	{ "uring-poll", "IORING_OP_POLL_ADD waits, then the same", poll_waits, 0 },
	{ "uring-accept", "the same on a socket from IORING_OP_ACCEPT", accepts, NO_WARM_UP },
	{ "uring-connect", "the same on one of IORING_OP_CONNECT", connects, NO_WARM_UP },
	{ "uring-send", "the same on one of IORING_OP_SEND", sends, 0 },
	{ 0 },
};
