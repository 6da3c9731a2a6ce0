// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases about poll(), epoll, select() and SIGIO. */
#include <sys/epoll.h>
#include <sys/select.h>
#include "case.h"

static void poll_sets(void)
{
	struct pair p = open_pair();
	say_poll("idle", p.server);
	deliver(p.client, "hello");
	say_poll("data", p.server);
	say_recv("recv", p.server, 2, 0);
	say_poll("partly read", p.server);
	say_recv("recv", p.server, 8, 0);
	say_poll("all read", p.server);
	put_text(p.client, "bye");
	shutdown(p.client, SHUT_WR);
	await_events(p.server, POLLRDHUP);
	say_poll("data and end", p.server);
	say_recv("recv", p.server, 8, 0);
	say_poll("end", p.server);
	shutdown(p.server, SHUT_WR);
	await_events(p.client, POLLRDHUP);
	await_delivered(p.server);
	say_poll("both ended: server", p.server);
	say_poll("client", p.client);
}

static void poll_after_reset(void)
{
	struct pair p = open_pair();
	reset(p.server);
	await_events(p.client, POLLHUP);
	say_poll("reset", p.client);
	say_recv("recv", p.client, 8, 0);
	say_poll("then", p.client);
}

static void poll_wakes(void)
{
	struct pair p = open_pair();
	int woken = 0;
	for (int i = 0; i < 100; i++) {
		char data[8];
		struct call *c = begin(run_poll, p.server, NULL, 0, 0);
		if (i % 10 == 0) /* the others may find the message there already */
			await_asleep(c);
		put_text(p.client, "x");
		if (!is_done(c, PATIENCE_MS))
			break;
		woken += c->result == POLLIN && recv(p.server, data, 8, MSG_DONTWAIT) == 1;
	}
	say("%d of 100 messages", woken);
}

static int epoll;

static void epoll_watch(int operation, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events };
	if (!epoll)
		epoll = epoll_create1(0);
	if (epoll_ctl(epoll, operation, fd, &e))
		give_up("epoll_ctl");
}

static void say_epoll(const char *label, int ms)
{
	struct epoll_event e;
	int n = epoll_wait(epoll, &e, 1, ms);
	if (n <= 0)
		say("%s %s", label, n ? errno_name(errno) : "nothing");
	else
		say("%s%s%s%s%s", label, e.events & EPOLLIN ? " IN" : "",
		    e.events & EPOLLOUT ? " OUT" : "", e.events & EPOLLRDHUP ? " RDHUP" : "",
		    e.events & EPOLLHUP ? " HUP" : "");
}

static void epoll_level(void)
{
	struct pair p = open_pair();
	epoll_watch(EPOLL_CTL_ADD, p.server, EPOLLIN);
	say_epoll("idle", 0);
	deliver(p.client, "hello");
	say_epoll("data", PATIENCE_MS);
	say_epoll("again", 0);
	say_recv("recv", p.server, 2, 0);
	say_epoll("partly read", 0);
	say_recv("recv", p.server, 8, 0);
	say_epoll("all read", 0);
}

static void epoll_edge(void)
{
	struct pair p = open_pair();
	epoll_watch(EPOLL_CTL_ADD, p.server, EPOLLIN | EPOLLET);
	say_epoll("idle", 0);
	deliver(p.client, "hello");
	say_epoll("first message", PATIENCE_MS);
	say_epoll("again", 20);
	say_recv("recv", p.server, 2, 0);
	say_epoll("partly read", 20);
	deliver(p.client, "world");
	say_epoll("second message", PATIENCE_MS);
	say_epoll("again", 20);
	say_recv("recv", p.server, 16, 0);
	say_epoll("all read", 20);
	shutdown(p.client, SHUT_WR);
	say_epoll("end", PATIENCE_MS);
}

static void epoll_one_shot(void)
{
	struct pair p = open_pair();
	epoll_watch(EPOLL_CTL_ADD, p.server, EPOLLIN | EPOLLONESHOT);
	deliver(p.client, "hello");
	say_epoll("first", PATIENCE_MS);
	deliver(p.client, "world");
	say_epoll("disarmed", 20);
	epoll_watch(EPOLL_CTL_MOD, p.server, EPOLLIN | EPOLLONESHOT);
	say_epoll("armed again", PATIENCE_MS);
	say_recv("recv", p.server, 16, 0);
}

