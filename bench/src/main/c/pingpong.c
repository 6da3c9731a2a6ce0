// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A blocking ping-pong over one stream connection: the yardstick that runs the same loop over TCP,
 * over a UNIX socket and over pipes. And rates: of the same loop on many connections at a time, and
 * of connections that carry nothing.
 *
 *   pingpong server ENDPOINT SIZE [BURST]
 *   pingpong client ENDPOINT SIZE WARMUP_MS MEASURE_MS SAMPLES
 *   pingpong asked ENDPOINT SIZE BURST
 *   pingpong serve ENDPOINT SIZE
 *   pingpong rate ENDPOINT SIZE CONNECTIONS MEASURE_MS
 *   pingpong pool ENDPOINT SIZE CONNECTIONS
 *   pingpong accept ENDPOINT
 *   pingpong connect ENDPOINT MEASURE_MS
 *
 * ENDPOINT is an absolute path (UNIX stream socket), IPV4:PORT or [IPV6]:PORT; for server and
 * client also pipe:PATH, two named pipes that the server makes, PATH.there and PATH.back. The
 * server prints "ready" when it listens, serves one connection and ends with it. The client writes
 * the round-trip times after the warm-up to the file SAMPLES, as 32-bit nanoseconds in host order.
 * Both end with one line: transactions, user and system time in microseconds, over the whole
 * connection, warm-up included.
 *
 * "asked" is a client that does what each line of its standard input says, all on one connection,
 * to a server that knows the same BURST: "messages MEASURE_MS SAMPLES" is the same loop without a
 * warm-up, "burst" is BURST bytes there and then BURST bytes back. Each is answered by a line with
 * how many transactions or bytes it was.
 *
 * "serve" serves any number of connections, a thread for each, and "accept" closes each as soon as
 * it is accepted; both say "ready", and go on until they are killed. "rate" opens its connections,
 * then runs the loop on all of them, a thread for each; "pool" does so whenever a line of its
 * standard input says "rate MEASURE_MS", and sleeps in between on all of them, as an event loop
 * does, until its input ends; "connect" opens a connection, waits for its end, closes it, and
 * begins again. Both print what they did, and in how many microseconds.
 */
#include <fcntl.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define PROGRAM "pingpong"
#include "program.h"

#define MAX_SIZE	(1 << 20)
#define MAX_BURST	(1 << 30)
#define BURST_CHUNK	65536
#define MAX_CONNECTIONS 1024
/* Shorter round trips than 250 ns do not exist: the samples of one millisecond always fit. */
#define MAX_SAMPLES_PER_MS 4000

/* What an endpoint of pipes begins with. */
#define PIPE "pipe:"

/* Where messages come from and go to: one socket, or two pipes. */
struct channel {
	int in, out;
};

/* All threads send and receive the same: nobody looks at it. */
static char message[MAX_SIZE];
/* The first byte of a message that a burst follows. */
#define BURST_FOLLOWS 1
/* Where the two pipes are; NULL where messages go over a socket. */
static const char *pipes;

static void usage(void)
{
	fprintf(stderr, "usage: pingpong server ENDPOINT SIZE [BURST]\n"
			"       pingpong client ENDPOINT SIZE WARMUP_MS MEASURE_MS SAMPLES\n"
			"       pingpong asked ENDPOINT SIZE BURST\n"
			"       pingpong serve ENDPOINT SIZE\n"
			"       pingpong rate ENDPOINT SIZE CONNECTIONS MEASURE_MS\n"
			"       pingpong pool ENDPOINT SIZE CONNECTIONS\n"
			"       pingpong accept ENDPOINT\n"
			"       pingpong connect ENDPOINT MEASURE_MS\n");
	exit(2);
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
		ssize_t n = pipes ? write(fd, message + done, size - done)
				  : send(fd, message + done, size - done, MSG_NOSIGNAL);

		if (n < 0)
			die("cannot send");
		done += n;
	}
}

