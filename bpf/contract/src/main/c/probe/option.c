// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases about socket options. */
#include <time.h>
#include <linux/errqueue.h>
#include <linux/tls.h>
#include "case.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

static int option_of(int fd, int level, int option)
{
	int value = -1;
	socklen_t length = sizeof(value);
	getsockopt(fd, level, option, &value, &length);
	return value;
}

static int try_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

static void prepare_low_water(int fd)
{
	set_option(fd, SOL_SOCKET, SO_RCVLOWAT, 8);
}

static void low_water_before(void)
{
	struct pair p = connect_pair();
	deliver(p.client, "half");
	sleep_ms(20);
	say_poll("4 of 8", p.server);
	put_text(p.client, "full");
	await_events(p.server, POLLIN);
	say_poll("8 of 8", p.server);
	say_recv("recv", p.server, 16, 0);
}

static void low_water_poll(void)
{
	struct pair p = open_pair();
	set_option(p.server, SOL_SOCKET, SO_RCVLOWAT, 8);
	deliver(p.client, "half");
	sleep_ms(20);
	say_poll("4 of 8", p.server);
	put_text(p.client, "full");
	await_events(p.server, POLLIN);
	say_poll("8 of 8", p.server);
	say_recv("recv", p.server, 16, 0);
}

static void low_water_recv(void)
{
	struct pair p = open_pair();
	char data[16];
	set_option(p.server, SOL_SOCKET, SO_RCVLOWAT, 8);
	struct call *c = begin(run_recv, p.server, data, sizeof(data), 0);
	await_asleep(c);
	deliver(p.client, "half");
	say("waits for the rest: %s", yes(!is_done(c, 50)));
	put_text(p.client, "full");
	say_call("recv", c);
}

static void set_receive_timeout(int fd)
{
	struct timeval t = { 0, 150000 };
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)))
		give_up("SO_RCVTIMEO");
}

static void receive_timeout(void)
{
	struct pair p = open_pair();
	set_receive_timeout(p.server);
	long long begun = now_ms();
	say_recv("nothing", p.server, 8, 0);
	say("not early: %s", yes(now_ms() - begun >= 140));
	deliver(p.client, "hello");
	say_recv("data", p.server, 8, 0);
	say_recv("nothing", p.server, 8, 0);
	say_exchange("then", &p);
}

static void receive_timeout_waitall(void)
{
	struct pair p = open_pair();
	set_receive_timeout(p.server);
	deliver(p.client, "ab");
	say_recv("2 of 4", p.server, 4, MSG_WAITALL);
}

/* Says the number of the send that was completed. The kernel counts them from 0 on. */
static void say_completion(int fd)
{
	char control[256];
	struct msghdr m = { .msg_control = control, .msg_controllen = sizeof(control) };
	await_events(fd, POLLERR);
	if (recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
		say("completion %s", errno_name(errno));
		return;
	}
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	struct sock_extended_err e = { 0 };
	if (c)
		memcpy(&e, CMSG_DATA(c), sizeof(e));
	say("completion origin %d, %u to %u", e.ee_origin, e.ee_info, e.ee_data);
}

static void say_zerocopy_send(const struct pair *p)
{
	say_call("send", begin(run_send, p->client, pattern, 48 * KIB, MSG_ZEROCOPY));
	say_intact(p->server, 48 * KIB, 0);
	say_completion(p->client);
}

static void prepare_zerocopy(int fd)
{
	set_option(fd, SOL_SOCKET, SO_ZEROCOPY, 1);
}

static void zerocopy_before(void)
{
	struct pair p = open_pair();
	say_zerocopy_send(&p);
}

static void zerocopy_after(void)
{
	struct pair p = open_pair();
	int result = try_option(p.client, SOL_SOCKET, SO_ZEROCOPY, 1);
	say_result("SO_ZEROCOPY", result);
	if (!result)
		say_zerocopy_send(&p);
	else
		say_exchange("then", &p);
}

