// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases about shutdown(): the half-close of one end, of both, and SHUT_RD. */
#include "case.h"

static void add_call(char *outcome, size_t size, const char *label, struct call *c)
{
	size_t n = strlen(outcome);
	const char *separator = n ? "; " : "";
	if (!is_done(c, PATIENCE_MS))
		snprintf(outcome + n, size - n, "%s%s hangs", separator, label);
	else if (c->result < 0)
		snprintf(outcome + n, size - n, "%s%s %s", separator, label, errno_name(c->error));
	else
		snprintf(outcome + n, size - n, "%s%s '%.*s'", separator, label, (int)c->result,
			 c->run == run_recv ? (char *)c->data : "");
}

/* One end shuts down for writing, reads on, and then the other answers and ends. */
static void half_close(enum end first, bool unread)
{
	for (int i = 0; i < TIMES; i++) {
		char outcome[200] = "";
		struct pair p = open_pair();
		int one = first == CLIENT ? p.client : p.server;
		int other = first == CLIENT ? p.server : p.client;
		if (unread)
			deliver(other, "unread");
		put_text(one, "request");
		shutdown(one, SHUT_WR);
		struct call *c = begin_recv(one);
		if (unread) {
			add_call(outcome, sizeof(outcome), "recv", c);
			c = begin_recv(one);
		}
		add_call(outcome, sizeof(outcome), "peer's recv", begin_recv(other));
		add_call(outcome, sizeof(outcome), "peer's recv", begin_recv(other));
		if (send(other, "answer", 6, MSG_NOSIGNAL) != 6)
			give_up("send");
		add_call(outcome, sizeof(outcome), "recv", c);
		shutdown(other, SHUT_WR);
		add_call(outcome, sizeof(outcome), "recv", begin_recv(one));
		close_pair(&p);
		tally(outcome);
		if (strstr(outcome, "hangs"))
			break;
	}
	say_tally();
}

static void client_first_read(void)
{
	half_close(CLIENT, false);
}

static void client_first_unread(void)
{
	half_close(CLIENT, true);
}

static void server_first_read(void)
{
	half_close(SERVER, false);
}

static void server_first_unread(void)
{
	half_close(SERVER, true);
}

/* No thread waits for the answer: it is there before the client reads. */
static void half_close_answered(void)
{
	for (int i = 0; i < TIMES; i++) {
		char outcome[200] = "";
		struct pair p = open_pair();
		put_text(p.client, "request");
		shutdown(p.client, SHUT_WR);
		add_call(outcome, sizeof(outcome), "server", begin_recv(p.server));
		add_call(outcome, sizeof(outcome), "server", begin_recv(p.server));
		deliver(p.server, "answer");
		close(p.server);
		add_call(outcome, sizeof(outcome), "client", begin_recv(p.client));
		add_call(outcome, sizeof(outcome), "client", begin_recv(p.client));
		close(p.client);
		close(p.listener);
		tally(outcome);
		if (strstr(outcome, "hangs"))
			break;
	}
	say_tally();
}

/* The acknowledgement of the FIN waits for data to go with it, 40 ms at most: it finds the reader
 * asleep, and comes before the answer. */
static void half_close_answered_late(void)
{
	for (int i = 0; i < TIMES; i++) {
		char outcome[200] = "";
		struct pair p = open_pair();
		set_option(p.server, IPPROTO_TCP, TCP_QUICKACK, 0);
		put_text(p.client, "request");
		shutdown(p.client, SHUT_WR);
		struct call *c = begin_recv(p.client);
		sleep_ms(100);
		put_text(p.server, "answer");
		add_call(outcome, sizeof(outcome), "client", c);
		close_pair(&p);
		tally(outcome);
	}
	say_tally();
}

static void both_at_once(void)
{
	for (int i = 0; i < TIMES; i++) {
		char outcome[200] = "";
		struct pair p = open_pair();
		shutdown(p.client, SHUT_WR);
		shutdown(p.server, SHUT_WR);
		add_call(outcome, sizeof(outcome), "client", begin_recv(p.client));
		add_call(outcome, sizeof(outcome), "server", begin_recv(p.server));
		close_pair(&p);
		tally(outcome);
		if (strstr(outcome, "hangs"))
			break;
	}
	say_tally();
}

static void reader_blocked(void)
{
	struct pair p = open_pair();
	struct call *c = begin_recv(p.client);
	await_asleep(c);
	shutdown(p.client, SHUT_WR);
	await_events(p.server, POLLRDHUP);
	say("waits on: %s", yes(!is_done(c, 50)));
	put_text(p.server, "answer");
	say_call("recv", c);
}

