// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What connections cost beside the latency of a message: opened and closed, filled, or kept.
 *
 *   flows accept ENDPOINT
 *   flows sink ENDPOINT                            reads in blocking recv()
 *   flows edge-sink ENDPOINT                       reads until EAGAIN, then waits for an edge
 *   flows echo ENDPOINT CONNECTIONS               serves no more than so many
 *   flows connect ENDPOINT WARMUP_MS MEASURE_MS    (accept) one connection after the other
 *   flows send ENDPOINT WARMUP_MS MEASURE_MS       (either sink) one connection, as fast as it goes
 *   flows hold ENDPOINT CONNECTIONS                (echo) opens all, a message there and back on
 * each
 *
 * ENDPOINT is as pingpong's. Servers print "ready" when they listen, and run until they are ended;
 * so does hold. Both hold and send print "open" when all connections are. connect and send end with
 * one line on what they did after the warm-up: how many connections and the median time of one, or
 * how many bytes and in what time; times are nanoseconds.
 *
 * Servers close with a reset: no connection stays in TIME_WAIT. What they accept inherits that from
 * the listener, so that no socket option is set for each connection.
 */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#define PROGRAM "flows"
#include "program.h"

#define CHUNK		65536
#define MESSAGE		16
#define MAX_CONNECTIONS 60000
#define MAX_SAMPLES	1000000
#define OTHER_FILES	64
#define MAX_BACKLOG	4096
#define MAX_MS		3600000

static char buffer[CHUNK];

static void usage(void)
{
	fprintf(stderr, "usage: flows accept|sink|edge-sink ENDPOINT\n"
			"       flows connect|send ENDPOINT WARMUP_MS MEASURE_MS\n"
			"       flows echo|hold ENDPOINT CONNECTIONS\n");
	exit(2);
}

static void allow_connections(long connections)
{
	rlim_t files = connections + OTHER_FILES;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("cannot read the limit of open files");
	if (limit.rlim_cur >= files)
		return;
	limit.rlim_cur = files;
	if (limit.rlim_max < files)
		limit.rlim_max = files;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("cannot open so many files (ulimit -Hn)");
}

static int listen_on(const struct endpoint *endpoint)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	int fd = new_socket(endpoint);
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (bind(fd, &endpoint->any, endpoint->length) || listen(fd, MAX_BACKLOG))
		die("cannot listen");
	puts("ready");
	fflush(stdout);
	return fd;
}

static void send_message(int fd)
{
	if (send(fd, buffer, MESSAGE, MSG_NOSIGNAL) != MESSAGE)
		die("cannot send a message");
}

static void receive_message(int fd)
{
	if (recv(fd, buffer, MESSAGE, 0) != MESSAGE)
		die("cannot receive a message");
}

static void serve_accept(const struct endpoint *endpoint)
{
	int listener = listen_on(endpoint);

	for (;;)
		close(accept_one(listener));
}

static void serve_sink(const struct endpoint *endpoint)
{
	int listener = listen_on(endpoint);

	for (;;) {
		int fd = accept_one(listener);

		while (recv(fd, buffer, sizeof(buffer), 0) > 0)
			;
		close(fd);
	}
}

static void read_by_edges(int fd)
{
	struct epoll_event edge = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	ssize_t n = 1;

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &edge))
		die("cannot wait for edges");
	while (n > 0 || (n < 0 && errno == EAGAIN)) {
		if (n < 0 && epoll_wait(epoll, &edge, 1, -1) < 0)
			die("cannot wait for an edge");
		n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
	}
	close(epoll);
}

static void serve_edge_sink(const struct endpoint *endpoint)
{
	int listener = listen_on(endpoint);

	for (;;) {
		int fd = accept_one(listener);

		read_by_edges(fd);
		close(fd);
	}
}

static void serve_echo(const struct endpoint *endpoint, long connections)
{
	int listener = listen_on(endpoint);

	allow_connections(connections);
	for (long i = 0; i < connections; i++) {
		int fd = accept_one(listener);

		receive_message(fd);
		send_message(fd);
	}
	for (;;)
		pause();
}