static void epoll_one_shot_each(void)
{
	struct pair p = open_pair();
	int seen = 0;
	epoll_watch(EPOLL_CTL_ADD, p.server, EPOLLIN | EPOLLONESHOT);
	for (int i = 0; i < 100; i++) {
		struct epoll_event e;
		char data[8];
		put_text(p.client, "x");
		if (epoll_wait(epoll, &e, 1, PATIENCE_MS) != 1)
			break;
		seen += recv(p.server, data, sizeof(data), MSG_DONTWAIT) == 1;
		epoll_watch(EPOLL_CTL_MOD, p.server, EPOLLIN | EPOLLONESHOT);
	}
	say("%d of 100 messages", seen);
}

static ssize_t run_epoll_wait(struct call *c)
{
	struct epoll_event e;
	return epoll_wait(c->fd, &e, 1, 500);
}

/* The kernel promises that one waiter wakes, not that only one does. */
static void epoll_exclusive(void)
{
	struct pair p = open_pair();
	struct call *calls[2];
	for (int i = 0; i < 2; i++) {
		struct epoll_event e = { .events = EPOLLIN | EPOLLEXCLUSIVE };
		int fd = epoll_create1(0);
		if (epoll_ctl(fd, EPOLL_CTL_ADD, p.server, &e))
			give_up("epoll_ctl");
		calls[i] = begin(run_epoll_wait, fd, NULL, 0, 0);
		await_asleep(calls[i]);
	}
	put_text(p.client, "hello");
	for (int i = 0; i < 2; i++)
		if (!is_done(calls[i], PATIENCE_MS))
			say("hangs");
	say("woken: %s", yes(calls[0]->result == 1 || calls[1]->result == 1));
	say_recv("recv", p.server, 8, 0);
}

static void epoll_peer_ends(void)
{
	struct pair p = open_pair();
	epoll_watch(EPOLL_CTL_ADD, p.server, EPOLLRDHUP);
	say_epoll("idle", 0);
	deliver(p.client, "bye");
	say_epoll("data", 20);
	shutdown(p.client, SHUT_WR);
	say_epoll("end", PATIENCE_MS);
	say_recv("recv", p.server, 8, 0);
}

static void epoll_edge_stream(void)
{
	struct pair p = open_pair();
	static uint8_t data[64 * KIB];
	size_t received = 0;
	bool intact = true;
	epoll_watch(EPOLL_CTL_ADD, p.server, EPOLLIN | EPOLLET);
	struct call *c = begin(run_send_all, p.client, pattern, 4 * MIB, 0);
	while (received < 4 * MIB) {
		struct epoll_event e;
		if (epoll_wait(epoll, &e, 1, PATIENCE_MS) != 1) {
			say("no more edges");
			break;
		}
		ssize_t n;
		while ((n = recv(p.server, data, sizeof(data), MSG_DONTWAIT)) > 0) {
			intact = intact && is_pattern(data, n, received);
			received += n;
		}
		if (n == 0 || errno != EAGAIN) {
			say_result("recv", n);
			break;
		}
	}
	say_call("sent", c);
	say("received %zu, intact: %s", received, yes(intact));
}

/* How a reader that epoll wakes edge-triggered tells that it has read all there is, without a
 * recv() that fails with EAGAIN: it stops, until the next edge, in one of these places. */
enum stop {
	SHORT,	  /* where a recv() was short, as epoll(7) says */
	COUNTED,  /* where it has read what FIONREAD said after the first recv() */
	EXCEEDED, /* where a recv() brought more than FIONREAD had left: the rest came later, with
		     an edge of its own; nginx does so, and stops where one was short, too */
};

struct edge_reader {
	int fd;
	enum stop stop;
	size_t buffer; /* of a recv() */
	size_t received;
	bool intact;
	const char *end; /* what became of it, where that was not all the bytes */
};

/* Reads what is there at one edge, as far as the reader can tell. */
static void read_at_edge(struct edge_reader *r)
{
	uint8_t data[64 * KIB];
	ssize_t n, left = -1;
	do {
		n = recv(r->fd, data, r->buffer, MSG_DONTWAIT);
		if (n <= 0)
			return;
		r->intact = r->intact && is_pattern(data, n, r->received);
		r->received += n;
		if (r->stop == SHORT)
			continue;
		left = left < 0 ? try_queued(r->fd, FIONREAD) : left - n;
		if (r->stop == COUNTED ? left <= 0 : left < 0)
			return;
	} while (r->stop == COUNTED || n == (ssize_t)r->buffer);
}

