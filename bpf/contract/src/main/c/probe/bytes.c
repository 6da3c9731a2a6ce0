// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include "bytes.h"
#include "observe.h"
#include "wait.h"

#define HUGE_PAGE (2 * MIB) /* of x86-64 and arm64 */

uint8_t *pattern;

bool make_pattern(void)
{
	/* In huge pages where the kernel has them: each case is a process, and small ones would
	 * cost each a page fault for every 64 KiB that it reads, half of the check's CPU time in a
	 * virtual machine. */
	uint8_t *mapped = mmap(NULL, LOTS + HUGE_PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mapped == MAP_FAILED)
		return false;
	pattern = mapped + -(uintptr_t)mapped % HUGE_PAGE;
	madvise(pattern, LOTS, MADV_HUGEPAGE);
	uint64_t x = 88172645463325252ULL; /* xorshift64 */
	for (size_t i = 0; i < LOTS; i += sizeof(x)) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(pattern + i, &x, sizeof(x));
	}
	return true;
}

bool is_pattern(const uint8_t *data, size_t size, size_t offset)
{
	while (size) {
		size_t at = offset % LOTS, n = LOTS - at < size ? LOTS - at : size;
		if (memcmp(data, pattern + at, n))
			return false;
		data += n;
		offset += n;
		size -= n;
	}
	return true;
}

void put(int fd, const void *data, size_t size)
{
	for (size_t sent = 0; sent < size;) {
		ssize_t n = send(fd, (const char *)data + sent, size - sent, MSG_NOSIGNAL);
		if (n < 0)
			give_up("send");
		sent += n;
	}
}

void put_text(int fd, const char *text)
{
	put(fd, text, strlen(text));
}

ssize_t try_queued(int fd, unsigned long request)
{
	int n = -1;
	return ioctl(fd, request, &n) ? -1 : n;
}

int queued(int fd, unsigned long request)
{
	ssize_t n = try_queued(fd, request);
	if (n < 0)
		give_up("ioctl");
	return n;
}

void await_delivered(int fd)
{
	long long until = now_ms() + PATIENCE_MS;
	while (queued(fd, SIOCOUTQ) && now_ms() < until)
		sleep_ms(1);
}

void deliver(int fd, const char *text)
{
	put_text(fd, text);
	await_delivered(fd);
}

size_t take(int fd, void *data, size_t size)
{
	size_t received = 0;
	while (received < size) {
		ssize_t n = recv(fd, (char *)data + received, size - received, 0);
		if (n < 0)
			give_up("recv");
		if (!n)
			break;
		received += n;
	}
	return received;
}

size_t fill(int fd, size_t message, size_t limit)
{
	size_t sent = 0;
	while (sent < limit) {
		size_t at = sent % LOTS, size = message - sent % message;
		if (size > LOTS - at)
			size = LOTS - at;
		ssize_t n = send(fd, pattern + at, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		struct pollfd p = { fd, POLLOUT, 0 };
		/* Acknowledgements may still be on their way: full is what stays full. */
		if (n < 0 && errno == EAGAIN && !poll(&p, 1, 50))
			break;
		if (n < 0 && errno != EAGAIN)
			give_up("send");
		if (n > 0)
			sent += n;
	}
	return sent;
}

struct call *send_more_than_kept(const struct pair *p)
{
	size_t sent = fill(p->client, 16 * KIB, MORE_THAN_KEPT);
	struct call *rest =
		begin(run_send_all, p->client, pattern + sent, MORE_THAN_KEPT - sent, 0);
	sleep_ms(100); /* the end of the last segment waits for an acknowledgement */
	return rest;
}

bool drain(int fd, size_t size, size_t offset)
{
	static uint8_t data[256 * KIB];
	for (size_t received = 0; received < size;) {
		size_t left = size - received;
		ssize_t n = recv(fd, data, left < sizeof(data) ? left : sizeof(data), 0);
		if (n <= 0) {
			say_result("recv", n);
			return false;
		}
		if (!is_pattern(data, n, offset + received)) {
			say("wrong bytes");
			return false;
		}
		received += n;
	}
	return true;
}

void say_intact(int fd, size_t size, size_t offset)
{
	say("intact: %s", yes(drain(fd, size, offset)));
}
