// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases about how connections begin and end, and about who holds them. */
#include "probe.h"

#define TIMES 10

/* Half-close. A step that fails is part of the outcome, and so is a reader that hangs. */

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

static struct call *begin_recv(int fd)
{
	return begin(run_recv, fd, calloc(1, 64), 64, 0);
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

/* Without a thread: the answer is there before anybody reads. */
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

/* Ends. */

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

/* A process that holds the server's end alone. */
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

/* With SO_RCVTIMEO SA_RESTART does not count: sock_intr_errno(). */
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

/* The call holds the socket: it goes on until something arrives. */
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

/* Handles. */

static void send_handle(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = { 0 }, x = 0;
	struct iovec v = { &x, 1 };
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(to, &m, 0) != 1)
		give_up("SCM_RIGHTS");
}

static int receive_handle(int from)
{
	char control[CMSG_SPACE(sizeof(int))], x;
	int fd = -1;
	struct iovec v = { &x, 1 };
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	if (recvmsg(from, &m, 0) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static void answer_once(int fd)
{
	char data[64];
	ssize_t n = recv(fd, data, sizeof(data), 0);
	if (n > 0)
		put_text(fd, "answer");
	_exit(n > 0 ? 0 : 1);
}

static void say_answer(int fd)
{
	say_send("send", fd, "request", 0);
	say_recv("recv", fd, 16, 0);
	say_recv("recv", fd, 16, 0);
}

static void handed_over(void)
{
	int local[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, local))
		give_up("socketpair");
	pid_t pid = spawn(); /* before there is a connection that it could inherit */
	if (!pid) {
		close(local[0]);
		answer_once(receive_handle(local[1]));
	}
	struct pair p = open_pair();
	send_handle(local[0], p.server);
	close(p.server);
	say_answer(p.client);
}

static void duplicated(void)
{
	struct pair p = open_pair();
	int copy = dup(p.server);
	close(p.server);
	p.server = copy;
	say_exchange("copy", &p);
	close(copy);
	say_recv("closed", p.client, 8, 0);
}

static void forked_both_read(void)
{
	struct pair p = open_pair();
	pid_t pid = spawn();
	if (!pid) {
		scratch->result = recv(p.server, scratch->data, sizeof(scratch->data), 0);
		_exit(0);
	}
	put_text(p.client, "first");
	waitpid(pid, NULL, 0);
	say_received("child", scratch->result, scratch->data);
	put_text(p.client, "second");
	say_recv("parent", p.server, 8, 0);
	close(p.server);
	say_recv("closed", p.client, 8, 0);
}

static void forked_child_goes_on(void)
{
	struct pair p = open_pair();
	pid_t pid = spawn();
	if (!pid) {
		close(p.client);
		answer_once(p.server);
	}
	close(p.server);
	say_answer(p.client);
}

static void executed(void)
{
	struct pair p = open_pair();
	pid_t pid = spawn();
	if (!pid) {
		char number[16];
		close(p.client);
		snprintf(number, sizeof(number), "%d", p.server);
		execl("/proc/self/exe", "probe", "--echo", number, NULL);
		_exit(1);
	}
	close(p.server);
	say_send("send", p.client, "hello", 0);
	say_recv("recv", p.client, 16, 0);
	shutdown(p.client, SHUT_WR);
	say_recv("recv", p.client, 16, 0);
}

/* Connecting. */

static void exchange(void)
{
	struct pair p = open_pair();
	say_exchange("exchange", &p);
	shutdown(p.client, SHUT_WR);
	say_recv("server", p.server, 8, 0);
	shutdown(p.server, SHUT_WR);
	say_recv("client", p.client, 8, 0);
}

static void connect_nonblocking(void)
{
	struct pair p = { .listener = make_listener(0) };
	struct address a = server_address(0);
	int error = -1;
	socklen_t length = sizeof(error);
	p.client = make_client();
	fcntl(p.client, F_SETFL, O_NONBLOCK);
	say_result("connect", connect(p.client, &a.sa, a.length));
	await_events(p.client, POLLOUT);
	getsockopt(p.client, SOL_SOCKET, SO_ERROR, &error, &length);
	say("SO_ERROR %s", errno_name(error));
	say_result("again", connect(p.client, &a.sa, a.length));
	say_result("again", connect(p.client, &a.sa, a.length));
	p.server = do_accept(p.listener);
	fcntl(p.client, F_SETFL, 0);
	warm_up(&p);
	say_exchange("then", &p);
}

static void connect_refused(void)
{
	struct address a = server_address(0);
	int fd = make_client();
	say_result("connect", connect(fd, &a.sa, a.length));
	int listener = make_listener(0);
	say_result("again", connect(fd, &a.sa, a.length));
	struct pair p = { fd, do_accept(listener), listener };
	say_exchange("then", &p);
}

/* SYNs that cross cannot be brought about between two sockets of one machine, but a socket that
 * connects to itself takes the same path: tcp_rcv_synsent_state_process() sees its own SYN. */
static void connect_to_self(void)
{
	int fd = make_socket(SERVER, 0);
	struct address a = server_address(0);
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, &a.sa, a.length))
		give_up("bind");
	say_result("connect", connect(fd, &a.sa, a.length));
	say_send("send", fd, "hello", 0);
	say_recv("recv", fd, 8, 0);
	put(fd, pattern, 32 * KIB);
	say_intact(fd, 32 * KIB, 0);
	shutdown(fd, SHUT_WR);
	say_recv("end", fd, 8, 0);
}