/* Reads all that is sent, edge by edge. */
static void read_at_edges(struct edge_reader *r, size_t size)
{
	int edges = epoll_create1(0);
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };
	if (edges < 0 || epoll_ctl(edges, EPOLL_CTL_ADD, r->fd, &e))
		give_up("epoll_ctl");
	r->intact = true;
	while (r->received < size && epoll_wait(edges, &e, 1, PATIENCE_MS) == 1)
		read_at_edge(r);
	r->end = r->received < size ? "no more edges" : NULL;
	close(edges);
}

/* The reader comes when everything was sent. */
static void edge_after_all(enum stop stop, size_t buffer)
{
	struct pair p = open_pair();
	struct call *c = send_more_than_kept(&p);
	struct edge_reader r = { .fd = p.server, .stop = stop, .buffer = buffer };
	/* Servers set such options of what they accepted. */
	set_option(p.server, SOL_SOCKET, SO_KEEPALIVE, 0);
	set_option(p.server, IPPROTO_TCP, TCP_KEEPIDLE, 600);
	read_at_edges(&r, MORE_THAN_KEPT);
	if (r.end) {
		say("%s", r.end);
		r.intact = drain(p.server, MORE_THAN_KEPT - r.received, r.received) && r.intact;
	}
	say("intact: %s, all sent: %s", yes(r.intact), yes(is_done(c, PATIENCE_MS)));
}

static void epoll_edge_short(void)
{
	edge_after_all(SHORT, 48 * KIB);
}

static void epoll_edge_counted(void)
{
	edge_after_all(COUNTED, 64 * KIB);
}

/* With 16 KiB it reads just what was sent at a time: no recv() is short, and one brings the first
 * half of the bytes that came by TCP. */
static void epoll_edge_exceeded(void)
{
	edge_after_all(EXCEEDED, 16 * KIB);
}

/* A stream is longer than what an accelerator keeps for a reader that is late. */
#define STREAM	(5 * MIB)
#define STREAMS 4
#define LATE_MS 500

struct edge_stream {
	struct pair pair;
	struct edge_reader reader;
	size_t message;
};

static ssize_t run_messages(struct call *c)
{
	struct edge_stream *s = c->data;
	for (size_t sent = 0; sent < STREAM; sent += s->message)
		put(c->fd, pattern + sent, s->message);
	return 0;
}

static ssize_t run_late_reader(struct call *c)
{
	struct edge_stream *s = c->data;
	sleep_ms(LATE_MS);
	read_at_edges(&s->reader, STREAM);
	return 0;
}

/* Has several streams at a time, since it is a matter of chance where a flow leaves while its
 * reader counts. */
static void edge_streams(enum stop stop, size_t message, size_t buffer)
{
	static struct edge_stream streams[STREAMS];
	struct call *writers[STREAMS], *readers[STREAMS];
	for (int i = 0; i < STREAMS; i++) {
		struct edge_stream *s = &streams[i];
		s->pair = open_pair();
		s->message = message;
		s->reader = (struct edge_reader){ .fd = s->pair.server,
						  .stop = stop,
						  .buffer = buffer };
	}
	for (int i = 0; i < STREAMS; i++) {
		writers[i] = begin(run_messages, streams[i].pair.client, &streams[i], 0, 0);
		readers[i] = begin(run_late_reader, streams[i].pair.server, &streams[i], 0, 0);
	}
	for (int i = 0; i < STREAMS; i++) {
		struct edge_reader *r = &streams[i].reader;
		char outcome[100];
		pthread_join(readers[i]->thread, NULL);
		if (r->end)
			r->intact = drain(r->fd, STREAM - r->received, r->received) && r->intact;
		snprintf(outcome, sizeof(outcome), "%s, intact: %s, all sent: %s",
			 r->end ? r->end : "every edge", yes(r->intact),
			 yes(is_done(writers[i], PATIENCE_MS)));
		tally(outcome);
	}
	say_tally();
}

static void short_of_large(void)
{
	edge_streams(SHORT, 64 * KIB, 16 * KIB);
}

static void short_of_small(void)
{
	edge_streams(SHORT, 16 * KIB, 4 * KIB);
}

static void counted_of_large(void)
{
	edge_streams(COUNTED, 64 * KIB, 16 * KIB);
}

static void counted_of_small(void)
{
	edge_streams(COUNTED, 16 * KIB, 4 * KIB);
}

