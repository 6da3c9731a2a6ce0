// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The server twins; the client pour. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bytes.h"
#include "chats.h"
#include "connection.h"
#include "kinds.h"
#include "traffic.h"

/* What two threads read from one socket, each as it likes. */
struct twins {
	int fd;
	uint64_t key;
	pthread_mutex_t lock;
	/* Up to `next` somebody has read all but what is missing: at most what the other one has
	 * taken, and not looked at yet. */
	uint64_t next, missing_from, missing_to;
	bool right;
};

/* Where in the stream these bytes belong: between them and what was read there fits one recv() of
 * the other thread. */
static bool find_place(struct twins *twins, const char *bytes, size_t n)
{
	size_t some = n < 16 ? n : 16;
	uint64_t missing = twins->missing_to - twins->missing_from;
	if (missing == n && matches(bytes, some, twins->key, twins->missing_from)) {
		if (!verify(bytes, n, twins->key, twins->missing_from))
			return false;
		twins->missing_from = twins->missing_to;
		return true;
	}
	for (uint64_t gap = 0; gap <= (missing ? 0 : MAX_MESSAGE); gap++) {
		if (!matches(bytes, some, twins->key, twins->next + gap))
			continue;
		if (!verify(bytes, n, twins->key, twins->next + gap))
			return false;
		if (gap) {
			twins->missing_from = twins->next;
			twins->missing_to = twins->next + gap;
		}
		twins->next += gap + n;
		return true;
	}
	return false;
}

static void *read_as_twin(void *argument)
{
	struct twins *twins = argument;
	char bytes[MAX_MESSAGE];
	for (;;) {
		ssize_t n = recv(twins->fd, bytes, sizeof(bytes), 0);
		if (n < 0 && errno == EAGAIN) /* the other one was faster (a known limit) */
			continue;
		if (n == 0)
			return NULL;
		pthread_mutex_lock(&twins->lock);
		if (n < 0 || !find_place(twins, bytes, n))
			twins->right = complain("recv", twins->key, twins->next, n);
		bool right = twins->right;
		pthread_mutex_unlock(&twins->lock);
		if (!right) {
			shutdown(twins->fd, SHUT_RD); /* for the other one */
			return NULL;
		}
	}
}

bool read_as_twins(int fd)
{
	struct twins twins = { .fd = fd, .lock = PTHREAD_MUTEX_INITIALIZER, .right = true };
	pthread_t other;
	if (!receive_all(fd, (char *)&twins.key, sizeof(twins.key), 0, 0))
		return false;
	if (pthread_create(&other, NULL, read_as_twin, &twins))
		die("pthread_create");
	read_as_twin(&twins);
	pthread_join(other, NULL);
	bool all = twins.right && twins.missing_from == twins.missing_to;
	uint64_t read = all ? twins.next : UINT64_MAX;
	return send_all(fd, (char *)&read, sizeof(read), twins.key, 0);
}

/* One stream of small messages, bursts and pauses. */
static bool pour_connection(uint64_t number)
{
	static _Thread_local char chunk[MAX_MESSAGE * 16];
	uint64_t random = mix(chats.seed ^ mix(number)), key = next(&random), sent = 0, read = 0;
	int fd = connect_to_server();
	bool right = send_all(fd, (char *)&key, sizeof(key), key, 0);
	for (uint64_t turns = random_size(&random, 256); right && turns && now_ms() < chats.until;
	     turns--) {
		uint64_t end = sent + random_size(&random, one_in(16, &random) ? MAX_STREAM : 4096);
		sleep_ms(random_size(&random, 256));
		while (right && sent < end) {
			size_t n = end - sent < sizeof(chunk) ? end - sent : sizeof(chunk);
			fill(chunk, n, key, sent);
			right = send_all(fd, chunk, n, key, sent);
			sent += n;
		}
		chats.turns++;
	}
	chats.bytes += sent;
	shutdown(fd, SHUT_WR);
	right = right && receive_all(fd, (char *)&read, sizeof(read), 0, 0) && read == sent;
	close(fd);
	return right;
}

int pour(const long *number)
{
	return run_chats(number, pour_connection);
}