/* 0 when the peer closed between two messages. */
static int receive_message(int fd, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = pipes ? read(fd, message + done, size - done)
				  : recv(fd, message + done, size - done, 0);

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

static void transact(struct channel channel, size_t size)
{
	send_message(channel.out, size);
	if (!receive_message(channel.in, size)) {
		errno = ECONNRESET;
		die("the server closed");
	}
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

static void say_ready(void)
{
	puts("ready");
	fflush(stdout);
}

static int listen_at(const struct endpoint *endpoint)
{
	int listener = new_socket(endpoint);
	int one = 1;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, &endpoint->any, endpoint->length) || listen(listener, MAX_CONNECTIONS))
		die("cannot listen");
	say_ready();
	return listener;
}

static struct channel over_socket(int fd, const struct endpoint *endpoint)
{
	no_delay(fd, endpoint);
	return (struct channel){ .in = fd, .out = fd };
}

static const char *pipe_at(const char *suffix)
{
	static char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s%s", pipes, suffix) >= (int)sizeof(path))
		usage();
	return path;
}

/* Waits until the other end opens it, too. */
static int open_pipe(const char *suffix, int flags)
{
	int fd = open(pipe_at(suffix), flags);

	if (fd < 0)
		die("cannot open a pipe");
	return fd;
}

static struct channel await_client(const struct endpoint *endpoint)
{
	struct channel channel;

	if (!pipes)
		return over_socket(accept_one(listen_at(endpoint)), endpoint);
	if (mkfifo(pipe_at(".there"), 0600) || mkfifo(pipe_at(".back"), 0600))
		die("cannot make a pipe");
	say_ready();
	channel.in = open_pipe(".there", O_RDONLY);
	channel.out = open_pipe(".back", O_WRONLY);
	return channel;
}

static struct channel reach_server(const struct endpoint *endpoint)
{
	struct channel channel;

	if (!pipes)
		return over_socket(connect_to(endpoint), endpoint);
	channel.out = open_pipe(".there", O_WRONLY);
	channel.in = open_pipe(".back", O_RDONLY);
	return channel;
}

static void send_burst(int fd, size_t burst)
{
	for (size_t done = 0; done < burst; done += BURST_CHUNK)
		send_message(fd, burst - done < BURST_CHUNK ? burst - done : BURST_CHUNK);
}

static void receive_burst(int fd, size_t burst)
{
	for (size_t done = 0; done < burst; done += BURST_CHUNK)
		if (!receive_message(fd, burst - done < BURST_CHUNK ? burst - done : BURST_CHUNK)) {
			errno = ECONNRESET;
			die("the peer closed within a burst");
		}
}

static void serve_one(const struct endpoint *endpoint, size_t size, size_t burst)
{
	struct channel channel = await_client(endpoint);
	struct rusage since;
	uint64_t transactions = 0;

	getrusage(RUSAGE_SELF, &since);
	while (receive_message(channel.in, size)) {
		if (burst && message[0] == BURST_FOLLOWS) {
			receive_burst(channel.in, burst);
			send_burst(channel.out, burst);
			continue;
		}
		send_message(channel.out, size);
		transactions++;
	}
	print_cost(transactions, &since);
}

/* Round-trip times in nanoseconds. */
struct samples {
	uint32_t *ns;
	size_t count, capacity;
};

/* Only pages that are written to take memory; a fault per 1,024 samples stays outside the timed
 * part. */
static struct samples room_for(long measure_ms)
{
	struct samples samples = { .capacity = (size_t)measure_ms * MAX_SAMPLES_PER_MS };

	samples.ns = mmap(NULL, samples.capacity * sizeof(*samples.ns), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (samples.ns == MAP_FAILED)
		die("cannot map memory for the samples");
	return samples;
}

static void write_to(const char *path, struct samples *samples)
{
	FILE *file = fopen(path, "w");

	if (!file ||
	    fwrite(samples->ns, sizeof(*samples->ns), samples->count, file) != samples->count ||
	    fclose(file))
		die(path);
	munmap(samples->ns, samples->capacity * sizeof(*samples->ns));
}

/* Runs the loop. */
static uint64_t sample(struct channel channel, size_t size, long warmup_ms, long measure_ms,
		       struct samples *samples)
{
	int64_t measure_from = now_ns() + warmup_ms * 1000000LL;
	int64_t end = measure_from + measure_ms * 1000000LL;
	uint64_t transactions = 0;

