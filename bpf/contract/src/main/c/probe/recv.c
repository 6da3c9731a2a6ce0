// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases about the flags of recv(), and what recvmsg() fills in. */
#include "case.h"

static void waitall_present(void)
{
	struct pair p = open_pair();
	deliver(p.client, "ab");
	deliver(p.client, "cd");
	say_recv("recv", p.server, 4, MSG_WAITALL);
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

const struct probe_case recv_cases[] = {
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
	{ 0 },
};