static int set_key(int fd, int direction)
{
	struct tls12_crypto_info_aes_gcm_128 key = { .info = { TLS_1_2_VERSION,
							       TLS_CIPHER_AES_GCM_128 } };
	return setsockopt(fd, SOL_TLS, direction, &key, sizeof(key));
}

static void kernel_tls(void)
{
	struct pair p = open_pair();
	int client = setsockopt(p.client, IPPROTO_TCP, TCP_ULP, "tls", 3);
	say_result("client's TCP_ULP", client);
	int server = setsockopt(p.server, IPPROTO_TCP, TCP_ULP, "tls", 3);
	say_result("server's TCP_ULP", server);
	if (client || server) {
		say_exchange("then", &p);
		return;
	}
	say_result("TLS_TX", set_key(p.client, TLS_TX));
	say_result("TLS_RX", set_key(p.server, TLS_RX));
	say_send("send", p.client, "hello", 0);
	say_recv("recv", p.server, 8, 0);
}

static void receive_without_copy(void)
{
	struct pair p = open_pair();
	struct tcp_zerocopy_receive z = { 0 };
	socklen_t length = sizeof(z);
	void *memory = mmap(NULL, 64 * KIB, PROT_READ, MAP_SHARED, p.server, 0);
	say("mmap %s", memory == MAP_FAILED ? errno_name(errno) : "0");
	deliver(p.client, "hello");
	z.address = (uintptr_t)memory;
	z.length = 64 * KIB;
	int result = getsockopt(p.server, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &z, &length);
	say_result("TCP_ZEROCOPY_RECEIVE", result);
	if (!result)
		say("mapped %u, to be copied %u", z.length, z.recv_skip_hint);
	say_recv("recv", p.server, 8, MSG_DONTWAIT);
}

static void queue_length_message(void)
{
	struct pair p = open_pair();
	char data[4], control[64];
	struct iovec v = { data, sizeof(data) };
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int result = try_option(p.server, IPPROTO_TCP, TCP_INQ, 1), left = 0;
	say_result("TCP_INQ", result);
	deliver(p.client, "0123456789");
	say_received("recvmsg", recvmsg(p.server, &m, MSG_DONTWAIT), data);
	struct cmsghdr *c = m.msg_controllen ? CMSG_FIRSTHDR(&m) : NULL;
	if (c && c->cmsg_type == TCP_CM_INQ) {
		memcpy(&left, CMSG_DATA(c), sizeof(left));
		say("left %d", left);
	} else {
		say("no control message");
	}
}

static void no_delay(void)
{
	struct pair p = open_pair();
	int on = 0;
	socklen_t length = sizeof(on);
	say_result("set", try_option(p.client, IPPROTO_TCP, TCP_NODELAY, 1));
	getsockopt(p.client, IPPROTO_TCP, TCP_NODELAY, &on, &length);
	say("get %d", on);
	say_exchange("then", &p);
}

/* TCP holds a partial segment for 200 ms at most: a look that comes too late on a busy machine
 * proves nothing and is taken again. */
#define HELD_MS 150

typedef ssize_t send_ab(int fd);

static ssize_t send_plainly(int fd)
{
	return send(fd, "ab", 2, 0);
}

static ssize_t send_more(int fd)
{
	return send(fd, "ab", 2, MSG_MORE);
}

static ssize_t splice_more(int fd)
{
	int ends[2];
	if (pipe(ends) || write(ends[1], "ab", 2) != 2)
		give_up("pipe");
	ssize_t n = splice(ends[0], NULL, fd, NULL, 2, SPLICE_F_MORE);
	close(ends[0]);
	close(ends[1]);
	return n;
}

static bool is_held(const struct pair *p, send_ab *send_it)
{
	char data[8];
	for (int i = 0; i < 10; i++) {
		long long begun = now_ms();
		if (send_it(p->client) != 2)
			give_up("send");
		sleep_ms(10);
		ssize_t n = recv(p->server, data, sizeof(data), MSG_PEEK | MSG_DONTWAIT);
		if (now_ms() - begun < HELD_MS)
			return n < 0;
		take(p->server, data, 2);
	}
	return false;
}

