// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <sched.h>
#include "case.h"

struct network network;
/* Whose connections these are, and the first of its ports. */
static const struct probe_case *self;
static int port;
static int pairs;

void connect_for(const struct probe_case *c, int first_port)
{
	self = c;
	port = first_port;
}

static struct address make_address(bool v6, const struct in_addr *ip4, const struct in6_addr *ip6,
				   int number)
{
	struct address a;
	memset(&a, 0, sizeof(a));
	if (v6) {
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_addr = *ip6;
		a.in6.sin6_port = htons(number);
		a.length = sizeof(a.in6);
	} else {
		a.in.sin_family = AF_INET;
		a.in.sin_addr = *ip4;
		a.in.sin_port = htons(number);
		a.length = sizeof(a.in);
	}
	return a;
}

static struct address address_of(enum end end, int number)
{
	struct in_addr loopback = { htonl(INADDR_LOOPBACK) };
	if (self->flags & LOOPBACK)
		return make_address(self->flags & V6, &loopback, &in6addr_loopback, number);
	return make_address(self->flags & V6, &network.ip4[end], &network.ip6[end], number);
}

struct address server_address(int n)
{
	if (self->flags & SERVICE)
		return make_address(false, &network.service, NULL, port + n);
	return address_of(SERVER, port + n);
}

struct address client_address(void)
{
	return address_of(CLIENT, 0);
}

bool same_address(const struct address *a, const struct sockaddr *b, bool with_port)
{
	const struct sockaddr_in *in = (const void *)b;
	const struct sockaddr_in6 *in6 = (const void *)b;
	if (b->sa_family == AF_INET6 && a->sa.sa_family == AF_INET)
		return IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) &&
		       !memcmp(in6->sin6_addr.s6_addr + 12, &a->in.sin_addr, 4) &&
		       (!with_port || in6->sin6_port == a->in.sin_port);
	if (a->sa.sa_family != b->sa_family)
		return false;
	if (b->sa_family == AF_INET)
		return a->in.sin_addr.s_addr == in->sin_addr.s_addr &&
		       (!with_port || a->in.sin_port == in->sin_port);
	return !memcmp(&a->in6.sin6_addr, &in6->sin6_addr, sizeof(in6->sin6_addr)) &&
	       (!with_port || a->in6.sin6_port == in6->sin6_port);
}

void enter(enum end end)
{
	if (setns(network.netns[end], CLONE_NEWNET))
		give_up("setns");
}

int make_socket(enum end end, int type_flags)
{
	bool v6 = self->flags & V6 || (end == SERVER && self->flags & MAPPED);
	bool mptcp = self->flags & (end == SERVER ? MPTCP_LISTENER : MPTCP_CLIENT);
	enter(self->flags & LOOPBACK ? SERVER : end);
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | type_flags,
			mptcp ? IPPROTO_MPTCP : 0);
	if (fd < 0)
		give_up("socket");
	return fd;
}

int make_listener(int n)
{
	int fd = make_socket(SERVER, 0);
	/* The service address is translated to the server's own on the way. */
	struct address a = address_of(SERVER, port + n);
	if (self->flags & MAPPED)
		a = make_address(true, NULL, &in6addr_any, port + n);
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (self->prepare)
		self->prepare(fd);
	if (bind(fd, &a.sa, a.length) || listen(fd, 16))
		give_up("listen");
	return fd;
}

int make_client(void)
{
	int fd = make_socket(CLIENT, 0);
	if (self->prepare)
		self->prepare(fd);
	return fd;
}

void do_connect(int fd, int n)
{
	struct address a = server_address(n);
	if (connect(fd, &a.sa, a.length))
		give_up("connect");
}

int do_accept(int listener)
{
	int fd = accept(listener, NULL, NULL);
	if (fd < 0)
		give_up("accept");
	return fd;
}

struct pair connect_pair(void)
{
	struct pair p;
	int n = pairs++ % PORTS;
	p.listener = make_listener(n);
	p.client = make_client();
	do_connect(p.client, n);
	p.server = do_accept(p.listener);
	return p;
}

struct pair open_pair(void)
{
	struct pair p = connect_pair();
	warm_up(&p);
	return p;
}

void close_pair(const struct pair *p)
{
	close(p->client);
	close(p->server);
	close(p->listener);
}

void say_exchange(const char *label, const struct pair *p)
{
	char data[8] = "";
	put_text(p->client, "request");
	bool ok = take(p->server, data, 7) == 7 && !memcmp(data, "request", 7);
	put_text(p->server, "answer");
	ok = take(p->client, data, 6) == 6 && !memcmp(data, "answer", 6) && ok;
	say("%s: %s", label, ok ? "request and answer" : "wrong bytes");
}

void reset(int fd)
{
	struct linger l = { 1, 0 };
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)))
		give_up("SO_LINGER");
	close(fd);
}

void set_option(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		give_up("setsockopt");
}
