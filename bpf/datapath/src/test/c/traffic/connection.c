// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include "connection.h"
#include "traffic.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static void set(int fd, int level, int option, int value, const char *name)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		die(name);
}

int open_socket(void)
{
	int fd = socket(options.address.ss_family, SOCK_STREAM, options.mptcp ? IPPROTO_MPTCP : 0);
	if (fd < 0 && options.mptcp &&
	    (errno == EPROTONOSUPPORT || errno == ENOPROTOOPT || errno == EINVAL))
		exit(EXIT_UNSUPPORTED);
	if (fd < 0)
		die("socket");
	if (options.zerocopy)
		set(fd, SOL_SOCKET, SO_ZEROCOPY, 1, "SO_ZEROCOPY");
	if (options.buffer) {
		set(fd, SOL_SOCKET, SO_SNDBUF, options.buffer, "SO_SNDBUF");
		set(fd, SOL_SOCKET, SO_RCVBUF, options.buffer, "SO_RCVBUF");
	}
	if (options.lowat) /* accepted sockets inherit it, as the others */
		set(fd, SOL_SOCKET, SO_RCVLOWAT, LOWAT, "SO_RCVLOWAT");
	return fd;
}

void limit_waits(int fd)
{
	struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

void await_for_ever(int fd)
{
	struct timeval no_limit = { 0 };
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &no_limit, sizeof(no_limit));
}

/* The address of the server, so many ports further. */
static struct sockaddr_storage address_of_port(int further)
{
	struct sockaddr_storage address = options.address;
	in_port_t *port = address.ss_family == AF_INET
				  ? &((struct sockaddr_in *)&address)->sin_port
				  : &((struct sockaddr_in6 *)&address)->sin6_port;
	*port = htons(ntohs(*port) + further);
	return address;
}

int connect_to_port(int further)
{
	struct sockaddr_storage address = address_of_port(further);
	int fd = open_socket();
	limit_waits(fd);
	if (connect(fd, (struct sockaddr *)&address, options.address_length))
		die("connect");
	return fd;
}

int connect_to_server(void)
{
	return connect_to_port(0);
}

int listen_on_port(int further)
{
	struct sockaddr_storage address = address_of_port(further);
	int fd = open_socket();
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	if (bind(fd, (struct sockaddr *)&address, options.address_length) || listen(fd, 1024))
		die("listen");
	return fd;
}

int listen_for_clients(void)
{
	int fd = listen_on_port(0);
	ready();
	return fd;
}

int accept_client(int listener)
{
	int fd = accept(listener, NULL, NULL);
	if (fd < 0)
		die("accept");
	limit_waits(fd);
	return fd;
}

bool complain(const char *what, uint64_t key, uint64_t offset, ssize_t result)
{
	const char *why = result == 0	    ? "end of stream"
			  : errno == EAGAIN ? "EAGAIN or no progress"
					    : strerror(errno);
	fprintf(stderr, "stream %016llx: %s at offset %llu: %s\n", (unsigned long long)key, what,
		(unsigned long long)offset, why);
	return false;
}

bool send_all(int fd, const char *bytes, size_t length, uint64_t key, uint64_t offset)
{
	while (length) {
		ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
		if (n <= 0)
			return complain("send", key, offset, n);
		bytes += n;
		offset += n;
		length -= n;
	}
	return true;
}
