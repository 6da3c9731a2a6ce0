// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases about a reader that does not read: what its peer can send, and what becomes of it. */
#include <sys/epoll.h>
#include "case.h"

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

const struct probe_case backlog_cases[] = {
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
	{ 0 },
};