static void exceeded_of_large(void)
{
	edge_streams(EXCEEDED, 64 * KIB, 16 * KIB);
}

static void exceeded_of_small(void)
{
	edge_streams(EXCEEDED, 16 * KIB, 4 * KIB);
}

static void select_sets(void)
{
	struct pair p = open_pair();
	for (int data = 0; data < 2; data++) {
		fd_set in, out;
		struct timeval none = { 0, 0 };
		FD_ZERO(&in);
		FD_ZERO(&out);
		FD_SET(p.server, &in);
		FD_SET(p.server, &out);
		int n = select(p.server + 1, &in, &out, NULL, &none);
		say("%s %d: read %s, write %s", data ? "data" : "idle", n,
		    yes(FD_ISSET(p.server, &in)), yes(FD_ISSET(p.server, &out)));
		deliver(p.client, "hello");
	}
}

static void asynchronous(void)
{
	struct pair p = open_pair();
	count_signals(SIGIO, 0);
	fcntl(p.server, F_SETOWN, getpid());
	fcntl(p.server, F_SETFL, O_ASYNC | O_NONBLOCK);
	put_text(p.client, "hello");
	await_signal();
	say("SIGIO: %s", yes(signals_seen));
	say_recv("recv", p.server, 8, 0);
}

const struct probe_case event_cases[] = {
	{ "event-poll-sets", "what poll reports through the life of a connection", poll_sets, 0 },
	{ "event-poll-reset", "what poll reports after a reset", poll_after_reset, 0 },
	{ "event-poll-wakes", "poll wakes for each of 100 messages", poll_wakes, 0 },
	{ "event-epoll-level", "level-triggered epoll", epoll_level, 0 },
	{ "event-epoll-edge", "edge-triggered epoll", epoll_edge, 0 },
	{ "event-epoll-edge-stream", "an edge-triggered reader of 4 MiB", epoll_edge_stream, 0 },
	{ "event-epoll-edge-counted", "an edge-triggered reader that trusts FIONREAD",
	  epoll_edge_counted, 0 },
	{ "event-epoll-edge-short", "an edge-triggered reader that stops at a short recv()",
	  epoll_edge_short, 0 },
	{ "event-epoll-edge-exceeded",
	  "one that stops where a recv() brings more than FIONREAD had left", epoll_edge_exceeded,
	  0 },
	{ "event-epoll-edge-exceeded-loopback", "the same over 127.0.0.1", epoll_edge_exceeded,
	  LOOPBACK },
	{ "event-epoll-edge-short-large",
	  "4 streams of 64 KiB sends, and late readers with 16 KiB that stop at a short recv()",
	  short_of_large, 0 },
	{ "event-epoll-edge-short-small", "the same with 16 and 4 KiB", short_of_small, 0 },
	{ "event-epoll-edge-short-large-loopback", "64 and 16 KiB over 127.0.0.1", short_of_large,
	  LOOPBACK },
	{ "event-epoll-edge-counted-large", "late readers that trust FIONREAD, 64 and 16 KiB",
	  counted_of_large, 0 },
	{ "event-epoll-edge-counted-small", "the same with 16 and 4 KiB", counted_of_small, 0 },
	{ "event-epoll-edge-counted-large-loopback", "64 and 16 KiB over 127.0.0.1",
	  counted_of_large, LOOPBACK },
	{ "event-epoll-edge-exceeded-large",
	  "late readers that stop where FIONREAD is exceeded, 64 and 16 KiB", exceeded_of_large,
	  0 },
	{ "event-epoll-edge-exceeded-small", "the same with 16 and 4 KiB", exceeded_of_small, 0 },
	{ "event-epoll-edge-exceeded-large-loopback", "64 and 16 KiB over 127.0.0.1",
	  exceeded_of_large, LOOPBACK },
	{ "event-epoll-one-shot", "EPOLLONESHOT", epoll_one_shot, 0 },
	{ "event-epoll-one-shot-each", "EPOLLONESHOT armed again 100 times", epoll_one_shot_each,
	  0 },
	{ "event-epoll-exclusive", "EPOLLEXCLUSIVE with two waiters", epoll_exclusive, 0 },
	{ "event-epoll-peer-ends", "EPOLLRDHUP", epoll_peer_ends, 0 },
	{ "event-select", "select", select_sets, 0 },
	{ "event-signal", "O_ASYNC and SIGIO", asynchronous, 0 },
	{ 0 },
};
