// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The server deaf; the client flood. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "bytes.h"
#include "connection.h"
#include "kinds.h"
#include "traffic.h"

static void allow_many_files(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
}

#define DEAF_PORTS 4

/* Several ports: connect() searches long for a port of its own once half of them are taken. */
void serve_deaf(void)
{
	struct pollfd ports[DEAF_PORTS];
	allow_many_files();
	for (int i = 0; i < DEAF_PORTS; i++)
		ports[i] = (struct pollfd){ .fd = listen_on_port(i), .events = POLLIN };
	ready();
	while (poll(ports, DEAF_PORTS, -1) > 0)
		for (int i = 0; i < DEAF_PORTS; i++)
			if (ports[i].revents)
				accept_client(ports[i].fd);
	die("poll");
}

/* With -p as long as STABLE_MS. */
static ssize_t send_in_time(int fd, const char *chunk, size_t size)
{
	for (int ms = 0;; ms++) {
		ssize_t n = send(fd, chunk, size, options.wait ? 0 : MSG_DONTWAIT);
		if (n >= 0 || errno != EAGAIN || !options.poll || ms == STABLE_MS)
			return n;
		/* poll() says at once that there is room, where it is memory that lacks */
		poll(NULL, 0, 1);
		struct pollfd room = { .fd = fd, .events = POLLOUT };
		poll(&room, 1, STABLE_MS);
	}
}

int flood(const long *number)
{
	long connections = number[0], messages = number[1], size = number[2];
	static char chunk[MAX_CHUNK];
	uint64_t bytes = 0, refused = 0;
	bool seen[EHWPOISON + 1] = { false };
	struct timeval stable = { .tv_usec = STABLE_MS * 1000 };
	struct linger reset = { .l_onoff = 1 }; /* at their end, and no port is in TIME_WAIT */
	allow_many_files();
	for (long c = 0; c < connections; c++) {
		int fd = connect_to_port(c % DEAF_PORTS);
		ssize_t n = 1;
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &stable, sizeof(stable));
		for (long m = 0; m < messages && n > 0; m++) {
			n = send_in_time(fd, chunk, size);
			bytes += n > 0 ? n : 0;
		}
		if (n < 0)
			seen[errno] = true;
		refused += n < 0 && errno != EAGAIN;
	}
	printf("full bytes %lu refused %lu errors", bytes, refused);
	for (int error = 0; error <= EHWPOISON; error++)
		if (seen[error])
			printf(" %d", error);
	puts("");
	fflush(stdout);
	pause();
	return refused != 0;
}
