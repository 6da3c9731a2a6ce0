// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <stdio.h>
#include "connection.h"
#include "traffic.h"

/* How this thread waits for its connection's bytes. */
static _Thread_local struct {
	const char *kind; /* NULL: in recv(), or with -p in poll() */
	int epoll;
	bool readable;
} reader = { .epoll = -1 };

/* For a new connection of this thread. */
void choose_reader(int fd, uint64_t number)
{
	static const char *const kinds[] = { NULL, "level", "edge", "short" };
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	reader.kind = options.reader;
	if (reader.kind && !strcmp(reader.kind, "any"))
		reader.kind = kinds[number % 4];
	if (!reader.kind || !strcmp(reader.kind, "counted"))
		return;
	if (reader.epoll >= 0)
		close(reader.epoll);
	if (!strcmp(reader.kind, "level"))
		event.events = EPOLLIN;
	reader.epoll = epoll_create1(EPOLL_CLOEXEC);
	reader.readable = false;
	if (reader.epoll < 0 || epoll_ctl(reader.epoll, EPOLL_CTL_ADD, fd, &event))
		die("epoll");
}

/* False once it took too long. A test that stops and continues the process interrupts it. */
static bool await_event(void)
{
	struct epoll_event event;
	int n;
	do {
		n = epoll_wait(reader.epoll, &event, 1, PATIENCE_SECONDS * 1000);
	} while (n < 0 && errno == EINTR);
	return n == 1;
}

static ssize_t receive_by_epoll(int fd, char *bytes, size_t length)
{
	bool level = !strcmp(reader.kind, "level"), at_short = !strcmp(reader.kind, "short");
	ssize_t n;
	do {
		if (!reader.readable && !await_event()) {
			errno = EAGAIN;
			return -1;
		}
		n = recv(fd, bytes, length, MSG_DONTWAIT);
		reader.readable = !level && n >= 0 && (!at_short || n == (ssize_t)length);
	} while (n < 0 && errno == EAGAIN);
	return n;
}

/* Takes a socket that is readable and has no bytes for one whose stream has ended. */
static ssize_t receive_counted(int fd, char *bytes, size_t length)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	int count = 0;
	errno = EAGAIN;
	if (poll(&readable, 1, PATIENCE_SECONDS * 1000) != 1 || ioctl(fd, FIONREAD, &count))
		return -1;
	return count ? recv(fd, bytes, (size_t)count < length ? (size_t)count : length, 0) : 0;
}

ssize_t receive_some(int fd, char *bytes, size_t length)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	ssize_t n;
	if (reader.kind)
		return strcmp(reader.kind, "counted") ? receive_by_epoll(fd, bytes, length)
						      : receive_counted(fd, bytes, length);
	if (!options.poll)
		return recv(fd, bytes, length, 0);
	do {
		if (poll(&readable, 1, PATIENCE_SECONDS * 1000) == 0) {
			errno = EAGAIN;
			return -1;
		}
		n = recv(fd, bytes, length, MSG_DONTWAIT);
	} while (n < 0 && errno == EAGAIN);
	return n;
}

bool receive_all(int fd, char *bytes, size_t length, uint64_t key, uint64_t offset)
{
	while (length) {
		ssize_t n = receive_some(fd, bytes, length);
		if (n <= 0)
			return complain("recv", key, offset, n);
		bytes += n;
		offset += n;
		length -= n;
	}
	return true;
}

bool receive_end(int fd, uint64_t key, uint64_t offset)
{
	char byte;
	ssize_t n = receive_some(fd, &byte, 1);
	if (n > 0)
		fprintf(stderr, "stream %016llx: bytes past its end\n", (unsigned long long)key);
	else if (n < 0)
		complain("end", key, offset, n);
	return n == 0;
}

void await_command(const int *fds, long connections)
{
	struct pollfd readable[1 + MAX_HELD] = { { .fd = STDIN_FILENO, .events = POLLIN } };
	if (!options.poll)
		return;
	for (long c = 0; c < connections; c++)
		readable[1 + c] = (struct pollfd){ .fd = fds[c], .events = POLLIN };
	poll(readable, 1 + connections, -1);
}