static void poller_blocked(void)
{
	struct pair p = open_pair();
	struct call *c = begin(run_poll, p.client, NULL, 0, 0);
	await_asleep(c);
	shutdown(p.client, SHUT_WR);
	await_events(p.server, POLLRDHUP);
	say("waits on: %s", yes(!is_done(c, 50)));
	put_text(p.server, "answer");
	say_call("events", c);
	say_recv("recv", p.client, 8, MSG_DONTWAIT);
}

static void peer_of_blocked_reader(void)
{
	struct pair p = open_pair();
	struct call *c = begin_recv(p.server);
	await_asleep(c);
	shutdown(p.client, SHUT_WR);
	say_call("recv", c);
	say_send("send", p.server, "answer", 0);
	say_recv("client's recv", p.client, 8, 0);
}

static void large_answer(void)
{
	struct pair p = open_pair();
	put_text(p.client, "request");
	shutdown(p.client, SHUT_WR);
	say_recv("request", p.server, 16, 0);
	say_recv("end", p.server, 16, 0);
	struct call *c = begin(run_send_all, p.server, pattern, MIB, 0);
	say_intact(p.client, MIB, 0);
	say_call("sent", c);
	close(p.server);
	say_recv("end", p.client, 16, 0);
}

static void send_after_shutdown(void)
{
	struct pair p = open_pair();
	say_result("shutdown", shutdown(p.client, SHUT_WR));
	say_send("send", p.client, "x", 0);
	say_result("shutdown", shutdown(p.client, SHUT_WR));
	close(p.server);
	say_recv("recv", p.client, 8, 0);
	say_result("shutdown", shutdown(p.client, SHUT_WR));
}

static void shutdown_read(void)
{
	struct pair p = open_pair();
	say_result("shutdown", shutdown(p.server, SHUT_RD));
	say_poll("then", p.server);
	say_recv("recv", p.server, 8, 0);
	deliver(p.client, "late");
	say_recv("recv", p.server, 8, 0);
	say_recv("recv", p.server, 8, 0);
	say_send("send", p.server, "x", 0);
	say_recv("client's recv", p.client, 8, 0);
}

static void shutdown_read_blocked(void)
{
	struct pair p = open_pair();
	struct call *c = begin_recv(p.server);
	await_asleep(c);
	say_result("shutdown", shutdown(p.server, SHUT_RD));
	say_call("recv", c);
}

static void shutdown_both_ways(void)
{
	struct pair p = open_pair();
	say_result("shutdown", shutdown(p.client, SHUT_RDWR));
	say_recv("recv", p.client, 8, 0);
	say_recv("peer's recv", p.server, 8, 0);
	say_send("peer's send", p.server, "x", 0);
	await_events(p.server, POLLERR);
	say_poll("peer", p.server);
	say_send("peer's send", p.server, "x", 0);
}

const struct probe_case half_close_cases[] = {
	{ "half-close-client-read", "the client half-closes, everything read; 10 times",
	  client_first_read, 0 },
	{ "half-close-client-read-v6", "the same over IPv6", client_first_read, V6 },
	{ "half-close-client-read-service", "the same through address translation",
	  client_first_read, SERVICE },
	{ "half-close-client-unread", "the client half-closes with unread data; 10 times",
	  client_first_unread, 0 },
	{ "half-close-server-read", "the server half-closes, everything read; 10 times",
	  server_first_read, 0 },
	{ "half-close-server-unread", "the server half-closes with unread data; 10 times",
	  server_first_unread, 0 },
	{ "half-close-server-unread-v6", "the same over IPv6", server_first_unread, V6 },
	{ "half-close-answered", "the answer to a half-close, read later; 10 times",
	  half_close_answered, 0 },
	{ "half-close-answered-late", "the answer comes long after the half-close; 10 times",
	  half_close_answered_late, 0 },
	{ "half-close-both", "both half-close at once; 10 times", both_at_once, 0 },
	{ "half-close-reader-blocked", "half-close while another thread is blocked in recv",
	  reader_blocked, 0 },
	{ "half-close-poller-blocked", "half-close while another thread is blocked in poll",
	  poller_blocked, 0 },
	{ "half-close-peer-blocked", "a blocked reader sees its peer half-close",
	  peer_of_blocked_reader, 0 },
	{ "half-close-large-answer", "1 MiB after a half-close", large_answer, 0 },
	{ "half-close-send", "send and shutdown after a shutdown", send_after_shutdown, 0 },
	{ "shutdown-read", "SHUT_RD, and data that comes later", shutdown_read, 0 },
	{ "shutdown-read-blocked", "SHUT_RD wakes a blocked reader", shutdown_read_blocked, 0 },
	{ "shutdown-both-ways", "SHUT_RDWR, and a peer that sends on", shutdown_both_ways, 0 },
	{ 0 },
};