static void cork(void)
{
	struct pair p = open_pair();
	set_option(p.client, IPPROTO_TCP, TCP_CORK, 1);
	say("held: %s", yes(is_held(&p, send_plainly)));
	set_option(p.client, IPPROTO_TCP, TCP_CORK, 0);
	say_recv("uncorked", p.server, 8, 0);
}

static void say_more(send_ab *send_it)
{
	struct pair p = open_pair();
	say("held: %s", yes(is_held(&p, send_it)));
	put_text(p.client, "cd");
	await_delivered(p.client);
	char data[5] = "";
	say_result("received", take(p.server, data, 4));
	say("'%s'", data);
}

static void more(void)
{
	say_more(send_more);
}

static void more_of_a_splice(void)
{
	say_more(splice_more);
}

static void harmless_options(void)
{
	static const struct {
		const char *name;
		int level, option, value;
	} options[] = {
		{ "TCP_QUICKACK", IPPROTO_TCP, TCP_QUICKACK, 0 },
		{ "TCP_NOTSENT_LOWAT", IPPROTO_TCP, TCP_NOTSENT_LOWAT, 16 * KIB },
		{ "TCP_WINDOW_CLAMP", IPPROTO_TCP, TCP_WINDOW_CLAMP, 64 * KIB },
		{ "TCP_SYNCNT", IPPROTO_TCP, TCP_SYNCNT, 3 },
		{ "SO_BUSY_POLL", SOL_SOCKET, SO_BUSY_POLL, 50 },
		{ "SO_PRIORITY", SOL_SOCKET, SO_PRIORITY, 3 },
		{ "SO_MARK", SOL_SOCKET, SO_MARK, 0 },
		{ "SO_INCOMING_CPU", SOL_SOCKET, SO_INCOMING_CPU, 0 },
		{ "IP_TOS", IPPROTO_IP, IP_TOS, 16 },
	};
	struct pair p = open_pair();
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		say_result(options[i].name, try_option(p.client, options[i].level,
						       options[i].option, options[i].value));
	say_exchange("then", &p);
}

