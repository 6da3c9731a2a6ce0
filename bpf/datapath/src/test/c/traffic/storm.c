// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The servers duplex and edges; the clients threads, storm and upload. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bytes.h"
#include "connection.h"
#include "kinds.h"
#include "traffic.h"

struct stream {
	int fd;
	uint64_t key, length;
	bool right;
};

static void *send_stream(void *argument)
{
	static _Thread_local char chunk[MAX_CHUNK];
	struct stream *stream = argument;
	uint64_t random = stream->key + 1;
	stream->right = true;
	for (uint64_t offset = 0; stream->right && offset < stream->length;) {
		size_t size = random_size(&random, sizeof(chunk));
		if (size > stream->length - offset)
			size = stream->length - offset;
		fill(chunk, size, stream->key, offset);
		stream->right = send_all(stream->fd, chunk, size, stream->key, offset);
		offset += size;
	}
	return NULL;
}

static bool receive_stream(const struct stream *stream)
{
	static _Thread_local char chunk[MAX_CHUNK];
	uint64_t random = stream->key + 2;
	for (uint64_t offset = 0; offset < stream->length;) {
		size_t size = random_size(&random, sizeof(chunk));
		if (size > stream->length - offset)
			size = stream->length - offset;
		ssize_t n = receive_some(stream->fd, chunk, size);
		if (n <= 0)
			return complain("recv", stream->key, offset, n);
		if (!verify(chunk, n, stream->key, offset))
			return false;
		offset += n;
	}
	return true;
}

static void *read_stream(void *argument)
{
	struct stream *stream = argument;
	stream->right = receive_stream(stream);
	return NULL;
}

/* Connections one after the other, on each of which one thread reads what another writes. */
int threads(const long *number)
{
	long connections = number[0], messages = number[1], failed = 0;
	char message[64];
	for (long c = 0; c < connections; c++) {
		struct stream stream = { connect_to_server(), mix(c), messages * sizeof(message) };
		bool right = true;
		pthread_t reader;
		if (pthread_create(&reader, NULL, read_stream, &stream))
			die("pthread_create");
		for (long m = 0; right && m < messages; m++) {
			fill(message, sizeof(message), stream.key, m * sizeof(message));
			right = send_all(stream.fd, message, sizeof(message), stream.key,
					 m * sizeof(message));
		}
		pthread_join(reader, NULL);
		failed += !right || !stream.right;
		close(stream.fd);
	}
	printf("connections %ld failed %ld\n", connections, failed);
	return failed != 0;
}

static bool both_ways(int fd, uint64_t out_key, uint64_t out_length, uint64_t in_key,
		      uint64_t in_length)
{
	struct stream out = { fd, out_key, out_length }, in = { fd, in_key, in_length };
	pthread_t sender;
	if (pthread_create(&sender, NULL, send_stream, &out))
		die("pthread_create");
	bool right = receive_stream(&in);
	if (!right)
		shutdown(fd, SHUT_RDWR);
	pthread_join(sender, NULL);
	return right && out.right;
}

/* The last byte says whether the server received what was planned; the client reports for both. */
bool duplex(int fd)
{
	struct plan plan;
	if (!receive_all(fd, (char *)&plan, sizeof(plan), 0, 0))
		return false;
	char verdict = both_ways(fd, ~plan.key, plan.bytes_down, plan.key, plan.bytes_up);
	return send_all(fd, &verdict, 1, ~plan.key, plan.bytes_down) &&
	       receive_end(fd, plan.key, plan.bytes_up);
}

static struct {
	uint64_t target, seed;
	atomic_uint_fast64_t bytes, connections, failed;
} storm;

static bool storm_connection(uint64_t key)
{
	uint64_t random = key;
	struct plan plan = { key, random_size(&random, MAX_STREAM),
			     random_size(&random, MAX_STREAM) };
	int fd = connect_to_server();
	char verdict = 0;
	bool right = send_all(fd, (char *)&plan, sizeof(plan), key, 0) &&
		     both_ways(fd, key, plan.bytes_up, ~key, plan.bytes_down) &&
		     receive_all(fd, &verdict, 1, ~key, plan.bytes_down) && verdict;
	close(fd);
	storm.bytes += plan.bytes_up + plan.bytes_down;
	return right;
}

static void *storm_thread(void *unused)
{
	while (storm.bytes < storm.target && storm.failed < 10) {
		uint64_t number = storm.connections++;
		storm.failed += !storm_connection(mix(storm.seed ^ mix(number)));
	}
	return NULL;
}

int storm_threads(const long *number)
{
	long threads = number[0];
	pthread_t ids[threads];
	storm.target = number[1];
	storm.seed = number[2];
	for (long t = 0; t < threads; t++)
		if (pthread_create(&ids[t], NULL, storm_thread, NULL))
			die("pthread_create");
	for (long t = 0; t < threads; t++)
		pthread_join(ids[t], NULL);
	printf("connections %lu bytes %lu failed %lu\n", storm.connections, storm.bytes,
	       storm.failed);
	return storm.failed != 0;
}

int upload(const long *number)
{
	long times = number[0], failed = 0;
	for (long i = 0; i < times; i++) {
		struct plan plan = { mix(i), number[1], 0 };
		struct stream stream = { connect_to_server(), plan.key, plan.bytes_up };
		char verdict = 0;
		bool right = send_all(stream.fd, (char *)&plan, sizeof(plan), plan.key, 0);
		if (right)
			send_stream(&stream);
		right = right && stream.right &&
			receive_all(stream.fd, &verdict, 1, ~plan.key, 0) && verdict;
		failed += !right;
		close(stream.fd);
	}
	printf("times %ld failed %ld\n", times, failed);
	return failed != 0;
}

/* Begins when all bytes are there. A recv() that is short took what there was (epoll(7)). */
bool read_at_edges(int fd)
{
	static _Thread_local char chunk[MAX_CHUNK];
	struct epoll_event readable = { .events = EPOLLIN | EPOLLET };
	struct plan plan;
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	bool right = receive_all(fd, (char *)&plan, sizeof(plan), 0, 0);
	poll(NULL, 0, STABLE_MS);
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &readable);
	ssize_t n = 0;
	for (uint64_t offset = 0; right && offset < plan.bytes_up; offset += n) {
		bool ready = n == sizeof(chunk) ||
			     epoll_wait(epoll, &readable, 1, PATIENCE_SECONDS * 1000) == 1;
		n = ready ? recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT) : 0;
		right = n > 0 ? verify(chunk, n, plan.key, offset)
			      : complain(ready ? "recv" : "epoll_wait", plan.key, offset, n);
	}
	close(epoll);
	return right && send_all(fd, (char *)&right, 1, ~plan.key, 0);
}