	for (int64_t sent = 0, received = 0;
	     (received < end || !samples->count) && samples->count < samples->capacity;
	     transactions++) {
		sent = now_ns();
		transact(channel, size);
		received = now_ns();
		if (sent >= measure_from)
			samples->ns[samples->count++] =
				received - sent > UINT32_MAX ? UINT32_MAX : received - sent;
	}
	return transactions;
}

static void measure(const struct endpoint *endpoint, size_t size, long warmup_ms, long measure_ms,
		    const char *path)
{
	struct samples samples = room_for(measure_ms);
	struct channel channel = reach_server(endpoint);
	struct rusage since;
	uint64_t transactions;

	getrusage(RUSAGE_SELF, &since);
	transactions = sample(channel, size, warmup_ms, measure_ms, &samples);
	print_cost(transactions, &since);
	close(channel.out);
	write_to(path, &samples);
}

static void exchange_bursts(struct channel channel, size_t size, size_t burst)
{
	message[0] = BURST_FOLLOWS;
	send_message(channel.out, size);
	message[0] = 0;
	send_burst(channel.out, burst);
	receive_burst(channel.in, burst);
}

static void do_as_asked(const struct endpoint *endpoint, size_t size, size_t burst)
{
	struct channel channel = reach_server(endpoint);
	char line[PATH_MAX + 64], path[PATH_MAX];
	struct samples samples;
	long measure_ms;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "messages %ld %4095s", &measure_ms, path) == 2) {
			samples = room_for(measure_ms);
			printf("transactions=%llu\n",
			       (unsigned long long)sample(channel, size, 0, measure_ms, &samples));
			write_to(path, &samples);
		} else if (!strcmp(line, "burst\n")) {
			exchange_bursts(channel, size, burst);
			printf("bytes=%zu\n", burst);
		} else {
			usage();
		}
		fflush(stdout);
	}
}

/* One of many connections. */
struct connection {
	int fd;
	size_t size;
	int64_t end; /* of the measurement, in nanoseconds */
	uint64_t transactions;
	pthread_t thread;
};

static void start(struct connection *connection, void *(*run)(void *))
{
	errno = pthread_create(&connection->thread, NULL, run, connection);
	if (errno)
		die("cannot create a thread");
}

static void *serve_connection(void *argument)
{
	struct connection *connection = argument;

	while (receive_message(connection->fd, connection->size))
		send_message(connection->fd, connection->size);
	close(connection->fd);
	free(connection);
	return NULL;
}

static void serve(const struct endpoint *endpoint, size_t size)
{
	for (int listener = listen_at(endpoint);;) {
		struct connection *connection = malloc(sizeof(*connection));

		if (!connection)
			die("cannot serve another connection");
		*connection = (struct connection){ .fd = accept_one(listener), .size = size };
		no_delay(connection->fd, endpoint);
		start(connection, serve_connection);
		pthread_detach(connection->thread);
	}
}

static void *transact_until_end(void *argument)
{
	struct connection *connection = argument;
	struct channel channel = { .in = connection->fd, .out = connection->fd };

	for (; now_ns() < connection->end; connection->transactions++)
		transact(channel, connection->size);
	return NULL;
}

static void print_rate(const char *what, uint64_t count, int64_t began)
{
	printf("%s=%llu us=%lld\n", what, (unsigned long long)count,
	       (long long)(now_ns() - began) / 1000);
}

static struct connection connection[MAX_CONNECTIONS];

static void open_connections(const struct endpoint *endpoint, size_t size, int connections)
{
	for (int i = 0; i < connections; i++) {
		connection[i].fd = connect_to(endpoint);
		connection[i].size = size;
		no_delay(connection[i].fd, endpoint);
	}
}

