// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "call.h"
#include "observe.h"
#include "process.h"
#include "wait.h"

ssize_t run_recv(struct call *c)
{
	return recv(c->fd, c->data, c->size, c->flags);
}

ssize_t run_send(struct call *c)
{
	return send(c->fd, c->data, c->size, c->flags | MSG_NOSIGNAL);
}

ssize_t run_send_all(struct call *c)
{
	size_t sent = 0;
	while (sent < c->size) {
		ssize_t n = send(c->fd, (char *)c->data + sent, c->size - sent,
				 c->flags | MSG_NOSIGNAL);
		if (n < 0)
			return n;
		sent += n;
	}
	return sent;
}

ssize_t run_poll(struct call *c)
{
	struct pollfd p = { c->fd, POLLIN, 0 };
	return poll(&p, 1, -1) < 0 ? -1 : p.revents;
}

static void *run_call(void *argument)
{
	struct call *c = argument;
	c->tid = syscall(SYS_gettid);
	c->result = c->run(c);
	c->error = errno;
	return NULL;
}

struct call *begin_call(struct call what)
{
	/* Never freed: its thread may hang in it. */
	struct call *c = calloc(1, sizeof(*c));
	if (!c)
		give_up("calloc");
	*c = what;
	errno = pthread_create(&c->thread, NULL, run_call, c);
	if (errno)
		give_up("pthread_create");
	return c;
}

struct call *begin(ssize_t (*run)(struct call *c), int fd, void *data, size_t size, int flags)
{
	return begin_call(
		(struct call){ .run = run, .fd = fd, .data = data, .size = size, .flags = flags });
}

struct call *begin_recv(int fd)
{
	return begin(run_recv, fd, calloc(1, 64), 64, 0);
}

void await_asleep(const struct call *c)
{
	long long until = now_ms() + PATIENCE_MS;
	while (!c->tid && now_ms() < until)
		sleep_ms(1);
	while (state_of(getpid(), c->tid) == 'R' && now_ms() < until)
		sleep_ms(1);
	/* A page fault on the way may sleep too. */
	sleep_ms(5);
}

bool is_done(struct call *c, int ms)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	if (!c->joined)
		c->joined = !pthread_clockjoin_np(c->thread, NULL, CLOCK_MONOTONIC, &until);
	return c->joined;
}

void say_call(const char *label, struct call *c)
{
	if (!is_done(c, PATIENCE_MS)) {
		say("%s hangs", label);
		return;
	}
	errno = c->error;
	if (c->run == run_recv)
		say_received(label, c->result, c->data);
	else
		say_result(label, c->result);
}

void say_recv(const char *label, int fd, size_t size, int flags)
{
	say_call(label, begin(run_recv, fd, calloc(1, size + 1), size, flags));
}

void say_send(const char *label, int fd, const char *text, int flags)
{
	say_call(label, begin(run_send, fd, strdup(text), strlen(text), flags));
}
