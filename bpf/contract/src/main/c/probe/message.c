// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases about messages: sizes, directions, threads, and the calls that send and receive them. */
#include <linux/userfaultfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include "case.h"

static void zero_bytes(void)
{
	struct pair p = open_pair();
	say_send("send", p.client, "", 0);
	sleep_ms(20);
	say_poll("peer", p.server);
	put_text(p.client, "x");
	say_recv("recv", p.server, 8, 0);
}

static void of_size(size_t size)
{
	struct pair p = open_pair();
	int ends[] = { p.client, p.server };
	for (int i = 0; i < 2; i++) {
		struct call *c = begin(run_send_all, ends[i], pattern, size, 0);
		bool intact = drain(ends[!i], size, 0);
		say_call(i ? "server sends" : "client sends", c);
		say("intact: %s", yes(intact));
	}
}

static void one_byte(void)
{
	of_size(1);
}

static void above_64_kib(void)
{
	of_size(64 * KIB + 1);
}

static void eight_mib(void)
{
	of_size(8 * MIB);
}

static void many_in_one_read(void)
{
	struct pair p = open_pair();
	char data[1000];
	for (int i = 0; i < 200; i++)
		put(p.client, pattern + i, 1);
	await_delivered(p.client);
	ssize_t n = recv(p.server, data, sizeof(data), MSG_DONTWAIT);
	say_received("one recv", n, data);
}

static void one_in_many_reads(void)
{
	struct pair p = open_pair();
	uint8_t data[1000];
	bool intact = true;
	size_t received = 0;
	put(p.client, pattern, 30000);
	await_delivered(p.client);
	for (int i = 0; i < 30; i++) {
		ssize_t n = recv(p.server, data, sizeof(data), MSG_DONTWAIT);
		if (n != sizeof(data)) {
			say_result("recv", n);
			return;
		}
		intact = intact && is_pattern(data, n, received);
		received += n;
	}
	say("30 reads of 1000 intact: %s", yes(intact));
	say_recv("then", p.server, 8, MSG_DONTWAIT);
}

#define PIECES 1024
#define PIECE  7

static void many_iovecs(void)
{
	struct pair p = open_pair();
	static uint8_t data[PIECES * PIECE];
	struct iovec out[PIECES], in[PIECES];
	for (int i = 0; i < PIECES; i++) {
		out[i] = (struct iovec){ pattern + i * PIECE, PIECE };
		in[i] = (struct iovec){ data + i * PIECE, PIECE };
	}
	say_result("writev", writev(p.client, out, PIECES));
	await_delivered(p.client);
	await_events(p.server, POLLIN);
	say_result("readv", readv(p.server, in, PIECES));
	say("intact: %s", yes(is_pattern(data, sizeof(data), 0)));
}

static void no_iovecs(void)
{
	struct pair p = open_pair();
	struct msghdr m = { 0 };
	say_result("sendmsg", sendmsg(p.client, &m, 0));
	say_result("recvmsg", recvmsg(p.server, &m, MSG_DONTWAIT));
	say_exchange("then", &p);
}

static void several_messages_at_once(void)
{
	struct pair p = open_pair();
	char texts[3][5] = { "abcd", "efgh", "ijkl" }, data[3][5] = { 0 };
	struct iovec out[3], in[3];
	struct mmsghdr sent[3], received[3];
	memset(sent, 0, sizeof(sent));
	memset(received, 0, sizeof(received));
	for (int i = 0; i < 3; i++) {
		out[i] = (struct iovec){ texts[i], 4 };
		in[i] = (struct iovec){ data[i], 4 };
		sent[i].msg_hdr.msg_iov = &out[i];
		received[i].msg_hdr.msg_iov = &in[i];
		sent[i].msg_hdr.msg_iovlen = received[i].msg_hdr.msg_iovlen = 1;
	}
	say_result("sendmmsg", sendmmsg(p.client, sent, 3, 0));
	await_delivered(p.client);
	say_result("recvmmsg", recvmmsg(p.server, received, 3, MSG_DONTWAIT, NULL));
	say("'%s' '%s' '%s'", data[0], data[1], data[2]);
}

static void read_and_write(void)
{
	struct pair p = open_pair();
	char data[8];
	say_result("write", write(p.client, "hello", 5));
	await_delivered(p.client);
	say_received("read", read(p.server, data, sizeof(data)), data);
	fcntl(p.server, F_SETFL, O_NONBLOCK);
	say_result("read", read(p.server, data, sizeof(data)));
	say_result("pread", pread(p.server, data, sizeof(data), 0));
	say_result("lseek", lseek(p.server, 0, SEEK_CUR));
}