static void congestion_control(void)
{
	struct pair p = open_pair();
	char name[16] = "";
	socklen_t length = sizeof(name);
	say_result("set", setsockopt(p.client, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	getsockopt(p.client, IPPROTO_TCP, TCP_CONGESTION, name, &length);
	say("get %s", name);
	say_exchange("then", &p);
}

static void keep_alive(void)
{
	struct pair p = open_pair();
	set_option(p.client, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(p.client, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	set_option(p.client, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	set_option(p.client, IPPROTO_TCP, TCP_KEEPCNT, 1);
	sleep_ms(2300);
	say_poll("idle", p.client);
	say_exchange("then", &p);
}

static void say_keep_alive(const char *label, int fd)
{
	static const int times[] = { TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT };
	say("%s: %d", label, option_of(fd, SOL_SOCKET, SO_KEEPALIVE));
	for (int i = 0; i < 3; i++)
		say("%d", option_of(fd, IPPROTO_TCP, times[i]));
}

/* In how many seconds the server's socket looks whether to send a keepalive probe; -1: never. */
static long until_probe(int fd)
{
	enum {
		KEEPALIVE = 2
	};
	struct sockaddr_in local = {}, remote = {};
	socklen_t length = sizeof(local);
	getsockname(fd, (struct sockaddr *)&local, &length);
	getpeername(fd, (struct sockaddr *)&remote, &length);
	enter(SERVER);
	FILE *sockets = fopen("/proc/thread-self/net/tcp", "r");
	if (!sockets)
		give_up("/proc/thread-self/net/tcp");
	char line[256];
	long found = -1;
	while (fgets(line, sizeof(line), sockets)) {
		unsigned int from, to, timer;
		unsigned long ticks;
		if (sscanf(line, "%*d: %*x:%x %*x:%x %*x %*x:%*x %x:%lx", &from, &to, &timer,
			   &ticks) == 4 &&
		    from == ntohs(local.sin_port) && to == ntohs(remote.sin_port) &&
		    timer == KEEPALIVE)
			found = ticks / sysconf(_SC_CLK_TCK);
	}
	fclose(sockets);
	return found;
}

static bool probes_soon(int fd)
{
	long seconds = until_probe(fd);
	return seconds == 0 || seconds == 1;
}

/* An accelerator may use keepalive probes of its own, but an application does not find them. */
static void keep_alive_unread(void)
{
	struct pair p = open_pair();
	struct call *c = send_more_than_kept(&p);
	say_keep_alive("unread", p.server);
	say_result("no time", try_option(p.server, IPPROTO_TCP, TCP_KEEPIDLE, 0));
	set_option(p.server, IPPROTO_TCP, TCP_KEEPINTVL, 50);
	say_intact(p.server, MORE_THAN_KEPT, 0);
	say("all sent: %s", yes(is_done(c, PATIENCE_MS)));
	long long end = now_ms() + PATIENCE_MS;
	while (probes_soon(p.server) && now_ms() < end)
		sleep_ms(10);
	say("probes: %s", yes(probes_soon(p.server)));
	set_option(p.server, SOL_SOCKET, SO_KEEPALIVE, 1);
	say_keep_alive("set", p.server);
	say("in an hour: %s", yes(until_probe(p.server) > 3600));
	say_exchange("then", &p);
}

static void keep_alive_disconnected(void)
{
	struct pair p = open_pair();
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	send_more_than_kept(&p);
	say_result("disconnect", connect(p.server, &none, sizeof(none)));
	say_keep_alive("disconnected", p.server);
}

/* An accelerator sends no keepalive probe to a peer whose socket is gone: the answer would be a
 * reset. */
static void keep_alive_peer_gone(void)
{
	struct pair p = open_pair();
	set_option(p.client, IPPROTO_TCP, TCP_LINGER2, 2);
	size_t sent = fill(p.client, 16, 24 * KIB); /* more messages than an accelerator keeps */
	say("sent %zu", sent);
	close(p.client);
	sleep_ms(3500);
	say_poll("late", p.server);
	say_intact(p.server, sent, 0);
	say_recv("end", p.server, 8, 0);
}

static void user_timeout(void)
{
	struct pair p = open_pair();
	say_result("set", try_option(p.client, IPPROTO_TCP, TCP_USER_TIMEOUT, 200));
	deliver(p.client, "hello");
	sleep_ms(500);
	say_poll("unread by the peer", p.client);
	say_recv("recv", p.server, 8, 0);
	say_exchange("then", &p);
}

static void error_after_reset(void)
{
	struct pair p = open_pair();
	int error = -1;
	socklen_t length = sizeof(error);
	reset(p.server);
	await_events(p.client, POLLIN);
	getsockopt(p.client, SOL_SOCKET, SO_ERROR, &error, &length);
	say("SO_ERROR %s", errno_name(error));
	getsockopt(p.client, SOL_SOCKET, SO_ERROR, &error, &length);
	say("again %s", errno_name(error));
	say_recv("recv", p.client, 8, 0);
}

static void say_state(const char *label, int fd)
{
	static const char *const names[] = {
		"0",	     "ESTABLISHED", "SYN_SENT",	  "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",
		"TIME_WAIT", "CLOSE",	    "CLOSE_WAIT", "LAST_ACK", "LISTEN",	   "CLOSING",
	};
	struct tcp_info info = { 0 };
	socklen_t length = sizeof(info);
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length))
		give_up("TCP_INFO");
	say("%s %s", label, info.tcpi_state < 12 ? names[info.tcpi_state] : "?");
}

static void states(void)
{
	struct pair p = open_pair();
	say_state("listener", p.listener);
	say_state("client", p.client);
	say_state("server", p.server);
	shutdown(p.client, SHUT_WR);
	await_events(p.server, POLLRDHUP);
	await_delivered(p.client);
	say_state("client shuts down: client", p.client);
	say_state("server", p.server);
	shutdown(p.server, SHUT_WR);
	await_events(p.client, POLLRDHUP);
	await_delivered(p.server);
	say_state("server shuts down: client", p.client);
	say_state("server", p.server);
}

/* The kernel stamps packets only some time after the first socket asked for it. */
static void time_stamp(void)
{
	struct pair p = open_pair();
	bool stamped = false;
	set_option(p.server, SOL_SOCKET, SO_TIMESTAMP, 1);
	for (int i = 0; i < 30 && !stamped; i++) {
		char data[8], control[64];
		struct iovec v = { data, sizeof(data) };
		struct msghdr m = { .msg_iov = &v,
				    .msg_iovlen = 1,
				    .msg_control = control,
				    .msg_controllen = sizeof(control) };
		sleep_ms(10);
		put_text(p.client, "x");
		if (recvmsg(p.server, &m, 0) != 1)
			give_up("recvmsg");
		struct cmsghdr *c = m.msg_controllen ? CMSG_FIRSTHDR(&m) : NULL;
		stamped = c && c->cmsg_type == SCM_TIMESTAMP;
	}
	say("time stamp: %s", yes(stamped));
}

static void repair(void)
{
	struct pair p = open_pair();
	int on = try_option(p.client, IPPROTO_TCP, TCP_REPAIR, 1);
	say_result("on", on);
	if (!on)
		say_result("off", try_option(p.client, IPPROTO_TCP, TCP_REPAIR, -1));
	say_exchange("then", &p);
}

const struct probe_case option_cases[] = {
	{ "option-low-water-before", "SO_RCVLOWAT set before the handshake", low_water_before,
	  NO_WARM_UP, prepare_low_water },
	{ "option-low-water-poll", "SO_RCVLOWAT and poll", low_water_poll, 0 },
	{ "option-low-water-recv", "SO_RCVLOWAT and a blocked recv", low_water_recv, 0 },
	{ "option-receive-timeout", "SO_RCVTIMEO", receive_timeout, 0 },
	{ "option-receive-timeout-waitall", "SO_RCVTIMEO with MSG_WAITALL", receive_timeout_waitall,
	  0 },
	{ "option-zerocopy-before", "SO_ZEROCOPY before the handshake, and its completions",
	  zerocopy_before, 0, prepare_zerocopy },
	{ "option-zerocopy-after", "SO_ZEROCOPY on a connection, and its completions",
	  zerocopy_after, 0 },
	{ "option-kernel-tls", "TCP_ULP tls", kernel_tls, 0 },
	{ "option-zerocopy-receive", "TCP_ZEROCOPY_RECEIVE", receive_without_copy, 0 },
	{ "option-inq", "the control message of TCP_INQ", queue_length_message, 0 },
	{ "option-no-delay", "TCP_NODELAY", no_delay, 0 },
	{ "option-cork", "TCP_CORK holds a partial segment", cork, 0 },
	{ "option-more", "MSG_MORE holds a partial segment", more, 0 },
	{ "option-splice-more", "SPLICE_F_MORE does, too", more_of_a_splice, 0 },
	{ "option-harmless", "options that change nothing that is seen", harmless_options, 0 },
	{ "option-congestion", "TCP_CONGESTION", congestion_control, 0 },
	{ "option-keep-alive", "SO_KEEPALIVE on an idle connection", keep_alive, 0 },
	{ "option-keep-alive-unread", "the options of keepalive while the reader does not read",
	  keep_alive_unread, 0 },
	{ "option-keep-alive-disconnected",
	  "the same of a socket that is disconnected with AF_UNSPEC", keep_alive_disconnected, 0 },
	{ "option-keep-alive-peer-gone", "a reader that is late where the peer's socket is gone",
	  keep_alive_peer_gone, 0 },
	{ "option-user-timeout", "TCP_USER_TIMEOUT and a reader that does not read", user_timeout,
	  0 },
	{ "option-error", "SO_ERROR after a reset", error_after_reset, 0 },
	{ "option-tcp-info-state", "TCP_INFO: the state through the life of a connection", states,
	  0 },
	{ "option-time-stamp", "the control message of SO_TIMESTAMP", time_stamp, 0 },
	{ "option-repair", "TCP_REPAIR", repair, 0 },
	{ 0 },
};
