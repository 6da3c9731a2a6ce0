// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases about urgent data. */
#include "case.h"

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

static void urgent_signal(void)
{
	struct pair p = open_pair();
	count_signals(SIGURG, 0);
	fcntl(p.server, F_SETOWN, getpid());
	say_send("send", p.client, "!", MSG_OOB);
	await_signal();
	say("SIGURG: %s", yes(signals_seen));
}

const struct probe_case urgent_cases[] = {
	{ "urgent-byte", "MSG_OOB: the byte, the mark, the stream", urgent, 0 },
	{ "urgent-after-read", "MSG_OOB where all before it was read", urgent_after_read, 0 },
	{ "urgent-inline", "MSG_OOB with SO_OOBINLINE", urgent_inline, 0 },
	{ "urgent-inline-before", "the same, set before the handshake", urgent_inline_before, 0,
	  prepare_inline },
	{ "urgent-none", "MSG_OOB where none was sent", urgent_none, 0 },
	{ "urgent-signal", "SIGURG", urgent_signal, 0 },
	{ 0 },
};