static void measure_rate(int connections, long measure_ms)
{
	uint64_t transactions = 0;
	int64_t began = now_ns();

	for (int i = 0; i < connections; i++) {
		connection[i].transactions = 0;
		connection[i].end = began + measure_ms * 1000000LL;
		start(&connection[i], transact_until_end);
	}
	for (int i = 0; i < connections; i++) {
		pthread_join(connection[i].thread, NULL);
		transactions += connection[i].transactions;
	}
	print_rate("transactions", transactions, began);
}

/* Until a line is there to be read. */
static void sleep_on(int connections)
{
	struct pollfd readable[1 + MAX_CONNECTIONS] = { { .fd = STDIN_FILENO, .events = POLLIN } };

	for (int i = 0; i < connections; i++)
		readable[1 + i] = (struct pollfd){ .fd = connection[i].fd, .events = POLLIN };
	poll(readable, 1 + connections, -1);
	if (!readable[0].revents)
		die("the server closed");
}

static void measure_rates_as_asked(int connections)
{
	char line[64];
	long measure_ms;

	for (sleep_on(connections); fgets(line, sizeof(line), stdin); sleep_on(connections)) {
		if (sscanf(line, "rate %ld", &measure_ms) != 1)
			usage();
		measure_rate(connections, measure_ms);
		fflush(stdout);
	}
}

static void accept_all(const struct endpoint *endpoint)
{
	for (int listener = listen_at(endpoint);;)
		close(accept_one(listener));
}

/* The server closes first, so that its end is the one in TIME_WAIT: the client would run out of
 * ports. */
static void measure_connections(const struct endpoint *endpoint, long measure_ms)
{
	int64_t began = now_ns(), end = began + measure_ms * 1000000LL;
	uint64_t connections = 0;

	for (; now_ns() < end; connections++) {
		int fd = connect_to(endpoint);

		if (recv(fd, message, 1, 0))
			die("the server did not close");
		close(fd);
	}
	print_rate("connections", connections, began);
}

int main(int argc, char **argv)
{
	struct endpoint endpoint = {};
	const char *mode = argv[1];

	if (argc < 3)
		usage();
	if (strncmp(argv[2], PIPE, strlen(PIPE)))
		endpoint = parse(argv[2]);
	else
		pipes = argv[2] + strlen(PIPE);
	if (!strcmp(mode, "server") && (argc == 4 || argc == 5))
		serve_one(&endpoint, number(argv[3], 1, MAX_SIZE),
			  argc == 5 ? number(argv[4], 1, MAX_BURST) : 0);
	else if (!strcmp(mode, "client") && argc == 7)
		measure(&endpoint, number(argv[3], 1, MAX_SIZE), number(argv[4], 0, 60000),
			number(argv[5], 1, 3600000), argv[6]);
	else if (pipes)
		usage();
	else if (!strcmp(mode, "asked") && argc == 5)
		do_as_asked(&endpoint, number(argv[3], 1, MAX_SIZE), number(argv[4], 1, MAX_BURST));
	else if (!strcmp(mode, "serve") && argc == 4)
		serve(&endpoint, number(argv[3], 1, MAX_SIZE));
	else if ((!strcmp(mode, "rate") && argc == 6) || (!strcmp(mode, "pool") && argc == 5)) {
		int connections = number(argv[4], 1, MAX_CONNECTIONS);

		open_connections(&endpoint, number(argv[3], 1, MAX_SIZE), connections);
		if (argc == 6)
			measure_rate(connections, number(argv[5], 1, 3600000));
		else
			measure_rates_as_asked(connections);
	} else if (!strcmp(mode, "accept") && argc == 3)
		accept_all(&endpoint);
	else if (!strcmp(mode, "connect") && argc == 4)
		measure_connections(&endpoint, number(argv[3], 1, 3600000));
	else
		usage();
	return 0;
}
