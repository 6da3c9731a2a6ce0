// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases about bytes: backlog, messages, ways to receive, splice and sendfile. */
#include <linux/userfaultfd.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/syscall.h>
#include "probe.h"

/* Backlog: the reader does not read. */

static void unread_messages(void)
{
	struct pair p = open_pair();
	size_t sent = fill(p.client, 64 * KIB, LOTS);
	say("bounded below 64 MiB: %s", yes(sent < LOTS));
	say_intact(p.server, sent, 0);
}

/* TCP takes a number of them that depends on how they are packed: only what follows is certain. */
static void unread_one_byte_messages(void)
{
	struct pair p = open_pair();
	size_t sent = fill(p.client, 1, 64 * KIB);
	say_intact(p.server, sent, 0);
}

static void unread_small_buffers(void)
{
	struct pair p = open_pair();
	set_option(p.client, SOL_SOCKET, SO_SNDBUF, 16 * KIB);
	set_option(p.server, SOL_SOCKET, SO_RCVBUF, 64 * KIB);
	size_t sent = fill(p.client, 4 * KIB, 16 * MIB);
	say("bounded below 1 MiB: %s", yes(sent < MIB));
	say_intact(p.server, sent, 0);
}

static void send_timeout(void)
{
	struct pair p = open_pair();
	struct timeval t = { 0, 200000 };
	if (setsockopt(p.client, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)))
		give_up("SO_SNDTIMEO");
	size_t sent = 0;
	ssize_t n = 0;
	/* The peer may open its window a little more: several short counts are possible. */
	while (n >= 0 && sent < LOTS) {
		size_t at = sent % LOTS;
		struct call *c = begin(run_send, p.client, pattern + at, LOTS - at, 0);
		if (!is_done(c, PATIENCE_MS)) {
			say("hangs");
			return;
		}
		n = c->result;
		errno = c->error;
		sent += n > 0 ? n : 0;
	}
	say("after less than 64 MiB: %s", n < 0 ? errno_name(errno) : "no");
	say_intact(p.server, sent, 0);
}

static void full_then_writable(void)
{
	struct pair p = open_pair();
	size_t sent = fill(p.client, 64 * KIB, LOTS);
	say_poll("full", p.client);
	say_intact(p.server, sent, 0);
	await_events(p.client, POLLOUT);
	say_poll("drained", p.client);
	say_send("drained", p.client, "x", MSG_DONTWAIT);
	say_recv("received", p.server, 8, 0);
}

static void edge_when_writable(void)
{
	struct pair p = open_pair();
	int epoll = epoll_create1(0);
	struct epoll_event e = { .events = EPOLLOUT | EPOLLET };
	size_t sent = fill(p.client, 64 * KIB, LOTS);
	epoll_ctl(epoll, EPOLL_CTL_ADD, p.client, &e);
	say_result("full", epoll_wait(epoll, &e, 1, 0));
	say_intact(p.server, sent, 0);
	say_result("drained", epoll_wait(epoll, &e, 1, PATIENCE_MS));
}

static void blocked_send_completes(void)
{
	struct pair p = open_pair();
	struct call *c = begin(run_send, p.client, pattern, LOTS, 0);
	await_asleep(c);
	say("blocked: %s", yes(!is_done(c, 20)));
	say_intact(p.server, LOTS, 0);
	say_call("send", c);
}

static ssize_t run_send_small(struct call *c)
{
	for (size_t sent = 0; sent < c->size; sent += 4 * KIB)
		put(c->fd, (char *)c->data + sent, 4 * KIB);
	return c->size;
}

static void slow_reader(void)
{
	struct pair p = open_pair();
	const size_t size = 3 * MIB;
	struct call *c = begin(run_send_small, p.client, pattern, size, 0);
	for (size_t at = 0; at < size; at += 48 * KIB) {
		if (!drain(p.server, 48 * KIB < size - at ? 48 * KIB : size - at, at))
			return;
		sleep_ms(2);
	}
	say_call("sent", c);
	say("intact: yes");
}

/* A backlog of 4.5 MiB is more than an accelerator keeps, and TCP has the rest of it when there is
 * room again. */
static void order_after_overflow(void)
{
	struct pair p = open_pair();
	size_t sent = fill(p.client, 64 * KIB, 4 * MIB + 512 * KIB);
	size_t read = sent / 4;
	if (!drain(p.server, read, 0))
		return;
	struct call *c = begin(run_send_all, p.client, pattern + sent, 64 * KIB, 0);
	is_done(c, 100); /* where there is room for it at once */
	say_intact(p.server, sent + 64 * KIB - read, read);
}

/* Messages. */

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