/* Waits until the server closed: it has accepted by then, and its backlog never fills. In poll(),
 * where a joined socket learns of a reset as any other does. */
static void connect_once(const struct endpoint *endpoint)
{
	struct pollfd waiting = { .fd = new_socket(endpoint), .events = POLLIN };
	int fd = waiting.fd;
	/* a server on another CPU can be so fast that connect() says it */
	ssize_t end = connect(fd, &endpoint->any, endpoint->length);

	if (!end && poll(&waiting, 1, -1) == 1)
		end = recv(fd, buffer, sizeof(buffer), 0);

	if (end != -1 || errno != ECONNRESET)
		die("no connection that the server closes");
	close(fd);
}

static int ascending(const void *a, const void *b)
{
	int64_t difference = *(const int64_t *)a - *(const int64_t *)b;

	return (difference > 0) - (difference < 0);
}

static void measure_connections(const struct endpoint *endpoint, long warmup_ms, long measure_ms)
{
	static int64_t ns[MAX_SAMPLES];
	int64_t from = now_ns() + warmup_ms * 1000000LL;
	int64_t began = now_ns(), ended = began;
	size_t count = 0;

	while ((ended < from + measure_ms * 1000000LL || !count) && count < MAX_SAMPLES) {
		connect_once(endpoint);
		ended = now_ns();
		if (began >= from)
			ns[count++] = ended - began;
		began = ended;
	}
	qsort(ns, count, sizeof(*ns), ascending);
	printf("connections=%zu median_ns=%lld\n", count, (long long)ns[count / 2]);
}

static void measure_bytes(const struct endpoint *endpoint, long warmup_ms, long measure_ms)
{
	int fd = connect_to(endpoint);
	int64_t from = now_ns() + warmup_ms * 1000000LL;
	int64_t began = 0, now = 0;
	uint64_t bytes = 0;

	puts("open");
	fflush(stdout);
	while (!began || now < began + measure_ms * 1000000LL) {
		ssize_t n = send(fd, buffer, sizeof(buffer), MSG_NOSIGNAL);

		if (n < 0)
			die("cannot send");
		now = now_ns();
		if (began)
			bytes += n;
		else if (now >= from)
			began = now;
	}
	printf("bytes=%llu ns=%lld\n", (unsigned long long)bytes, (long long)(now - began));
}

static void hold(const struct endpoint *endpoint, long connections)
{
	allow_connections(connections);
	for (long i = 0; i < connections; i++) {
		int fd = connect_to(endpoint);

		send_message(fd);
		receive_message(fd);
	}
	puts("open");
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	struct endpoint endpoint;

	if (argc < 3)
		usage();
	endpoint = parse(argv[2]);
	if (!strcmp(argv[1], "accept") && argc == 3) {
		serve_accept(&endpoint);
	} else if (!strcmp(argv[1], "sink") && argc == 3) {
		serve_sink(&endpoint);
	} else if (!strcmp(argv[1], "edge-sink") && argc == 3) {
		serve_edge_sink(&endpoint);
	} else if (!strcmp(argv[1], "echo") && argc == 4) {
		serve_echo(&endpoint, number(argv[3], 1, MAX_CONNECTIONS));
	} else if (!strcmp(argv[1], "hold") && argc == 4) {
		hold(&endpoint, number(argv[3], 1, MAX_CONNECTIONS));
	} else if (!strcmp(argv[1], "connect") && argc == 5) {
		measure_connections(&endpoint, number(argv[3], 0, MAX_MS),
				    number(argv[4], 1, MAX_MS));
	} else if (!strcmp(argv[1], "send") && argc == 5) {
		measure_bytes(&endpoint, number(argv[3], 0, MAX_MS), number(argv[4], 1, MAX_MS));
	} else {
		usage();
	}
	return 0;
}