static void listener_closed(void)
{
	struct pair p = open_pair();
	close(p.listener);
	for (int i = 0; i < 3; i++)
		say_exchange("then", &p);
}

static void accepted_late(void)
{
	int listener = make_listener(0), client = make_client();
	do_connect(client, 0);
	say_send("send", client, "hello", 0);
	close(client);
	int server = do_accept(listener);
	say_recv("recv", server, 8, 0);
	say_recv("recv", server, 8, 0);
}

static void message_before_accept(void)
{
	struct pair p = { .listener = make_listener(0), .client = make_client() };
	do_connect(p.client, 0);
	say_send("send", p.client, "hello", 0);
	p.server = do_accept(p.listener);
	say_recv("recv", p.server, 8, 0);
	say_exchange("then", &p);
}

static void much_before_accept(void)
{
	struct pair p = { .listener = make_listener(0), .client = make_client() };
	do_connect(p.client, 0);
	struct call *c = begin(run_send_all, p.client, pattern, 6 * MIB, 0);
	await_asleep(c);
	p.server = do_accept(p.listener);
	say_intact(p.server, 6 * MIB, 0);
	say_call("sent", c);
	say_exchange("then", &p);
}

static void server_speaks_first(void)
{
	struct pair p = connect_pair();
	say_send("send", p.server, "hello", 0);
	say_recv("recv", p.client, 8, 0);
	say_exchange("then", &p);
}

static void both_speak_first(void)
{
	struct pair p = connect_pair();
	struct call *client = begin(run_send, p.client, "from client", 11, 0);
	struct call *server = begin(run_send, p.server, "from server", 11, 0);
	say_call("client sends", client);
	say_call("server sends", server);
	say_recv("client", p.client, 16, 0);
	say_recv("server", p.server, 16, 0);
	say_exchange("then", &p);
}

static void accept_deferred(void)
{
	struct pair p = { .listener = make_listener(0), .client = make_client() };
	set_option(p.listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 3);
	do_connect(p.client, 0);
	fcntl(p.listener, F_SETFL, O_NONBLOCK);
	say_result("accept", accept(p.listener, NULL, NULL));
	say_send("send", p.client, "hello", 0);
	await_events(p.listener, POLLIN);
	p.server = do_accept(p.listener);
	say_recv("recv", p.server, 8, 0);
	say_exchange("then", &p);
}

static void prepare_fast_open(int fd)
{
	/* A listener takes a queue length, and a client's socket ignores it. */
	setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &(int){ 5 }, sizeof(int));
}

static void fast_open(void)
{
	struct pair p = { .listener = make_listener(0), .client = make_client() };
	struct address a = server_address(0);
	say_result("sendto", sendto(p.client, "hello", 5, MSG_FASTOPEN, &a.sa, a.length));
	p.server = do_accept(p.listener);
	say_recv("recv", p.server, 8, 0);
	say_exchange("then", &p);
}