/* Receives and compares the pattern. It reads on after an EAGAIN and returns that at the end, so
 * that the other end's sender does not hang for want of a reader. */
static ssize_t run_drain(struct call *c)
{
	uint8_t *data = malloc(64 * KIB);
	size_t received = 0;
	bool again = false;
	while (received < c->size) {
		ssize_t n = recv(c->fd, data, 64 * KIB, 0);
		if (n < 0 && errno == EAGAIN) {
			again = true;
			continue;
		}
		if (n <= 0)
			return n;
		if (!is_pattern(data, n, received)) {
			errno = EILSEQ;
			return -1;
		}
		received += n;
	}
	errno = EAGAIN;
	return again ? -1 : (ssize_t)received;
}

static void full_duplex(void)
{
	struct pair p = open_pair();
	const size_t size = 4 * MIB;
	struct call *calls[] = {
		begin(run_send_all, p.client, pattern, size, 0),
		begin(run_send_all, p.server, pattern, size, 0),
		begin(run_drain, p.client, NULL, size, 0),
		begin(run_drain, p.server, NULL, size, 0),
	};
	say_call("client sends", calls[0]);
	say_call("server sends", calls[1]);
	say_call("client receives intact", calls[2]);
	say_call("server receives intact", calls[3]);
}

/* A reader waits for the answer to a request of 6 MiB. */
static void large_request(const struct pair *p)
{
	char data[16];
	struct call *reader = begin(run_recv, p->client, data, sizeof(data), 0);
	await_asleep(reader);
	struct call *sender = begin(run_send_all, p->client, pattern, 6 * MIB, 0);
	await_asleep(sender);
	say_intact(p->server, 6 * MIB, 0);
	say_call("sent", sender);
	put_text(p->server, "answer");
	say_call("recv", reader);
}

static void reader_waits(void)
{
	struct pair p = open_pair();
	large_request(&p);
}

static void reader_waits_from_the_start(void)
{
	struct pair p = connect_pair();
	large_request(&p);
}

