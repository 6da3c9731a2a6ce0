/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A system call in a thread of its own, so that one that never returns is an observation. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct call {
	ssize_t (*run)(struct call *c); /* makes the call, in the thread */
	int fd, other;
	void *data;
	size_t size;
	int flags;
	/* What run() returned, and errno behind it; both are valid once is_done(). */
	ssize_t result;
	int error;
	atomic_int tid; /* 0 until the thread runs */
	bool joined;
	pthread_t thread;
};

ssize_t run_recv(struct call *c);
ssize_t run_send(struct call *c);
/* All of data, whatever the sizes of single sends; the result is what was sent. */
ssize_t run_send_all(struct call *c);
/* For POLLIN; the result is what poll() reports. */
ssize_t run_poll(struct call *c);

struct call *begin(ssize_t (*run)(struct call *c), int fd, void *data, size_t size, int flags);
struct call *begin_call(struct call what);
/* A recv() of at most 64 bytes. */
struct call *begin_recv(int fd);
/* Waits until the thread sleeps in its call. */
void await_asleep(const struct call *c);
/* Waits so long for the call to return. */
bool is_done(struct call *c, int ms);
/* LABEL and how the call ended, or that it hangs. */
void say_call(const char *label, struct call *c);
void say_recv(const char *label, int fd, size_t size, int flags);
void say_send(const char *label, int fd, const char *text, int flags);
