// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The server greet; the clients reconnect and unread. */
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "connection.h"
#include "kinds.h"
#include "traffic.h"

/* Sends the number of the connection, and waits for the client's end. */
bool greet(int fd)
{
	static atomic_uint_fast64_t connections;
	uint64_t number = connections++;
	char byte;
	return send_all(fd, (char *)&number, sizeof(number), 0, 0) && recv(fd, &byte, 1, 0) == 0;
}

static int connect_to_greeting(void)
{
	int fd = connect_to_server();
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	poll(&readable, 1, PATIENCE_SECONDS * 1000);
	return fd;
}

int reconnect(const long *number)
{
	long times = number[0], failed = 0;
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	for (long i = 0; i < times; i++) {
		uint64_t greeting = 0;
		int fd = connect_to_greeting();
		bool right =
			!connect(fd, &nobody, sizeof(nobody)) &&
			!connect(fd, (struct sockaddr *)&options.address, options.address_length) &&
			receive_all(fd, (char *)&greeting, sizeof(greeting), 0, 0);
		failed += !right || greeting != 2 * (uint64_t)i + 1;
		close(fd);
	}
	printf("times %ld failed %ld\n", times, failed);
	return failed != 0;
}

int leave_unread(const long *number)
{
	long times = number[0], failed = 0;
	for (long i = 0; i < times; i++) {
		uint64_t greeting = 0;
		int fd = connect_to_greeting();
		bool right = !shutdown(fd, SHUT_WR) &&
			     receive_all(fd, (char *)&greeting, sizeof(greeting), 0, 0) &&
			     receive_end(fd, 0, sizeof(greeting));
		failed += !right || greeting != (uint64_t)i;
		close(fd);
	}
	printf("times %ld failed %ld\n", times, failed);
	return failed != 0;
}
