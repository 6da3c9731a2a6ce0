// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "observe.h"
#include "process.h"
#include "wait.h"

struct scratch *scratch;
atomic_int signals_seen;

void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

pid_t spawn(void)
{
	pid_t parent = getpid(), pid = fork();
	if (pid < 0)
		give_up("fork");
	if (!pid)
		die_with(parent);
	return pid;
}

void await_step(int step)
{
	long long until = now_ms() + PATIENCE_MS;
	while (scratch->step < step && now_ms() < until)
		sleep_ms(1);
}

char state_of(pid_t pid, pid_t tid)
{
	char path[64], stat[512] = "";
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	char *name_end = n > 0 ? strrchr(stat, ')') : NULL;
	return name_end ? name_end[2] : 0;
}

void await_process_asleep(pid_t pid)
{
	long long until = now_ms() + PATIENCE_MS;
	while (state_of(pid, pid) != 'S' && now_ms() < until)
		sleep_ms(1);
	sleep_ms(5);
}

static void note_signal(int signal)
{
	(void)signal;
	signals_seen++;
}

int count_signals(int signal, int flags)
{
	struct sigaction action = { .sa_handler = note_signal, .sa_flags = flags };
	return sigaction(signal, &action, NULL);
}

void await_signal(void)
{
	for (int i = 0; i < PATIENCE_MS && !signals_seen; i++)
		sleep_ms(1);
}
