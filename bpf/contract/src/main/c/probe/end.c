// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases about how connections end: close, reset, a killed process, a signal. */
#include "case.h"

static void close_idle(void)
{
	struct pair p = open_pair();
	close(p.server);
	await_events(p.client, POLLRDHUP);
	say_poll("closed", p.client);
	say_recv("recv", p.client, 8, 0);
	say_recv("recv", p.client, 8, 0);
}

static void close_both(void)
{
	for (int i = 0; i < TIMES; i++) {
		struct pair p = open_pair();
		bool closed = !close(p.client) & !close(p.server);
		close(p.listener);
		tally(closed ? "closed" : "close fails");
	}
	say_tally();
}

static void close_after_data(void)
{
	struct pair p = open_pair();
	put(p.server, pattern, 48 * KIB);
	close(p.server);
	say_intact(p.client, 48 * KIB, 0);
	say_recv("recv", p.client, 8, 0);
}

static void close_with_unread(void)
{
	struct pair p = open_pair();
	deliver(p.client, "unread");
	close(p.server);
	await_events(p.client, POLLIN);
	say_poll("peer", p.client);
	say_recv("recv", p.client, 8, 0);
	say_recv("recv", p.client, 8, 0);
}

static void close_with_unread_after_data(void)
{
	struct pair p = open_pair();
	deliver(p.client, "unread");
	deliver(p.server, "data");
	close(p.server);
	await_events(p.client, POLLHUP);
	say_recv("recv", p.client, 8, 0);
	say_recv("recv", p.client, 8, 0);
	say_recv("recv", p.client, 8, 0);
}

static void reset_reader(void)
{
	struct pair p = open_pair();
	struct call *c = begin_recv(p.client);
	await_asleep(c);
	reset(p.server);
	say_call("recv", c);
	say_recv("recv", p.client, 8, 0);
}

static void say_send_errors(int fd, struct call *c)
{
	if (!is_done(c, PATIENCE_MS)) {
		say("send hangs");
		return;
	}
	say("send %s", c->result < 0 ? errno_name(c->error) : "succeeds");
	say_send("send", fd, "x", 0);
	say_recv("recv", fd, 8, 0);
}

static void reset_writer(void)
{
	struct pair p = open_pair();
	struct call *c = begin(run_send_all, p.client, pattern, LOTS, 0);
	await_asleep(c);
	reset(p.server);
	say_send_errors(p.client, c);
}

static void reset_idle(void)
{
	struct pair p = open_pair();
	reset(p.server);
	await_events(p.client, POLLHUP);
	say_send("send", p.client, "x", 0);
	say_send("send", p.client, "x", 0);
	say_recv("recv", p.client, 8, 0);
}

static void reset_after_data(void)
{
	struct pair p = open_pair();
	deliver(p.server, "data");
	reset(p.server);
	await_events(p.client, POLLHUP);
	say_recv("recv", p.client, 8, 0);
	say_recv("recv", p.client, 8, 0);
	say_recv("recv", p.client, 8, 0);
}

/* The reader closes while there is certainly something that it has not read. */
static void close_in_transfer(void)
{
	struct pair p = open_pair();
	struct call *c = begin(run_send_all, p.client, pattern, LOTS, 0);
	say("first 256 KiB intact: %s", yes(drain(p.server, 256 * KIB, 0)));
	await_asleep(c);
	await_events(p.server, POLLIN);
	close(p.server);
	say_send_errors(p.client, c);
}

static void send_to_closed(void)
{
	struct pair p = open_pair();
	count_signals(SIGPIPE, SA_RESTART);
	close(p.server);
	await_events(p.client, POLLRDHUP);
	say_result("send", send(p.client, "hello", 5, 0));
	await_events(p.client, POLLERR);
	say_poll("then", p.client);
	say_result("send", send(p.client, "hello", 5, 0));
	say("SIGPIPE %d", signals_seen);
	say_result("MSG_NOSIGNAL", send(p.client, "hello", 5, MSG_NOSIGNAL));
	say("SIGPIPE %d", signals_seen);
}

static void linger(void)
{
	struct pair p = open_pair();
	struct linger l = { 1, 3 };
	if (setsockopt(p.server, SOL_SOCKET, SO_LINGER, &l, sizeof(l)))
		give_up("SO_LINGER");
	put(p.server, pattern, 32 * KIB);
	say_result("close", close(p.server));
	say_intact(p.client, 32 * KIB, 0);
	say_recv("recv", p.client, 8, 0);
}

static void linger_zero(void)
{
	struct pair p = open_pair();
	reset(p.server);
	await_events(p.client, POLLHUP);
	say_recv("recv", p.client, 8, 0);
	say_recv("recv", p.client, 8, 0);
}

/* Returns a process that holds the server's end alone. */
static pid_t give_to_process(struct pair *p)
{
	pid_t pid = spawn();
	if (!pid) {
		close(p->client);
		scratch->step = 1;
		for (;;)
			pause();
	}
	close(p->server);
	await_step(1);
	return pid;
}

