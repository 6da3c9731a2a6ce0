/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The processes of a case, and the signals that they get. */
#pragma once
#include <stdatomic.h>
#include <sys/types.h>

/* Shared by all processes of a case. */
struct scratch {
	atomic_int step;
	ssize_t result;
	int error;
	char data[64];
};
extern struct scratch *scratch;

/* The calling process is killed when that parent ends. */
void die_with(pid_t parent);
/* fork() another process of the case; it dies with it. */
pid_t spawn(void);
/* Waits PATIENCE_MS for another process to come so far. */
void await_step(int step);
/* The state that /proc shows of a thread, 'R' where it runs; 0 where there is no such thread. */
char state_of(pid_t pid, pid_t tid);
/* Waits until the process sleeps in a system call. */
void await_process_asleep(pid_t pid);

/* Counts this signal in signals_seen; flags as in sigaction(). */
int count_signals(int signal, int flags);
extern atomic_int signals_seen;
/* Waits for the first signal that is counted. */
void await_signal(void);