static void fast_open_connect(void)
{
	struct pair p = { .listener = make_listener(0), .client = make_client() };
	set_option(p.client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	do_connect(p.client, 0);
	say_send("send", p.client, "hello", 0);
	p.server = do_accept(p.listener);
	say_recv("recv", p.server, 8, 0);
	say_exchange("then", &p);
}

static void connect_anew(void)
{
	struct pair p = open_pair();
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	say_result("disconnect", connect(p.client, &none, sizeof(none)));
	say_send("send", p.client, "x", 0);
	await_events(p.server, POLLHUP);
	say_recv("peer's recv", p.server, 8, 0);
	close(p.server);
	do_connect(p.client, 0);
	p.server = do_accept(p.listener);
	say_exchange("anew", &p);
}

static void disconnect(int fd)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	say_result("disconnect", connect(fd, &none, sizeof(none)));
}

/* With what the old connection brought unread: the new one is with listener number n. */
static void say_anew(struct pair *p, int n)
{
	if (n)
		p->listener = make_listener(n);
	do_connect(p->client, n);
	p->server = do_accept(p->listener);
	say_exchange("anew", p);
}

static void connect_anew_unread(void)
{
	struct pair p = open_pair();
	deliver(p.server, "unread");
	disconnect(p.client);
	say("unread %d", queued(p.client, FIONREAD));
	close(p.server);
	say_anew(&p, 0);
}

static void connect_anew_after_reset(int n)
{
	struct pair p = open_pair();
	deliver(p.server, "unread");
	reset(p.server);
	await_events(p.client, POLLHUP);
	disconnect(p.client);
	say_anew(&p, n);
}

static void same_after_reset(void)
{
	connect_anew_after_reset(0);
}

static void other_after_reset(void)
{
	connect_anew_after_reset(1);
}

/* What a socket has left that is connected no more. */
static void disconnected_after_reset(void)
{
	struct pair p = open_pair();
	deliver(p.server, "unread");
	reset(p.server);
	await_events(p.client, POLLHUP);
	disconnect(p.client);
	say("unread %d", queued(p.client, FIONREAD));
	say_poll("then", p.client);
	say_recv("recv", p.client, 8, MSG_DONTWAIT);
}

static void connect_anew_after_end(void)
{
	struct pair p = open_pair();
	deliver(p.server, "unread");
	close(p.server);
	await_events(p.client, POLLRDHUP);
	disconnect(p.client);
	say("unread %d", queued(p.client, FIONREAD));
	say_recv("recv", p.client, 8, MSG_DONTWAIT);
	say_anew(&p, 0);
}

static void connect_anew_after_half_close(void)
{
	struct pair p = open_pair();
	deliver(p.server, "unread");
	shutdown(p.client, SHUT_WR);
	say_recv("server", p.server, 8, 0);
	disconnect(p.client);
	close(p.server);
	say("unread %d", queued(p.client, FIONREAD));
	say_recv("recv", p.client, 8, MSG_DONTWAIT);
	say_anew(&p, 0);
}

static void listen_anew(void)
{
	struct pair p = open_pair();
	struct address a = client_address();
	socklen_t length = sizeof(a);
	deliver(p.server, "unread");
	reset(p.server);
	await_events(p.client, POLLHUP);
	disconnect(p.client);
	if (bind(p.client, &a.sa, a.length) || listen(p.client, 1) ||
	    getsockname(p.client, &a.sa, &length))
		give_up("listen");
	say("unread %d", ioctl(p.client, FIONREAD, &(int){ 0 }));
	say_recv("recv", p.client, 8, MSG_DONTWAIT);
	struct pair n = { .client = make_socket(SERVER, 0), .listener = p.client };
	if (connect(n.client, &a.sa, a.length))
		give_up("connect");
	n.server = do_accept(n.listener);
	say_exchange("anew", &n);
}

static void say_name(const char *label, const struct address *expected, bool with_port,
		     int (*get)(int, struct sockaddr *, socklen_t *), int fd)
{
	struct sockaddr_storage a;
	socklen_t length = sizeof(a);
	if (get(fd, (struct sockaddr *)&a, &length))
		give_up(label);
	say("%s as asked: %s", label,
	    yes(same_address(expected, (struct sockaddr *)&a, with_port)));
}

static void names(void)
{
	struct pair p = open_pair();
	struct address server = server_address(0), client = client_address();
	say_name("client's peer", &server, true, getpeername, p.client);
	say_name("client's own", &client, false, getsockname, p.client);
	say_name("server's peer", &client, false, getpeername, p.server);
	say_name("server's own", &server, true, getsockname, p.server);
}

/* Each end knows the other by the name that it used or saw. */
static void names_translated(void)
{
	struct pair p = open_pair();
	struct address service = server_address(0), client = client_address();
	say_name("client's peer", &service, true, getpeername, p.client);
	say_name("client's own", &client, false, getsockname, p.client);
	say_name("server's own is the service", &service, true, getsockname, p.server);
}