static void kill_process(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void killed(void)
{
	struct pair p = open_pair();
	kill_process(give_to_process(&p));
	say_recv("recv", p.client, 8, 0);
	say_recv("recv", p.client, 8, 0);
}

static void killed_with_unread(void)
{
	struct pair p = open_pair();
	pid_t pid = give_to_process(&p);
	deliver(p.client, "unread");
	kill_process(pid);
	say_recv("recv", p.client, 8, 0);
	say_recv("recv", p.client, 8, 0);
}

static void killed_after_data(void)
{
	struct pair p = open_pair();
	deliver(p.server, "last words");
	kill_process(give_to_process(&p));
	say_recv("recv", p.client, 16, 0);
	say_recv("recv", p.client, 16, 0);
}

static void interrupted(void)
{
	struct pair p = open_pair();
	struct call *c = begin_recv(p.client);
	count_signals(SIGUSR1, 0);
	await_asleep(c);
	pthread_kill(c->thread, SIGUSR1);
	say_call("recv", c);
	say_exchange("then", &p);
}

static void restarted(void)
{
	struct pair p = open_pair();
	struct call *c = begin_recv(p.client);
	count_signals(SIGUSR1, SA_RESTART);
	await_asleep(c);
	pthread_kill(c->thread, SIGUSR1);
	say("waits on: %s", yes(!is_done(c, 50)));
	put_text(p.server, "hello");
	say_call("recv", c);
}

/* SA_RESTART does not count where SO_RCVTIMEO is set: sock_intr_errno(). */
static void interrupted_with_timeout(void)
{
	struct pair p = open_pair();
	struct timeval t = { 5, 0 };
	if (setsockopt(p.client, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)))
		give_up("SO_RCVTIMEO");
	struct call *c = begin_recv(p.client);
	count_signals(SIGUSR1, SA_RESTART);
	await_asleep(c);
	pthread_kill(c->thread, SIGUSR1);
	say_call("recv", c);
	say_exchange("then", &p);
}

static void send_interrupted(void)
{
	struct pair p = open_pair();
	struct call *c = begin(run_send, p.client, pattern, LOTS, 0);
	count_signals(SIGUSR1, 0);
	await_asleep(c);
	pthread_kill(c->thread, SIGUSR1);
	if (!is_done(c, PATIENCE_MS)) {
		say("send hangs");
		return;
	}
	say("short count: %s", yes(c->result > 0 && c->result < (ssize_t)LOTS));
	say_intact(p.server, c->result, 0);
}

static void stopped(void)
{
	struct pair p = open_pair();
	pid_t pid = spawn();
	if (!pid) {
		scratch->result = recv(p.server, scratch->data, sizeof(scratch->data), 0);
		scratch->error = errno;
		scratch->step = 1;
		_exit(0);
	}
	await_process_asleep(pid);
	kill(pid, SIGSTOP);
	waitpid(pid, NULL, WUNTRACED);
	kill(pid, SIGCONT);
	waitpid(pid, NULL, WCONTINUED);
	sleep_ms(50);
	say("waits on: %s", yes(!scratch->step));
	put_text(p.client, "hello");
	await_step(1);
	errno = scratch->error;
	if (scratch->step)
		say_received("recv", scratch->result, scratch->data);
	else
		say("recv hangs");
}

/* A blocked recv() holds the socket, and goes on until something arrives. */
static void closed_by_thread(void)
{
	struct pair p = open_pair();
	struct call *c = begin_recv(p.client);
	await_asleep(c);
	close(p.client);
	say("waits on: %s", yes(!is_done(c, 50)));
	put_text(p.server, "hello");
	say_call("recv", c);
	say_recv("peer's recv", p.server, 8, 0);
}

const struct probe_case end_cases[] = {
	{ "end-close-idle", "the peer closes", close_idle, 0 },
	{ "end-close-both", "both ends close at once; 10 times", close_both, 0 },
	{ "end-close-after-data", "data sent before close arrives", close_after_data, 0 },
	{ "end-close-with-unread", "the peer closes without having read", close_with_unread, 0 },
	{ "end-close-with-unread-after-data", "the same, after it sent something",
	  close_with_unread_after_data, 0 },
	{ "end-reset-reader", "the peer resets under a blocked recv", reset_reader, 0 },
	{ "end-reset-writer", "the peer resets under a blocked send", reset_writer, 0 },
	{ "end-reset-idle", "sends after the peer reset", reset_idle, 0 },
	{ "end-reset-after-data", "the peer sends, then resets", reset_after_data, 0 },
	{ "end-close-in-transfer", "the peer closes in the middle of a transfer", close_in_transfer,
	  0 },
	{ "end-send-to-closed", "EPIPE, SIGPIPE, MSG_NOSIGNAL", send_to_closed, 0 },
	{ "end-linger", "close with SO_LINGER waits for its data to arrive", linger, 0 },
	{ "end-linger-zero", "close with SO_LINGER of 0 resets", linger_zero, 0 },
	{ "end-killed", "the peer's process is killed", killed, 0 },
	{ "end-killed-with-unread", "the same, before it read", killed_with_unread, 0 },
	{ "end-killed-after-data", "the same, after it sent something", killed_after_data, 0 },
	{ "end-interrupted", "a signal interrupts a blocked recv", interrupted, 0 },
	{ "end-restarted", "a blocked recv goes on after a signal with SA_RESTART", restarted, 0 },
	{ "end-interrupted-with-timeout", "the same, with SO_RCVTIMEO set",
	  interrupted_with_timeout, 0 },
	{ "end-send-interrupted", "a signal interrupts a blocked send", send_interrupted, 0 },
	{ "end-stopped", "a blocked recv goes on after SIGSTOP and SIGCONT", stopped, 0 },
	{ "end-closed-by-thread", "close under a recv that is blocked in another thread",
	  closed_by_thread, 0 },
	{ 0 },
};
