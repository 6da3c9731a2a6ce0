// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases about what FIONREAD, SIOCOUTQ and SIOCOUTQNSD count. */
#include "case.h"

static void count_received(void)
{
	struct pair p = open_pair();
	say_result("nothing", try_queued(p.server, FIONREAD));
	deliver(p.client, "hello");
	say_result("one message", try_queued(p.server, FIONREAD));
	deliver(p.client, "world");
	say_result("two messages", try_queued(p.server, FIONREAD));
	say_recv("recv", p.server, 7, 0);
	say_result("left", try_queued(p.server, FIONREAD));
	say_recv("recv", p.server, 8, 0);
	say_result("all read", try_queued(p.server, FIONREAD));
}

static void count_received_large(void)
{
	struct pair p = open_pair();
	put(p.client, pattern, 32 * KIB);
	await_delivered(p.client);
	say_result("32 KiB", try_queued(p.server, FIONREAD));
	say_intact(p.server, 10000, 0);
	say_result("left", try_queued(p.server, FIONREAD));
}

static void count_received_end(void)
{
	struct pair p = open_pair();
	put_text(p.client, "hello");
	shutdown(p.client, SHUT_WR);
	await_events(p.server, POLLRDHUP);
	say_result("before the end", try_queued(p.server, FIONREAD));
	say_recv("recv", p.server, 8, 0);
	say_result("at the end", try_queued(p.server, FIONREAD));
}

static void count_unsent(void)
{
	struct pair p = open_pair();
	say_result("idle", try_queued(p.client, SIOCOUTQ));
	put_text(p.client, "hello");
	await_delivered(p.client);
	say_result("unread by the peer", try_queued(p.client, SIOCOUTQ));
	say_result("not sent", try_queued(p.client, SIOCOUTQNSD));
}

static void count_unsent_full(void)
{
	struct pair p = open_pair();
	size_t sent = fill(p.client, 64 * KIB, LOTS);
	say("full: counts %s", try_queued(p.client, SIOCOUTQ) > 0 ? "more than 0" : "0");
	say("not sent: %s", try_queued(p.client, SIOCOUTQNSD) > 0 ? "more than 0" : "0");
	say_intact(p.server, sent, 0);
	await_delivered(p.client);
	say_result("drained", try_queued(p.client, SIOCOUTQ));
}

const struct probe_case count_cases[] = {
	{ "count-received", "FIONREAD before and after reads", count_received, 0 },
	{ "count-received-v6", "the same over IPv6", count_received, V6 },
	{ "count-received-large", "FIONREAD of 32 KiB", count_received_large, 0 },
	{ "count-received-end", "FIONREAD at the end of the stream", count_received_end, 0 },
	{ "count-unsent", "SIOCOUTQ and SIOCOUTQNSD of a small message", count_unsent, 0 },
	{ "count-unsent-full", "SIOCOUTQ and SIOCOUTQNSD of a full connection", count_unsent_full,
	  0 },
	{ 0 },
};