/* Reads on after an EAGAIN and returns that at the end: the other end's sender does not hang for
 * want of a reader. */
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

/* TCP does not promise that a record stays in one piece; each byte arrives once. */
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

/* Ways to receive. */

static void waitall_present(void)
{
	struct pair p = open_pair();
	deliver(p.client, "ab");
	deliver(p.client, "cd");
	say_recv("recv", p.server, 4, MSG_WAITALL);
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

/* Both ends send, then both read. */
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

/* The page that it reads into comes when the send is over. */
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

static void waitall_blocked(void)
{
	struct pair p = open_pair();
	char data[8];
	struct call *c = begin(run_recv, p.server, data, 4, MSG_WAITALL);
	await_asleep(c);
	deliver(p.client, "ab");
	say("waits for the rest: %s", yes(!is_done(c, 50)));
	put_text(p.client, "cd");
	say_call("recv", c);
}

static void waitall_partly(void)
{
	struct pair p = open_pair();
	char data[8];
	deliver(p.client, "ab");
	struct call *c = begin(run_recv, p.server, data, 4, MSG_WAITALL);
	say("waits for the rest: %s", yes(!is_done(c, 50)));
	put_text(p.client, "cd");
	say_call("recv", c);
}

static void waitall_eof(void)
{
	struct pair p = open_pair();
	put_text(p.client, "ab");
	shutdown(p.client, SHUT_WR);
	say_recv("recv", p.server, 4, MSG_WAITALL);
	say_recv("then", p.server, 4, MSG_WAITALL);
}

static void waitall_large(void)
{
	struct pair p = open_pair();
	static uint8_t data[MIB];
	struct call *c = begin(run_recv, p.server, data, sizeof(data), MSG_WAITALL);
	await_asleep(c);
	for (size_t sent = 0; sent < sizeof(data); sent += 64 * KIB)
		put(p.client, pattern + sent, 64 * KIB);
	say_call("recv", c);
}

static void peek(void)
{
	struct pair p = open_pair();
	deliver(p.client, "hello");
	say_recv("peek", p.server, 2, MSG_PEEK);
	say_recv("peek", p.server, 8, MSG_PEEK);
	say_recv("recv", p.server, 8, 0);
	say_recv("peek", p.server, 8, MSG_PEEK | MSG_DONTWAIT);
}

static void peek_across(void)
{
	struct pair p = open_pair();
	deliver(p.client, "abc");
	deliver(p.client, "def");
	say_recv("peek", p.server, 8, MSG_PEEK);
	say_recv("recv", p.server, 2, 0);
	say_recv("peek", p.server, 8, MSG_PEEK);
	say_recv("recv", p.server, 8, 0);
}

static void peek_blocked(void)
{
	struct pair p = open_pair();
	char data[8];
	struct call *c = begin(run_recv, p.server, data, sizeof(data), MSG_PEEK);
	await_asleep(c);
	put_text(p.client, "hello");
	say_call("peek", c);
	say_recv("recv", p.server, 8, 0);
}

static void peek_offset(void)
{
	struct pair p = open_pair();
	int two = 2;
	int result = setsockopt(p.server, SOL_SOCKET, SO_PEEK_OFF, &two, sizeof(two));
	say_result("SO_PEEK_OFF", result);
	deliver(p.client, "hello");
	say_recv("peek", p.server, 2, MSG_PEEK);
	say_recv("peek", p.server, 2, MSG_PEEK | MSG_DONTWAIT);
	say_recv("recv", p.server, 8, 0);
}

static void discard(void)
{
	struct pair p = open_pair();
	deliver(p.client, "hello");
	say_call("discard", begin(run_recv, p.server, NULL, 3, MSG_TRUNC));
	say_recv("recv", p.server, 8, MSG_DONTWAIT);
}

static void discard_into_buffer(void)
{
	struct pair p = open_pair();
	char data[8] = "------";
	deliver(p.client, "hello");
	ssize_t n = recv(p.server, data, 3, MSG_TRUNC | MSG_DONTWAIT);
	say_result("discard", n);
	say("buffer '%.6s'", data);
	say_recv("recv", p.server, 8, MSG_DONTWAIT);
}

static void dontwait(void)
{
	struct pair p = open_pair();
	say_recv("empty", p.server, 8, MSG_DONTWAIT);
	deliver(p.client, "x");
	say_recv("data", p.server, 8, MSG_DONTWAIT);
	say_recv("empty", p.server, 8, MSG_DONTWAIT);
	shutdown(p.client, SHUT_WR);
	await_events(p.server, POLLIN);
	say_recv("end", p.server, 8, MSG_DONTWAIT);
}

static void nothing_wanted(void)
{
	struct pair p = open_pair();
	say_recv("empty", p.server, 0, MSG_DONTWAIT);
	deliver(p.client, "x");
	say_recv("data", p.server, 0, MSG_DONTWAIT);
	say_recv("recv", p.server, 8, MSG_DONTWAIT);
}

static void message_flags(void)
{
	struct pair p = open_pair();
	char data[3], control[64];
	struct sockaddr_storage name;
	struct iovec v = { data, sizeof(data) };
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_name = &name,
			    .msg_namelen = sizeof(name),
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	deliver(p.client, "hello");
	say_received("recvmsg", recvmsg(p.server, &m, MSG_DONTWAIT), data);
	say("flags %#x, name %u bytes, control %zu bytes", m.msg_flags, m.msg_namelen,
	    m.msg_controllen);
	say_recv("recv", p.server, 8, MSG_DONTWAIT);
}

static void empty_error_queue(void)
{
	struct pair p = open_pair();
	deliver(p.client, "x");
	say_recv("error queue", p.server, 8, MSG_ERRQUEUE);
	say_recv("recv", p.server, 8, MSG_DONTWAIT);
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

/* Urgent data. */

static void urgent(void)
{
	struct pair p = open_pair();
	int mark = -1;
	put_text(p.client, "abc");
	say_send("send", p.client, "!", MSG_OOB);
	put_text(p.client, "de");
	await_delivered(p.client);
	say_poll("peer", p.server);
	ioctl(p.server, SIOCATMARK, &mark);
	say("at the mark: %d", mark);
	say_recv("urgent", p.server, 8, MSG_OOB | MSG_DONTWAIT);
	say_recv("recv", p.server, 8, MSG_DONTWAIT);
	ioctl(p.server, SIOCATMARK, &mark);
	say("at the mark: %d", mark);
	say_recv("recv", p.server, 8, MSG_DONTWAIT);
}

static void urgent_after_read(void)
{
	struct pair p = open_pair();
	say_send("send", p.client, "!", MSG_OOB);
	await_events(p.server, POLLPRI);
	say_poll("peer", p.server);
	say_recv("urgent", p.server, 8, MSG_OOB | MSG_DONTWAIT);
	put_text(p.client, "de");
	await_delivered(p.client);
	say_recv("recv", p.server, 8, MSG_DONTWAIT);
}

static void say_urgent_inline(const struct pair *p)
{
	int mark = -1;
	put_text(p->client, "abc");
	say_send("send", p->client, "!", MSG_OOB);
	put_text(p->client, "de");
	await_delivered(p->client);
	say_recv("urgent", p->server, 8, MSG_OOB | MSG_DONTWAIT);
	say_recv("recv", p->server, 8, MSG_DONTWAIT);
	ioctl(p->server, SIOCATMARK, &mark);
	say("at the mark: %d", mark);
	say_recv("recv", p->server, 8, MSG_DONTWAIT);
}

static void urgent_inline(void)
{
	struct pair p = open_pair();
	set_option(p.server, SOL_SOCKET, SO_OOBINLINE, 1);
	say_urgent_inline(&p);
}

static void prepare_inline(int fd)
{
	set_option(fd, SOL_SOCKET, SO_OOBINLINE, 1);
}

static void urgent_inline_before(void)
{
	struct pair p = open_pair();
	say_urgent_inline(&p);
}

static void urgent_none(void)
{
	struct pair p = open_pair();
	say_recv("urgent", p.server, 8, MSG_OOB | MSG_DONTWAIT);
	say_exchange("then", &p);
}

static void await_signal(void)
{
	for (int i = 0; i < PATIENCE_MS && !signals_seen; i++)
		sleep_ms(1);
}

static void urgent_signal(void)
{
	struct pair p = open_pair();
	count_signals(SIGURG, 0);
	fcntl(p.server, F_SETOWN, getpid());
	say_send("send", p.client, "!", MSG_OOB);
	await_signal();
	say("SIGURG: %s", yes(signals_seen));
}

/* splice and sendfile. */

static void make_pipe(int ends[2])
{
	if (pipe(ends))
		give_up("pipe");
	fcntl(ends[1], F_SETPIPE_SZ, MIB);
}

static ssize_t run_splice(struct call *c)
{
	return splice(c->fd, NULL, c->other, NULL, c->size, c->flags);
}

static struct call *begin_splice(int from, int to, size_t size, int flags)
{
	return begin_call((struct call){
		.run = run_splice, .fd = from, .other = to, .size = size, .flags = flags });
}

static void say_piped(int pipe_end)
{
	char data[64];
	int waiting = queued(pipe_end, FIONREAD);
	if (waiting > 0)
		say_received("pipe", read(pipe_end, data, sizeof(data)), data);
	else
		say("pipe empty");
}

static void splice_from(const struct pair *p, int flags)
{
	int ends[2];
	make_pipe(ends);
	deliver(p->client, "hello");
	say_call("splice", begin_splice(p->server, ends[1], 4096, flags));
	say_piped(ends[0]);
	if (flags)
		say_call("empty", begin_splice(p->server, ends[1], 4096, flags));
	shutdown(p->client, SHUT_WR);
	await_events(p->server, POLLRDHUP);
	say_call("end", begin_splice(p->server, ends[1], 4096, flags));
}

static void splice_blocking(void)
{
	struct pair p = open_pair();
	splice_from(&p, 0);
}

static void splice_nonblocking(void)
{
	struct pair p = open_pair();
	/* SPLICE_F_NONBLOCK is about the pipe: tcp_splice_read() looks at the file's own flag. */
	fcntl(p.server, F_SETFL, O_NONBLOCK);
	splice_from(&p, SPLICE_F_NONBLOCK);
}

static void splice_waits(void)
{
	struct pair p = open_pair();
	int ends[2];
	make_pipe(ends);
	struct call *c = begin_splice(p.server, ends[1], 4096, 0);
	await_asleep(c);
	say("waits: %s", yes(!is_done(c, 20)));
	put_text(p.client, "hello");
	say_call("splice", c);
	say_piped(ends[0]);
}

static void splice_large(void)
{
	struct pair p = open_pair();
	int ends[2];
	static uint8_t data[64 * KIB];
	make_pipe(ends);
	struct call *c = begin(run_send_all, p.client, pattern, MIB, 0);
	for (size_t received = 0; received < MIB;) {
		struct call *moved = begin_splice(p.server, ends[1], sizeof(data), 0);
		if (!is_done(moved, PATIENCE_MS) || moved->result <= 0) {
			say_call("splice", moved);
			return;
		}
		for (ssize_t left = moved->result; left > 0;) {
			ssize_t n = read(ends[0], data, left);
			if (n <= 0 || !is_pattern(data, n, received)) {
				say("wrong bytes");
				return;
			}
			received += n;
			left -= n;
		}
	}
	say_call("sent", c);
	say("intact: yes");
}

static void splice_to_socket(void)
{
	struct pair p = open_pair();
	int ends[2];
	make_pipe(ends);
	if (write(ends[1], pattern, 32 * KIB) != 32 * KIB)
		give_up("write");
	say_call("splice", begin_splice(ends[0], p.client, 32 * KIB, 0));
	say_intact(p.server, 32 * KIB, 0);
}

static ssize_t run_sendfile(struct call *c)
{
	size_t sent = 0;
	while (sent < c->size) {
		ssize_t n = sendfile(c->fd, c->other, NULL, c->size - sent);
		if (n <= 0)
			return n ? n : (ssize_t)sent;
		sent += n;
	}
	return sent;
}

static struct call *begin_sendfile(int to, size_t size)
{
	int file = memfd_create("probe", MFD_CLOEXEC);
	if (file < 0 || write(file, pattern, size) != (ssize_t)size || lseek(file, 0, SEEK_SET))
		give_up("memfd");
	return begin_call(
		(struct call){ .run = run_sendfile, .fd = to, .other = file, .size = size });
}

static void sendfile_all(void)
{
	struct pair p = open_pair();
	struct call *c = begin_sendfile(p.client, MIB);
	bool intact = drain(p.server, MIB, 0);
	say_call("sendfile", c);
	say("intact: %s", yes(intact));
}

static void sendfile_between_sends(void)
{
	struct pair p = open_pair();
	char data[6];
	put_text(p.client, "before");
	struct call *c = begin_sendfile(p.client, 100 * KIB);
	bool intact = take(p.server, data, 6) == 6 && !memcmp(data, "before", 6) &&
		      drain(p.server, 100 * KIB, 0);
	say_call("sendfile", c);
	put_text(p.client, "after");
	say("intact: %s", yes(intact));
	say_recv("then", p.server, 8, 0);
}

/* Within one sendfile() the kernel may swallow the first error for the bytes that went before. */
static void sendfile_peer_closes(void)
{
	struct pair p = open_pair();
	struct call *c = begin_sendfile(p.client, LOTS);
	say("first 64 KiB intact: %s", yes(drain(p.server, 64 * KIB, 0)));
	await_asleep(c);
	await_events(p.server, POLLIN);
	close(p.server);
	if (!is_done(c, PATIENCE_MS))
		say("sendfile hangs");
	else if (c->result < 0 && (c->error == EPIPE || c->error == ECONNRESET))
		say("sendfile EPIPE or ECONNRESET");
	else
		say_call("sendfile", c);
	say_send("then", p.client, "x", 0);
}

const struct probe_case transfer_cases[] = {
	{ "backlog-unread-messages",
	  "a non-blocking sender is bounded by its peer that does not read", unread_messages, 0 },
	{ "backlog-unread-messages-v6", "the same over IPv6", unread_messages, V6 },
	{ "backlog-one-byte-messages", "65,536 messages of one byte that nobody reads",
	  unread_one_byte_messages, 0 },
	{ "backlog-small-buffers", "SO_SNDBUF and SO_RCVBUF bound what a sender gets rid of",
	  unread_small_buffers, 0 },
	{ "backlog-send-timeout", "SO_SNDTIMEO expires at a peer that does not read", send_timeout,
	  0 },
	{ "backlog-poll-writable", "POLLOUT goes when the peer is full and comes back",
	  full_then_writable, 0 },
	{ "backlog-edge-writable", "an EPOLLOUT edge once the peer has read", edge_when_writable,
	  0 },
	{ "backlog-blocking-send", "a blocked send of 64 MiB completes when it is read",
	  blocked_send_completes, 0 },
	{ "backlog-slow-reader", "the order of a stream whose reader is slow", slow_reader, 0 },

	{ "backlog-order", "what is sent when an overflowing backlog has room again",
	  order_after_overflow, 0 },
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

	{ "recv-waitall-present", "MSG_WAITALL with two messages present", waitall_present, 0 },
	{ "recv-waitall-blocked", "MSG_WAITALL blocks until all is there", waitall_blocked, 0 },
	{ "recv-waitall-partly", "MSG_WAITALL with the first of two messages present",
	  waitall_partly, 0 },
	{ "recv-waitall-eof", "MSG_WAITALL returns early at the end of the stream", waitall_eof,
	  0 },
	{ "recv-waitall-large", "MSG_WAITALL of 1 MiB", waitall_large, 0 },
	{ "recv-peek", "MSG_PEEK leaves what it returns", peek, 0 },
	{ "recv-peek-across-messages", "MSG_PEEK sees more than one message", peek_across, 0 },
	{ "recv-peek-blocked", "MSG_PEEK blocks until there is something", peek_blocked, 0 },
	{ "recv-peek-offset", "SO_PEEK_OFF", peek_offset, 0 },
	{ "recv-discard", "MSG_TRUNC without a buffer discards", discard, 0 },
	{ "recv-discard-buffer", "MSG_TRUNC with a buffer discards too", discard_into_buffer, 0 },
	{ "recv-dontwait", "MSG_DONTWAIT on nothing, data, end", dontwait, 0 },
	{ "recv-nothing-wanted", "recv of no bytes", nothing_wanted, 0 },
	{ "recv-message-flags", "what recvmsg fills in", message_flags, 0 },
	{ "recv-error-queue", "MSG_ERRQUEUE of an error queue without errors", empty_error_queue,
	  0 },

	{ "urgent-byte", "MSG_OOB: the byte, the mark, the stream", urgent, 0 },
	{ "urgent-after-read", "MSG_OOB where all before it was read", urgent_after_read, 0 },
	{ "urgent-inline", "MSG_OOB with SO_OOBINLINE", urgent_inline, 0 },
	{ "urgent-inline-before", "the same, set before the handshake", urgent_inline_before, 0,
	  prepare_inline },
	{ "urgent-none", "MSG_OOB where none was sent", urgent_none, 0 },
	{ "urgent-signal", "SIGURG", urgent_signal, 0 },

	{ "splice-blocking", "splice from the socket to a pipe", splice_blocking, 0 },
	{ "splice-nonblocking", "the same with O_NONBLOCK and SPLICE_F_NONBLOCK",
	  splice_nonblocking, 0 },
	{ "splice-waits", "splice blocks until there is something", splice_waits, 0 },
	{ "splice-large", "1 MiB through splice", splice_large, 0 },
	{ "splice-to-socket", "splice from a pipe to the socket", splice_to_socket, 0 },
	{ "sendfile", "1 MiB through sendfile", sendfile_all, 0 },
	{ "sendfile-v6", "1 MiB through sendfile over IPv6", sendfile_all, V6 },
	{ "sendfile-between-sends", "sendfile keeps its place between sends",
	  sendfile_between_sends, 0 },
	{ "sendfile-peer-closes", "the peer closes in the middle of sendfile", sendfile_peer_closes,
	  0 },
	{ 0 },
};
