// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The servers echo and late-echo; the clients pairs, hold, halfclose and sleep. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "bytes.h"
#include "connection.h"
#include "kinds.h"
#include "traffic.h"

bool echo(int fd)
{
	char bytes[64 << 10];
	ssize_t n;
	await_for_ever(fd); /* what is held may be silent for long */
	while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		if (!send_all(fd, bytes, n, 0, 0))
			return false;
	return n == 0;
}

bool late_echo(int fd)
{
	char bytes[MAX_MESSAGE];
	size_t length = 0;
	ssize_t n;
	while ((n = recv(fd, bytes + length, sizeof(bytes) - length, 0)) > 0)
		length += n;
	return n == 0 && send_all(fd, bytes, length, 0, 0);
}

static bool exchange(int fd, uint64_t key)
{
	char bytes[MAX_MESSAGE];
	uint64_t state = key;
	size_t length = random_size(&state, sizeof(bytes));
	fill(bytes, length, key, 0);
	return send_all(fd, bytes, length, key, 0) && receive_all(fd, bytes, length, key, 0) &&
	       verify(bytes, length, key, 0);
}

/* Whether a process sleeps, or has ended. */
static bool is_idle(pid_t pid)
{
	char path[64], state = 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	FILE *stat = fopen(path, "r");
	bool read = stat && fscanf(stat, "%*d (%*[^)]) %c", &state) == 1;
	if (stat)
		fclose(stat);
	return !read || state == 'S' || state == 'Z';
}

static bool send_half(int fd, const char *half)
{
	struct timespec pause = { .tv_nsec = 50000000 }; /* its echo comes within it, or later */
	bool sent = send(fd, half, 4, 0) == 4;
	nanosleep(&pause, NULL);
	return sent;
}

int sleep_for_all(const long *number)
{
	long times = number[0], failed = 0;
	for (long i = 0; i < times; i++) {
		int fd = connect_to_server(), status = -1;
		pid_t reader = fork();
		if (reader < 0)
			die("fork");
		if (!reader) {
			char data[8];
			_exit(recv(fd, data, 8, MSG_WAITALL) != 8 || memcmp(data, "abcdefgh", 8));
		}
		while (!is_idle(reader))
			usleep(1000);
		bool sent = send_half(fd, "abcd") && send_half(fd, "efgh");
		waitpid(reader, &status, 0);
		failed += !sent || status;
		close(fd);
	}
	printf("times %ld failed %ld\n", times, failed);
	return failed != 0;
}

int pairs(const long *number)
{
	long connections = number[0], messages = number[1];
	long failed = 0;
	for (long c = 0; c < connections; c++) {
		int fd = connect_to_server();
		bool right = true;
		for (long m = 0; right && m < messages; m++)
			right = exchange(fd, mix(c) + m);
		failed += !right;
		close(fd);
	}
	printf("connections %ld messages %ld failed %ld\n", connections, connections * messages,
	       failed);
	return failed != 0;
}

int hold(const long *number)
{
	long connections = number[0] < MAX_HELD ? number[0] : MAX_HELD;
	int fds[MAX_HELD];
	long failed = 0;
	for (long c = 0; c < connections; c++)
		fds[c] = connect_to_server();
	for (uint64_t round = 0;; round++) {
		for (long c = 0; c < connections; c++)
			failed += !exchange(fds[c], mix(c) + round);
		printf("round %llu failed %ld\n", (unsigned long long)round, failed);
		fflush(stdout);
		await_command(fds, connections);
		int byte;
		do
			byte = getchar();
		while (byte != '\n' && byte != EOF);
		if (byte == EOF)
			return failed != 0;
	}
}

int halfclose(const long *number)
{
	long times = number[0];
	char bytes[MAX_MESSAGE];
	long failed = 0;
	for (long i = 0; i < times; i++) {
		uint64_t key = mix(i), state = key;
		size_t length = random_size(&state, sizeof(bytes));
		int fd = connect_to_server();
		fill(bytes, length, key, 0);
		bool right = send_all(fd, bytes, length, key, 0) && !shutdown(fd, SHUT_WR) &&
			     receive_all(fd, bytes, length, key, 0) &&
			     verify(bytes, length, key, 0) && receive_end(fd, key, length);
		failed += !right;
		close(fd);
	}
	printf("times %ld failed %ld\n", times, failed);
	return failed != 0;
}
