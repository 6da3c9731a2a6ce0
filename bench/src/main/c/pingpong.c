// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A blocking ping-pong over one stream connection: the yardstick that runs the same loop over TCP
 * and over a UNIX socket.
 *
 *   pingpong server ENDPOINT SIZE
 *   pingpong client ENDPOINT SIZE WARMUP_MS MEASURE_MS SAMPLES
 *
 * ENDPOINT is an absolute path (UNIX stream socket), IPV4:PORT or [IPV6]:PORT. The server prints
 * "ready" when it listens, serves one connection and ends with it. The client writes the round-trip
 * times after the warm-up to the file SAMPLES, as 32-bit nanoseconds in host order. Both end with
 * one line: transactions, user and system time in microseconds, over the whole connection, warm-up
 * included.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MAX_SIZE (1 << 20)
/* Shorter round trips than 250 ns do not exist: the samples of one millisecond always fit. */
#define MAX_SAMPLES_PER_MS 4000

struct endpoint {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
	socklen_t length;
};

static char message[MAX_SIZE];

static void die(const char *what)
{
	fprintf(stderr, "pingpong: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void usage(void)
{
	fprintf(stderr, "usage: pingpong server ENDPOINT SIZE\n"
			"       pingpong client ENDPOINT SIZE WARMUP_MS MEASURE_MS SAMPLES\n");
	exit(2);
}

static long number(const char *text, long min, long max)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || end == text || value < min || value > max)
		usage();
	return value;
}

static struct endpoint parse(const char *text)
{
	struct endpoint endpoint = {};
	char host[INET6_ADDRSTRLEN];
	int port, end = 0;

	if (text[0] == '/') {
		if (strlen(text) >= sizeof(endpoint.un.sun_path))
			usage();
		endpoint.un.sun_family = AF_UNIX;
		strcpy(endpoint.un.sun_path, text);
		endpoint.length = sizeof(endpoint.un);
	} else if (sscanf(text, "[%45[^]]]:%d%n", host, &port, &end) == 2) {
		endpoint.in6.sin6_family = AF_INET6;
		endpoint.in6.sin6_port = htons(port);
		endpoint.length = sizeof(endpoint.in6);
		if (inet_pton(AF_INET6, host, &endpoint.in6.sin6_addr) != 1)
			usage();
	} else if (sscanf(text, "%45[^:]:%d%n", host, &port, &end) == 2) {
		endpoint.in.sin_family = AF_INET;
		endpoint.in.sin_port = htons(port);
		endpoint.length = sizeof(endpoint.in);
		if (inet_pton(AF_INET, host, &endpoint.in.sin_addr) != 1)
			usage();
	} else {
		usage();
	}
	if (end && (text[end] || port < 1 || port > 65535))
		usage();
	return endpoint;
}

static void no_delay(int fd, const struct endpoint *endpoint)
{
	int one = 1;

	if (endpoint->any.sa_family != AF_UNIX &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		die("cannot set TCP_NODELAY");
}

static void send_message(int fd, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = send(fd, message + done, size - done, MSG_NOSIGNAL);

		if (n < 0)
			die("cannot send");
		done += n;
	}
}

/* 0 when the peer closed between two messages. */
static int receive_message(int fd, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = recv(fd, message + done, size - done, 0);

		if (n < 0)
			die("cannot receive");
		if (n == 0 && done == 0)
			return 0;
		if (n == 0) {
			errno = ECONNRESET;
			die("the peer closed within a message");
		}
		done += n;
	}
	return 1;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int64_t micros(struct timeval since, struct timeval until)
{
	return (until.tv_sec - since.tv_sec) * 1000000LL + until.tv_usec - since.tv_usec;
}

static void print_cost(uint64_t transactions, const struct rusage *since)
{
	struct rusage until;

	getrusage(RUSAGE_SELF, &until);
	printf("transactions=%llu user_us=%lld system_us=%lld\n", (unsigned long long)transactions,
	       (long long)micros(since->ru_utime, until.ru_utime),
	       (long long)micros(since->ru_stime, until.ru_stime));
}

static void serve(const struct endpoint *endpoint, size_t size)
{
	int listener = socket(endpoint->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct rusage since;
	uint64_t transactions = 0;
	int one = 1;
	int fd;

	if (listener < 0)
		die("cannot create a socket");
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, &endpoint->any, endpoint->length) || listen(listener, 1))
		die("cannot listen");
	puts("ready");
	fflush(stdout);
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		die("cannot accept");
	no_delay(fd, endpoint);
	getrusage(RUSAGE_SELF, &since);
	while (receive_message(fd, size)) {
		send_message(fd, size);
		transactions++;
	}
	print_cost(transactions, &since);
}

static void write_samples(const char *path, const uint32_t *samples, size_t count)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(samples, sizeof(*samples), count, file) != count || fclose(file))
		die(path);
}

static void measure(const struct endpoint *endpoint, size_t size, long warmup_ms, long measure_ms,
		    const char *path)
{
	size_t capacity = (size_t)measure_ms * MAX_SAMPLES_PER_MS;
	/* Only pages that are written to take memory; a fault per 1,024 samples stays outside the
	 * timed part. */
	uint32_t *samples = mmap(NULL, capacity * sizeof(*samples), PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int fd = socket(endpoint->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t transactions = 0;
	struct rusage since;
	size_t count = 0;
	int64_t measure_from, end;

	if (samples == MAP_FAILED)
		die("cannot map memory for the samples");
	if (fd < 0 || connect(fd, &endpoint->any, endpoint->length))
		die("cannot connect");
	no_delay(fd, endpoint);
	getrusage(RUSAGE_SELF, &since);
	measure_from = now_ns() + warmup_ms * 1000000LL;
	end = measure_from + measure_ms * 1000000LL;
	for (int64_t sent = 0, received = 0; received < end && count < capacity; transactions++) {
		sent = now_ns();
		send_message(fd, size);
		if (!receive_message(fd, size)) {
			errno = ECONNRESET;
			die("the server closed");
		}
		received = now_ns();
		if (sent >= measure_from)
			samples[count++] =
				received - sent > UINT32_MAX ? UINT32_MAX : received - sent;
	}
	print_cost(transactions, &since);
	close(fd);
	write_samples(path, samples, count);
}

int main(int argc, char **argv)
{
	struct endpoint endpoint;
	size_t size;

	if (argc < 4)
		usage();
	endpoint = parse(argv[2]);
	size = number(argv[3], 1, MAX_SIZE);
	if (!strcmp(argv[1], "server") && argc == 4)
		serve(&endpoint, size);
	else if (!strcmp(argv[1], "client") && argc == 7)
		measure(&endpoint, size, number(argv[4], 0, 60000), number(argv[5], 1, 3600000),
			argv[6]);
	else
		usage();
	return 0;
}
