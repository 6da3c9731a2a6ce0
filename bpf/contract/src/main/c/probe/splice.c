// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases about splice() and sendfile(). */
#include <sys/sendfile.h>
#include "case.h"

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

const struct probe_case splice_cases[] = {
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
