// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The server twins; the client pour. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bytes.h"
#include "chats.h"
#include "connection.h"
#include "kinds.h"
#include "traffic.h"

/* What two threads read from one socket, each as it likes. All up to `next` was read; and what one
 * of them, `leader`, read behind bytes that the other one has taken, and not looked at yet. */
struct twins {
	int fd;
	uint64_t key;
	pthread_mutex_t lock;
	uint64_t next;
	pthread_t leader;
	char *ahead;
	size_t ahead_length;
	bool right;
};

static void read_ahead(struct twins *twins, const char *bytes, size_t n)
{
	twins->ahead = realloc(twins->ahead, twins->ahead_length + n);
	if (!twins->ahead)
		die("realloc");
	memcpy(twins->ahead + twins->ahead_length, bytes, n);
	twins->ahead_length += n;
	twins->leader = pthread_self();
}

static bool verify_ahead(const struct twins *twins, uint64_t offset)
{
	for (size_t done = 0; done < twins->ahead_length; done += MAX_MESSAGE) {
		size_t left = twins->ahead_length - done;
		if (!verify(twins->ahead + done, left < MAX_MESSAGE ? left : MAX_MESSAGE,
			    twins->key, offset + done))
			return false;
	}
	return true;
}

/* What one thread reads is behind what it read before, so while one leads, only the other one can
 * have the bytes in between. */
static bool find_place(struct twins *twins, const char *bytes, size_t n)
{
	bool leads = twins->ahead_length && pthread_equal(twins->leader, pthread_self());
	if (leads || (!twins->ahead_length && !matches(bytes, n, twins->key, twins->next))) {
		read_ahead(twins, bytes, n);
		return true;
	}
	if (!verify(bytes, n, twins->key, twins->next) || !verify_ahead(twins, twins->next + n)) {
		fprintf(stderr, "one thread read %zu bytes, the other one %zu behind them\n", n,
			twins->ahead_length);
		return false;
	}
	twins->next += n + twins->ahead_length;
	twins->ahead_length = 0;
	return true;
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
		if (n < 0)
			twins->right = complain("recv", twins->key, twins->next, n);
		else if (!find_place(twins, bytes, n))
			twins->right = false;
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
	uint64_t read = twins.right && !twins.ahead_length ? twins.next : UINT64_MAX;
	free(twins.ahead);
	return send_all(fd, (char *)&read, sizeof(read), twins.key, 0);
}

/* A blocking read after a half-close can fail with EAGAIN at once (docs/datapath/leaving.md): it is
 * counted, and tried again. */
static bool receive_answer(int fd, uint64_t *answer)
{
	uint64_t began = now_ms();
	ssize_t n = recv(fd, answer, sizeof(*answer), 0);
	if (n < 0 && errno == EAGAIN && now_ms() - began < PATIENCE_SECONDS * 1000 / 2) {
		chats.early++;
		n = recv(fd, answer, sizeof(*answer), 0);
	}
	return n == sizeof(*answer) || complain("answer", 0, 0, n);
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
		sleep_ms(random_size(&random, options.pause));
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
	right = right && receive_answer(fd, &read) && read == sent;
	close(fd);
	return right;
}

int pour(const long *number)
{
	return run_chats(number, pour_connection);
}