static void many_connections(void)
{
	int intact = 0;
	for (int i = 0; i < 100; i++) {
		struct pair p = open_pair();
		char data[8];
		put_text(p.client, "request");
		intact += take(p.server, data, 7) == 7 && !memcmp(data, "request", 7);
		close_pair(&p);
	}
	say("%d of 100 connections", intact);
}

const struct probe_case life_cases[] = {
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

	{ "handle-passed", "SCM_RIGHTS to another process", handed_over, 0 },
	{ "handle-duplicated", "dup, and one of the two closed", duplicated, 0 },
	{ "handle-forked", "parent and child read in turn", forked_both_read, 0 },
	{ "handle-forked-child", "the parent closes, the child goes on", forked_child_goes_on, 0 },
	{ "handle-executed", "a program started with an open connection", executed, 0 },

	{ "connect-v4", "a connection over IPv4", exchange, 0 },
	{ "connect-v6", "a connection over IPv6", exchange, V6 },
	{ "connect-mapped", "an IPv4 client of an IPv6 listener", exchange, MAPPED },
	{ "connect-loopback", "a connection over 127.0.0.1", exchange, LOOPBACK },
	{ "connect-loopback-v6", "a connection over ::1", exchange, LOOPBACK | V6 },
	{ "connect-service", "a connection through address translation", exchange, SERVICE },
	{ "connect-mptcp", "MPTCP at both ends", exchange, MPTCP_CLIENT | MPTCP_LISTENER },
	{ "connect-mptcp-listener", "a TCP client of an MPTCP listener", exchange, MPTCP_LISTENER },
	{ "connect-nonblocking", "connect with O_NONBLOCK", connect_nonblocking, 0 },
	{ "connect-refused", "nobody listens, then somebody does", connect_refused, NO_WARM_UP },
	{ "connect-to-self", "a socket connected to its own port", connect_to_self,
	  LOOPBACK | NO_WARM_UP },
	{ "connect-listener-closed", "a connection outlives its listener", listener_closed, 0 },
	{ "connect-accepted-late", "accept after the client sent and closed", accepted_late,
	  NO_WARM_UP },
	{ "connect-message-before-accept", "the client speaks before accept", message_before_accept,
	  NO_WARM_UP },
	{ "connect-much-before-accept", "the client sends 6 MiB before accept", much_before_accept,
	  NO_WARM_UP },
	{ "connect-server-speaks-first", "the server speaks first", server_speaks_first,
	  NO_WARM_UP },
	{ "connect-both-speak-first", "both speak first", both_speak_first, NO_WARM_UP },
	{ "connect-deferred", "TCP_DEFER_ACCEPT", accept_deferred, NO_WARM_UP },
	{ "connect-fast-open", "MSG_FASTOPEN", fast_open, NO_WARM_UP, prepare_fast_open },
	{ "connect-fast-open-connect", "TCP_FASTOPEN_CONNECT", fast_open_connect, NO_WARM_UP,
	  prepare_fast_open },
	{ "connect-anew", "a socket disconnected with AF_UNSPEC connects anew", connect_anew, 0 },
	{ "connect-anew-unread", "the same, with unread bytes", connect_anew_unread, 0 },
	{ "connect-anew-after-reset-unread", "the same, where the peer had reset the connection",
	  same_after_reset, 0 },
	{ "connect-anew-after-reset-unread-v6", "the same over IPv6", same_after_reset, V6 },
	{ "connect-anew-after-reset-unread-other", "the same, to another server", other_after_reset,
	  0 },
	{ "connect-anew-after-end-unread", "where the peer had closed it", connect_anew_after_end,
	  0 },
	{ "connect-anew-after-half-close-unread", "where the socket itself was half-closed",
	  connect_anew_after_half_close, 0 },
	{ "connect-listen-anew-unread", "such a socket listens, after a reset", listen_anew, 0 },
	{ "connect-disconnected-unread", "what is left after a reset and AF_UNSPEC",
	  disconnected_after_reset, 0 },
	{ "connect-names", "getpeername and getsockname", names, 0 },
	{ "connect-names-v6", "the same over IPv6", names, V6 },
	{ "connect-names-service", "the same through address translation", names_translated,
	  SERVICE },
	{ "connect-many", "100 connections one after another", many_connections, 0 },
	{ 0 },
};
