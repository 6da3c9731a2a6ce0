/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the measuring programs share: how they end, their arguments, the clock, the two sides of a
 * connection. Each says by PROGRAM how it is called, and has a usage(). */
#ifndef PODWIRE_PROGRAM_H
#define PODWIRE_PROGRAM_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct endpoint {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
	socklen_t length;
};

static void usage(void);

static void die(const char *what)
{
	fprintf(stderr, PROGRAM ": %s: %s\n", what, strerror(errno));
	exit(1);
}

static long number(const char *text, long min, long max)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || end == text || value < min || value > max)
		usage();
	return value;
}

static struct endpoint parse(const char *text)
{
	struct endpoint endpoint = {};
	char host[INET6_ADDRSTRLEN];
	int port, end = 0;

	if (text[0] == '/') {
		if (strlen(text) >= sizeof(endpoint.un.sun_path))
			usage();
		endpoint.un.sun_family = AF_UNIX;
		strcpy(endpoint.un.sun_path, text);
		endpoint.length = sizeof(endpoint.un);
	} else if (sscanf(text, "[%45[^]]]:%d%n", host, &port, &end) == 2) {
		endpoint.in6.sin6_family = AF_INET6;
		endpoint.in6.sin6_port = htons(port);
		endpoint.length = sizeof(endpoint.in6);
		if (inet_pton(AF_INET6, host, &endpoint.in6.sin6_addr) != 1)
			usage();
	} else if (sscanf(text, "%45[^:]:%d%n", host, &port, &end) == 2) {
		endpoint.in.sin_family = AF_INET;
		endpoint.in.sin_port = htons(port);
		endpoint.length = sizeof(endpoint.in);
		if (inet_pton(AF_INET, host, &endpoint.in.sin_addr) != 1)
			usage();
	} else {
		usage();
	}
	if (end && (text[end] || port < 1 || port > 65535))
		usage();
	return endpoint;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int accept_one(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		die("cannot accept");
	return fd;
}

static int new_socket(const struct endpoint *endpoint)
{
	int fd = socket(endpoint->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("cannot create a socket");
	return fd;
}

static int connect_to(const struct endpoint *endpoint)
{
	int fd = new_socket(endpoint);

	if (connect(fd, &endpoint->any, endpoint->length))
		die("cannot connect");
	return fd;
}

#endif