/* userfaultfd gives the reader its page only when the send is over. */
static void reader_faults(void)
{
	struct pair p = open_pair();
	static uint8_t zeros[4 * KIB];
	struct uffdio_api api = { .api = UFFD_API };
	int faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	void *page = mmap(NULL, sizeof(zeros), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	struct uffdio_register range = { .range = { (uintptr_t)page, sizeof(zeros) },
					 .mode = UFFDIO_REGISTER_MODE_MISSING };
	if (faults < 0 || ioctl(faults, UFFDIO_API, &api) ||
	    ioctl(faults, UFFDIO_REGISTER, &range)) {
		say("no page faults in user space");
		return;
	}
	put_text(p.client, "a");
	struct call *reader = begin(run_recv, p.server, page, 1, 0);
	struct uffd_msg fault;
	if (read(faults, &fault, sizeof(fault)) != sizeof(fault))
		give_up("userfaultfd");
	struct call *sender = begin(run_send, p.client, "bcd", 3, MSG_DONTWAIT);
	say("the sender waits for it: %s", yes(!is_done(sender, PATIENCE_MS)));
	struct uffdio_copy copy = { .dst = (uintptr_t)page,
				    .src = (uintptr_t)zeros,
				    .len = sizeof(zeros) };
	if (ioctl(faults, UFFDIO_COPY, &copy))
		give_up("UFFDIO_COPY");
	say_call("send", sender);
	say_call("recv", reader);
	say_recv("then", p.server, 3, 0);
}

static ssize_t run_answers(struct call *c)
{
	char data[64];
	for (int i = 0; i < 1000; i++) {
		size_t n = take(c->fd, data, c->size);
		put(c->fd, data, n);
	}
	return 1000;
}

static void ping_pong(void)
{
	struct pair p = open_pair();
	struct call *c = begin(run_answers, p.server, NULL, 14, 0);
	char data[14];
	int intact = 0;
	for (int i = 0; i < 1000; i++) {
		put(p.client, pattern + i, sizeof(data));
		if (take(p.client, data, sizeof(data)) != sizeof(data))
			break;
		intact += is_pattern((uint8_t *)data, sizeof(data), i);
	}
	say("%d of 1000 round trips intact", intact);
	say_call("server", c);
}

#define EXCHANGES 5000

static ssize_t run_exchange(struct call *c)
{
	char out[64], in[sizeof(out)];
	memset(out, 'x', sizeof(out));
	for (int i = 0; i < EXCHANGES; i++) {
		put(c->fd, out, sizeof(out));
		if (take(c->fd, in, sizeof(in)) != sizeof(in) || memcmp(in, out, sizeof(in)))
			return i;
	}
	return EXCHANGES;
}

/* In each round both ends send, then both read. */
static void exchange(void)
{
	struct pair p = open_pair();
	struct call *client = begin(run_exchange, p.client, NULL, 0, 0);
	struct call *server = begin(run_exchange, p.server, NULL, 0, 0);
	is_done(client, 10 * PATIENCE_MS);
	is_done(server, 10 * PATIENCE_MS);
	say_call("client", client);
	say_call("server", server);
}

#define SENDERS 16
#define RECORD	64
#define RECORDS 1000

static ssize_t run_send_records(struct call *c)
{
	char record[RECORD];
	memset(record, c->flags, sizeof(record));
	for (int i = 0; i < RECORDS; i++)
		put(c->fd, record, sizeof(record));
	return RECORDS;
}

/* TCP does not promise that a record stays in one piece, only that each byte arrives once. */
static void many_senders(void)
{
	struct pair p = open_pair();
	struct call *calls[SENDERS];
	static uint8_t data[SENDERS * RECORDS * RECORD];
	int counts[SENDERS] = { 0 };
	bool ok = true;
	for (int i = 0; i < SENDERS; i++)
		calls[i] = begin(run_send_records, p.client, NULL, 0, i);
	size_t n = take(p.server, data, sizeof(data));
	for (size_t i = 0; i < n; i++)
		counts[data[i] % SENDERS] += data[i] < SENDERS;
	for (int i = 0; i < SENDERS; i++)
		ok = ok && is_done(calls[i], PATIENCE_MS) && counts[i] == RECORDS * RECORD;
	say_result("received", n);
	say("as many bytes of each sender: %s", yes(ok));
}

const struct probe_case message_cases[] = {
	{ "message-zero-bytes", "a send of nothing", zero_bytes, 0 },
	{ "message-one-byte", "one byte each way", one_byte, 0 },
	{ "message-above-64-kib", "64 KiB and one byte each way", above_64_kib, 0 },
	{ "message-8-mib", "8 MiB each way", eight_mib, 0 },
	{ "message-8-mib-v6", "8 MiB each way over IPv6", eight_mib, V6 },
	{ "message-8-mib-service", "8 MiB each way through address translation", eight_mib,
	  SERVICE },
	{ "message-many-in-one-read", "one recv of 200 messages", many_in_one_read, 0 },
	{ "message-one-in-many-reads", "30 recvs of one message", one_in_many_reads, 0 },
	{ "message-1024-iovecs", "writev and readv of 1,024 pieces", many_iovecs, 0 },
	{ "message-no-iovecs", "sendmsg and recvmsg without a buffer", no_iovecs, 0 },
	{ "message-several-at-once", "sendmmsg and recvmmsg", several_messages_at_once, 0 },
	{ "message-read-write", "read, write, and what a socket refuses", read_and_write, 0 },
	{ "message-full-duplex", "4 MiB each way at once, each end with two threads", full_duplex,
	  0 },
	{ "message-reader-waits", "a reader is blocked while another thread sends 6 MiB",
	  reader_waits, 0 },
	{ "message-reader-waits-from-the-start", "the same, and nothing was exchanged before",
	  reader_waits_from_the_start, NO_WARM_UP },
	{ "message-reader-faults", "a send while the reader is in a page fault", reader_faults, 0 },
	{ "message-ping-pong", "1,000 round trips", ping_pong, 0 },
	{ "message-exchange", "both ends send at once, 5,000 times", exchange, 0 },
	{ "message-ping-pong-v6", "1,000 round trips over IPv6", ping_pong, V6 },
	{ "message-ping-pong-loopback", "1,000 round trips over 127.0.0.1", ping_pong, LOOPBACK },
	{ "message-ping-pong-service", "1,000 round trips through address translation", ping_pong,
	  SERVICE },
	{ "message-many-senders", "16 threads send on one socket", many_senders, 0 },
	{ 0 },
};
