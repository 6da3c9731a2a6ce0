// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases about how connections begin, by address and by call, and begin anew. */
#include "case.h"

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

/* Connects the client anew, with what the old connection brought unread, to listener number n. */
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

/* Says what can still be read from a socket that is connected no more. */
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

const struct probe_case connect_cases[] = {
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
