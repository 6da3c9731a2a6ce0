// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * TCP traffic that proves its bytes, for the tests of the datapath.
 *
 *   traffic [-m] [-z] [-p] [-r KIND] [-b BYTES] SERVER ADDRESS PORT
 *   traffic [-m] [-z] [-p] [-r KIND] [-w] [-b BYTES] CLIENT ADDRESS PORT NUMBER...
 *
 * A server prints "ready" when it listens, and serves until it is killed:
 *   echo          sends back what it receives
 *   late-echo     sends back what it received, after the client's half-close
 *   duplex        the other end of storm and upload
 *   stuck         reads nothing from a connection before the next one is open; then everything
 *   edges         the other end of upload that stops at a short recv(), and waits for an edge
 *   lowat         reads with SO_RCVLOWAT, and answers how many of its reads came back early
 *   greet         sends the number of the connection
 *   turns         the other end of talk
 *   twins         two threads read one stream; they say at its end how long it was
 *   deaf          reads nothing, from any number of connections on 4 ports from PORT on
 *   counterpart   the other end of crowd, on 4096 ports from PORT on
 *
 * A client ends with one line of "name value" pairs; what failed, and at which byte, is on standard
 * error. It talks to the server in parentheses:
 *   pairs CONNECTIONS MESSAGES    (echo) connections one after the other, random messages on each
 *   threads CONNECTIONS MESSAGES  (echo) the same, with a thread that writes and one that reads
 *   hold CONNECTIONS              (echo) opens all, then a message on each per line of input
 *   reconnect TIMES               (greet) disconnects unread, connects the same socket again
 *   unread TIMES                  (greet) half-closes unread, then reads to the end
 *   talk          (turns) one connection; per line of input, "COUNT UP DOWN", so many times so many
 * bytes there, then so many back
 *   chat THREADS SECONDS SEED     (turns) as many connections at a time: random turns and pauses
 *   pour THREADS SECONDS SEED     (twins) as many at a time: a stream of small messages, bursts and
 * pauses
 *   halfclose TIMES               (late-echo) request, shutdown(SHUT_WR), blocking recv() to end
 *   storm THREADS BYTES SEED      (duplex) random connections, writes, reads; both ways at once
 *   upload TIMES BYTES            (duplex, edges) send() it all, then recv() the answer; 1 thread
 *   push SIZE                     (stuck) messages of that size until no more can be sent
 *   sleep TIMES                   (echo) recv(MSG_WAITALL) of 8 bytes sleeps while 4 and 4 come
 *   dribble MESSAGES              (lowat) small messages
 *   flood CONNECTIONS MESSAGES SIZE  (deaf) one connection after the other: opens it and sends
 * until no more can be sent, at most so many; then says "full", with the errors, and stays
 *   crowd THREADS SECONDS SEED    (counterpart)
 * as many connections at a time: both ways at once or requests and answers, read and
 * written in many ways, with pauses and half-closes; one in five is reset, or its process killed
 *
 * Options:
 *   -m        uses MPTCP
 *   -z        sets SO_ZEROCOPY before the handshake
 *   -p        waits for bytes in poll() instead of in recv(), a flood for room; hold and talk for
 *             the next line besides
 *   -r KIND   turns, talk and chat wait for them in epoll: "level"; "edge", until EAGAIN; "short",
 *             until a recv() is short; by poll() and FIONREAD, "counted"; or each connection
 *             otherwise, "any"
 *   -w        sends a flood by send() that waits for room; either as long as STABLE_MS
 *   -b BYTES  sets SO_SNDBUF and SO_RCVBUF
 *
 * Exit: 0 all bytes right, 1 not so, 2 usage, 77 this kernel cannot.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_CHUNK   (256 << 10)
#define MAX_MESSAGE 4096
#define MAX_STREAM  (16 << 20)
#define MAX_HELD    1024
#define LOWAT	    1000
#define CROWD_PORTS 4096
#define DEAF_PORTS  4
/* A stream that stands still for so long hangs. */
#define PATIENCE_SECONDS 20
/* Nothing more can be sent when the socket took nothing for so long. */
#define STABLE_MS	 300
#define EXIT_UNSUPPORTED 77

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static struct {
	bool mptcp, zerocopy, poll, wait, lowat;
	const char *reader; /* how it waits in epoll */
	int buffer;
	struct sockaddr_storage address;
	socklen_t address_length;
} options;

static void die(const char *what)
{
	fprintf(stderr, "traffic: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* random numbers and the contents of streams */

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static uint64_t next(uint64_t *state)
{
	return mix((*state)++);
}

/* 1 to max, a power of two; every order of magnitude equally likely. */
static size_t random_size(uint64_t *state, size_t max)
{
	int magnitudes = 1;
	while (max >> magnitudes)
		magnitudes++;
	return 1 + next(state) % ((size_t)1 << next(state) % magnitudes);
}

/* Bytes offset to offset + length of the stream that has this key. */
static void fill(char *bytes, size_t length, uint64_t key, uint64_t offset)
{
	while (length) {
		uint64_t word = mix(key ^ mix(offset / 8));
		size_t skip = offset % 8, n = 8 - skip < length ? 8 - skip : length;
		memcpy(bytes, (char *)&word + skip, n);
		bytes += n;
		offset += n;
		length -= n;
	}
}

static bool matches(const char *bytes, size_t length, uint64_t key, uint64_t offset)
{
	static _Thread_local char expected[MAX_CHUNK];
	fill(expected, length, key, offset);
	return !memcmp(bytes, expected, length);
}

static bool verify(const char *bytes, size_t length, uint64_t key, uint64_t offset)
{
	if (matches(bytes, length, key, offset))
		return true;
	static _Thread_local char expected[MAX_CHUNK];
	fill(expected, length, key, offset);
	size_t first = 0;
	while (bytes[first] == expected[first])
		first++;
	fprintf(stderr, "stream %016llx: wrong byte at offset %llu\n", (unsigned long long)key,
		(unsigned long long)(offset + first));
	return false;
}

/* sockets */

static void set(int fd, int level, int option, int value, const char *name)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		die(name);
}

static int open_socket(void)
{
	int fd = socket(options.address.ss_family, SOCK_STREAM, options.mptcp ? IPPROTO_MPTCP : 0);
	if (fd < 0 && options.mptcp &&
	    (errno == EPROTONOSUPPORT || errno == ENOPROTOOPT || errno == EINVAL))
		exit(EXIT_UNSUPPORTED);
	if (fd < 0)
		die("socket");
	if (options.zerocopy)
		set(fd, SOL_SOCKET, SO_ZEROCOPY, 1, "SO_ZEROCOPY");
	if (options.buffer) {
		set(fd, SOL_SOCKET, SO_SNDBUF, options.buffer, "SO_SNDBUF");
		set(fd, SOL_SOCKET, SO_RCVBUF, options.buffer, "SO_RCVBUF");
	}
	if (options.lowat) /* accepted sockets inherit it, as the others */
		set(fd, SOL_SOCKET, SO_RCVLOWAT, LOWAT, "SO_RCVLOWAT");
	return fd;
}

static void limit_waits(int fd)
{
	struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

static void await_for_ever(int fd)
{
	struct timeval no_limit = { 0 };
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &no_limit, sizeof(no_limit));
}

/* The address of the server, so many ports further. */
static struct sockaddr_storage address_of_port(int further)
{
	struct sockaddr_storage address = options.address;
	in_port_t *port = address.ss_family == AF_INET
				  ? &((struct sockaddr_in *)&address)->sin_port
				  : &((struct sockaddr_in6 *)&address)->sin6_port;
	*port = htons(ntohs(*port) + further);
	return address;
}

static int connect_to_port(int further)
{
	struct sockaddr_storage address = address_of_port(further);
	int fd = open_socket();
	limit_waits(fd);
	if (connect(fd, (struct sockaddr *)&address, options.address_length))
		die("connect");
	return fd;
}

static int connect_to_server(void)
{
	return connect_to_port(0);
}

static int listen_on_port(int further)
{
	struct sockaddr_storage address = address_of_port(further);
	int fd = open_socket();
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	if (bind(fd, (struct sockaddr *)&address, options.address_length) || listen(fd, 1024))
		die("listen");
	return fd;
}

static void ready(void)
{
	puts("ready");
	fflush(stdout);
}

static int listen_for_clients(void)
{
	int fd = listen_on_port(0);
	ready();
	return fd;
}

static int accept_client(int listener)
{
	int fd = accept(listener, NULL, NULL);
	if (fd < 0)
		die("accept");
	limit_waits(fd);
	return fd;
}

static bool complain(const char *what, uint64_t key, uint64_t offset, ssize_t result)
{
	const char *why = result == 0	    ? "end of stream"
			  : errno == EAGAIN ? "EAGAIN or no progress"
					    : strerror(errno);
	fprintf(stderr, "stream %016llx: %s at offset %llu: %s\n", (unsigned long long)key, what,
		(unsigned long long)offset, why);
	return false;
}

static bool send_all(int fd, const char *bytes, size_t length, uint64_t key, uint64_t offset)
{
	while (length) {
		ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
		if (n <= 0)
			return complain("send", key, offset, n);
		bytes += n;
		offset += n;
		length -= n;
	}
	return true;
}

/* How this thread waits for its connection's bytes. */
static _Thread_local struct {
	const char *kind; /* NULL: in recv(), or with -p in poll() */
	int epoll;
	bool readable;
} reader = { .epoll = -1 };

/* For a new connection of this thread. */
static void choose_reader(int fd, uint64_t number)
{
	static const char *const kinds[] = { NULL, "level", "edge", "short" };
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	reader.kind = options.reader;
	if (reader.kind && !strcmp(reader.kind, "any"))
		reader.kind = kinds[number % 4];
	if (!reader.kind || !strcmp(reader.kind, "counted"))
		return;
	if (reader.epoll >= 0)
		close(reader.epoll);
	if (!strcmp(reader.kind, "level"))
		event.events = EPOLLIN;
	reader.epoll = epoll_create1(EPOLL_CLOEXEC);
	reader.readable = false;
	if (reader.epoll < 0 || epoll_ctl(reader.epoll, EPOLL_CTL_ADD, fd, &event))
		die("epoll");
}

static ssize_t receive_by_epoll(int fd, char *bytes, size_t length)
{
	bool level = !strcmp(reader.kind, "level"), at_short = !strcmp(reader.kind, "short");
	struct epoll_event event;
	ssize_t n;
	do {
		if (!reader.readable &&
		    epoll_wait(reader.epoll, &event, 1, PATIENCE_SECONDS * 1000) != 1) {
			errno = EAGAIN;
			return -1;
		}
		n = recv(fd, bytes, length, MSG_DONTWAIT);
		reader.readable = !level && n >= 0 && (!at_short || n == (ssize_t)length);
	} while (n < 0 && errno == EAGAIN);
	return n;
}

/* Takes a socket that is readable and has no bytes for one whose stream has ended. */
static ssize_t receive_counted(int fd, char *bytes, size_t length)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	int count = 0;
	errno = EAGAIN;
	if (poll(&readable, 1, PATIENCE_SECONDS * 1000) != 1 || ioctl(fd, FIONREAD, &count))
		return -1;
	return count ? recv(fd, bytes, (size_t)count < length ? (size_t)count : length, 0) : 0;
}

static ssize_t receive_some(int fd, char *bytes, size_t length)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	ssize_t n;
	if (reader.kind)
		return strcmp(reader.kind, "counted") ? receive_by_epoll(fd, bytes, length)
						      : receive_counted(fd, bytes, length);
	if (!options.poll)
		return recv(fd, bytes, length, 0);
	do {
		if (poll(&readable, 1, PATIENCE_SECONDS * 1000) == 0) {
			errno = EAGAIN;
			return -1;
		}
		n = recv(fd, bytes, length, MSG_DONTWAIT);
	} while (n < 0 && errno == EAGAIN);
	return n;
}

static bool receive_all(int fd, char *bytes, size_t length, uint64_t key, uint64_t offset)
{
	while (length) {
		ssize_t n = receive_some(fd, bytes, length);
		if (n <= 0)
			return complain("recv", key, offset, n);
		bytes += n;
		offset += n;
		length -= n;
	}
	return true;
}

static bool receive_end(int fd, uint64_t key, uint64_t offset)
{
	char byte;
	ssize_t n = receive_some(fd, &byte, 1);
	if (n > 0)
		fprintf(stderr, "stream %016llx: bytes past its end\n", (unsigned long long)key);
	else if (n < 0)
		complain("end", key, offset, n);
	return n == 0;
}

/* echo, pairs, hold, halfclose */

static bool echo(int fd)
{
	char bytes[64 << 10];
	ssize_t n;
	await_for_ever(fd); /* what is held may be silent for long */
	while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		if (!send_all(fd, bytes, n, 0, 0))
			return false;
	return n == 0;
}

static bool late_echo(int fd)
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

/* Sends the number of the connection, and waits for the client's end. */
static bool greet(int fd)
{
	static atomic_uint_fast64_t connections;
	uint64_t number = connections++;
	char byte;
	return send_all(fd, (char *)&number, sizeof(number), 0, 0) && recv(fd, &byte, 1, 0) == 0;
}

static int connect_to_greeting(void)
{
	int fd = connect_to_server();
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	poll(&readable, 1, PATIENCE_SECONDS * 1000);
	return fd;
}

static int reconnect(const long *number)
{
	long times = number[0], failed = 0;
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	for (long i = 0; i < times; i++) {
		uint64_t greeting = 0;
		int fd = connect_to_greeting();
		bool right =
			!connect(fd, &nobody, sizeof(nobody)) &&
			!connect(fd, (struct sockaddr *)&options.address, options.address_length) &&
			receive_all(fd, (char *)&greeting, sizeof(greeting), 0, 0);
		failed += !right || greeting != 2 * (uint64_t)i + 1;
		close(fd);
	}
	printf("times %ld failed %ld\n", times, failed);
	return failed != 0;
}

static int leave_unread(const long *number)
{
	long times = number[0], failed = 0;
	for (long i = 0; i < times; i++) {
		uint64_t greeting = 0;
		int fd = connect_to_greeting();
		bool right = !shutdown(fd, SHUT_WR) &&
			     receive_all(fd, (char *)&greeting, sizeof(greeting), 0, 0) &&
			     receive_end(fd, 0, sizeof(greeting));
		failed += !right || greeting != (uint64_t)i;
		close(fd);
	}
	printf("times %ld failed %ld\n", times, failed);
	return failed != 0;
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

static int sleep_for_all(const long *number)
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

static int pairs(const long *number)
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

/* As an event loop does, with -p; without, nobody sleeps on the connections meanwhile. */
static void await_command(const int *fds, long connections)
{
	struct pollfd readable[1 + MAX_HELD] = { { .fd = STDIN_FILENO, .events = POLLIN } };
	if (!options.poll)
		return;
	for (long c = 0; c < connections; c++)
		readable[1 + c] = (struct pollfd){ .fd = fds[c], .events = POLLIN };
	poll(readable, 1 + connections, -1);
}

static int hold(const long *number)
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

static int halfclose(const long *number)
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

/* storm */

/* The first bytes of a connection of the storm, from the client: what each end is going to send. */
struct plan {
	uint64_t key, bytes_up, bytes_down;
};

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
static int threads(const long *number)
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
static bool duplex(int fd)
{
	struct plan plan;
	if (!receive_all(fd, (char *)&plan, sizeof(plan), 0, 0))
		return false;
	char verdict = both_ways(fd, ~plan.key, plan.bytes_down, plan.key, plan.bytes_up);
	return send_all(fd, &verdict, 1, ~plan.key, plan.bytes_down) &&
	       receive_end(fd, plan.key, plan.bytes_up);
}

/* talk, turns */

static bool receive_turn(int fd, uint64_t key, uint64_t length)
{
	static _Thread_local char chunk[MAX_CHUNK];
	for (uint64_t offset = 0; offset < length;) {
		size_t most = length - offset < sizeof(chunk) ? length - offset : sizeof(chunk);
		ssize_t n = receive_some(fd, chunk, most);
		if (n <= 0)
			return complain("recv", key, offset, n);
		if (!verify(chunk, n, key, offset))
			return false;
		offset += n;
	}
	return true;
}

static bool send_turn(int fd, uint64_t key, uint64_t length)
{
	static _Thread_local char chunk[MAX_MESSAGE * 16];
	for (uint64_t offset = 0; offset < length; offset += sizeof(chunk)) {
		size_t n = length - offset < sizeof(chunk) ? length - offset : sizeof(chunk);
		fill(chunk, n, key, offset);
		if (!send_all(fd, chunk, n, key, offset))
			return false;
	}
	return true;
}

static bool take_turns(int fd)
{
	static atomic_uint_fast64_t connections;
	struct plan plan;
	ssize_t n;
	await_for_ever(fd);
	choose_reader(fd, connections++);
	while ((n = receive_some(fd, (char *)&plan, sizeof(plan))) == sizeof(plan))
		if (!receive_turn(fd, plan.key, plan.bytes_up) ||
		    !send_turn(fd, ~plan.key, plan.bytes_down))
			return false;
	return n == 0;
}

static int talk(const long *number)
{
	int fd = connect_to_server();
	choose_reader(fd, 0);
	unsigned long count, up, down, failed = 0, turn = 0;
	ready();
	while (scanf("%lu %lu %lu", &count, &up, &down) == 3) {
		for (unsigned long i = 0; i < count && !failed; i++) {
			struct plan plan = { mix(turn++), up, down };
			failed +=
				!(send_all(fd, (char *)&plan, sizeof(plan), plan.key, 0) &&
				  send_turn(fd, plan.key, up) && receive_turn(fd, ~plan.key, down));
		}
		printf("turns %lu failed %lu\n", turn, failed);
		fflush(stdout);
		await_command(&fd, 1);
	}
	return failed != 0;
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

static int storm_threads(const long *number)
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

static int upload(const long *number)
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
static bool read_at_edges(int fd)
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

/* stuck, push */

/* The second connection says go; the answer on it is the number of bytes that were right. */
static void serve_stuck(int listener)
{
	static char chunk[MAX_CHUNK];
	for (;;) {
		int fd = accept_client(listener), go = accept_client(listener);
		uint64_t offset = 0;
		ssize_t n;
		while ((n = recv(fd, chunk, sizeof(chunk), 0)) > 0 && verify(chunk, n, 0, offset))
			offset += n;
		if (n < 0)
			complain("recv", 0, offset, n);
		send_all(go, (char *)&offset, sizeof(offset), 0, 0);
		close(fd);
		close(go);
	}
}

static int push(const long *number)
{
	long size = number[0];
	static char chunk[MAX_CHUNK];
	uint64_t pushed = 0, drained = 0;
	int fd = connect_to_server();
	struct pollfd writable = { .fd = fd, .events = POLLOUT };
	do {
		fill(chunk, size, 0, pushed);
		ssize_t n;
		/* A message that was taken in part goes on at its next byte: no gap. */
		if ((n = send(fd, chunk, size, MSG_DONTWAIT)) > 0)
			pushed += n;
		else if (errno != EAGAIN)
			die("send");
		else if (poll(&writable, 1, STABLE_MS) == 0)
			break;
	} while (pushed < (uint64_t)1 << 30);
	int go = connect_to_server();
	fill(chunk, size, 0, pushed);
	bool right = send_all(fd, chunk, size, 0, pushed);
	close(fd);
	right = right && receive_all(go, (char *)&drained, sizeof(drained), 0, 0) &&
		drained == pushed + size;
	printf("pushed %lu drained %lu failed %d\n", pushed, drained, !right);
	return !right;
}

/* deaf, flood */

static void allow_many_files(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
}

/* Several ports: connect() searches long for a port of its own once half of them are taken. */
static void serve_deaf(void)
{
	struct pollfd ports[DEAF_PORTS];
	allow_many_files();
	for (int i = 0; i < DEAF_PORTS; i++)
		ports[i] = (struct pollfd){ .fd = listen_on_port(i), .events = POLLIN };
	ready();
	while (poll(ports, DEAF_PORTS, -1) > 0)
		for (int i = 0; i < DEAF_PORTS; i++)
			if (ports[i].revents)
				accept_client(ports[i].fd);
	die("poll");
}

/* With -p as long as STABLE_MS. */
static ssize_t send_in_time(int fd, const char *chunk, size_t size)
{
	for (int ms = 0;; ms++) {
		ssize_t n = send(fd, chunk, size, options.wait ? 0 : MSG_DONTWAIT);
		if (n >= 0 || errno != EAGAIN || !options.poll || ms == STABLE_MS)
			return n;
		/* poll() says at once that there is room, where it is memory that lacks */
		poll(NULL, 0, 1);
		struct pollfd room = { .fd = fd, .events = POLLOUT };
		poll(&room, 1, STABLE_MS);
	}
}

static int flood(const long *number)
{
	long connections = number[0], messages = number[1], size = number[2];
	static char chunk[MAX_CHUNK];
	uint64_t bytes = 0, refused = 0;
	bool seen[EHWPOISON + 1] = { false };
	struct timeval stable = { .tv_usec = STABLE_MS * 1000 };
	struct linger reset = { .l_onoff = 1 }; /* at their end, and no port is in TIME_WAIT */
	allow_many_files();
	for (long c = 0; c < connections; c++) {
		int fd = connect_to_port(c % DEAF_PORTS);
		ssize_t n = 1;
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &stable, sizeof(stable));
		for (long m = 0; m < messages && n > 0; m++) {
			n = send_in_time(fd, chunk, size);
			bytes += n > 0 ? n : 0;
		}
		if (n < 0)
			seen[errno] = true;
		refused += n < 0 && errno != EAGAIN;
	}
	printf("full bytes %lu refused %lu errors", bytes, refused);
	for (int error = 0; error <= EHWPOISON; error++)
		if (seen[error])
			printf(" %d", error);
	puts("");
	fflush(stdout);
	pause();
	return refused != 0;
}

/* lowat, dribble */

/* Wants poll(): a plain TCP recv() that has taken some bytes of its LOWAT still waits for as many
 * more as LOWAT. */
static bool read_with_lowat(int fd)
{
	char bytes[LOWAT];
	uint64_t offset = 0, length, early = 0;
	if (!receive_all(fd, (char *)&length, sizeof(length), 0, 0))
		return false;
	while (offset < length) {
		ssize_t n = receive_some(fd, bytes, sizeof(bytes));
		if (n <= 0)
			return complain("recv", 0, offset, n);
		if (!verify(bytes, n, 0, offset))
			return false;
		offset += n;
		early += n < LOWAT;
	}
	return send_all(fd, (char *)&early, sizeof(early), 0, 0);
}

static int dribble(const long *number)
{
	long messages = number[0];
	char bytes[LOWAT / 10];
	/* A multiple of LOWAT: every read can be complete. */
	uint64_t length = messages / 10 * LOWAT, early = 0;
	int fd = connect_to_server();
	bool right = send_all(fd, (char *)&length, sizeof(length), 0, 0);
	for (uint64_t offset = 0; right && offset < length; offset += sizeof(bytes)) {
		fill(bytes, sizeof(bytes), 0, offset);
		right = send_all(fd, bytes, sizeof(bytes), 0, offset);
	}
	right = right && receive_all(fd, (char *)&early, sizeof(early), 0, 0);
	printf("bytes %lu early %lu failed %d\n", length, early, !right);
	return !right || early;
}

/* crowd */

enum kind {
	DUPLEX, /* both ways at once, each end in poll() or edge-triggered epoll */
	PHASES, /* requests and answers, blocking */
	RESET,	/* as duplex, until one end resets it */
	KILL,	/* as duplex, until the process of one end is killed */
	REPORT, /* what the server thinks of the connections before */
};

enum role {
	CLIENT,
	SERVER,
	NOBODY,
};

/* The first bytes of a connection of the crowd, from the client; both ends draw the rest from the
 * key. */
struct crowd_plan {
	uint64_t key, kind;
};

/* The one answer to REPORT. */
struct crowd_report {
	uint64_t served, failed, early_shut, early_open;
};

struct end {
	int fd, epoll; /* -1: poll(), or blocking */
	bool blocking, half_close;
	bool fragile; /* the other end may be gone at any time */
	bool corks;   /* which ends its acceleration: few do */
	bool readable, writable, shut, ended;
	uint64_t key, sent, to_send;
	uint64_t peer_key, received, to_receive;
	uint64_t random;
	uint64_t paused_until, abort_at; /* ms; 0: never */
};

static struct {
	uint64_t until, seed;
	atomic_uint_fast64_t bytes, connections, failed, aborted, slowest;
	atomic_uint_fast64_t live, served;
	/* blocking reads that returned EAGAIN long before their time, after shutdown(SHUT_WR) and
	 * without; they are told apart from what is wrong, and the stream goes on */
	atomic_uint_fast64_t early_shut, early_open;
} crowd;

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void sleep_ms(uint64_t ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };
	nanosleep(&time, NULL);
}

static bool one_in(uint64_t n, uint64_t *random)
{
	return next(random) % n == 0;
}

static uint64_t at_most(uint64_t n, uint64_t max)
{
	return n < max ? n : max;
}

/* The ways in which programs send and receive. */

static ssize_t send_somehow(struct end *end, char *bytes, size_t length)
{
	struct iovec parts[] = { { bytes, length / 3 },
				 { bytes + length / 3, 0 },
				 { bytes + length / 3, length - length / 3 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 3 };
	switch (next(&end->random) % 4) {
	case 0:
		return writev(end->fd, parts, 3);
	case 1:
		return sendmsg(end->fd, &message, MSG_NOSIGNAL);
	case 2:
		return send(end->fd, bytes, length,
			    end->corks && end->sent + length < end->to_send ? MSG_MORE : 0);
	default:
		return send(end->fd, bytes, length, MSG_NOSIGNAL);
	}
}

static ssize_t receive_somehow(struct end *end, char *bytes, size_t length)
{
	struct iovec parts[] = { { bytes, length / 3 },
				 { bytes + length / 3, length - length / 3 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;
	switch (next(&end->random) % 4) {
	case 0:
		return readv(end->fd, parts, 2);
	case 1:
		return recvmsg(end->fd, &message, 0);
	case 2:
		n = recv(end->fd, bytes, length, MSG_PEEK);
		if (n <= 0)
			return n;
		if (!verify(bytes, n, end->peer_key, end->received)) {
			errno = EBADMSG;
			return -1;
		}
		return recv(end->fd, bytes, n, 0);
	default:
		return recv(end->fd, bytes, length, 0);
	}
}

static bool is_gone(const struct end *end)
{
	return end->fragile && (errno == ECONNRESET || errno == EPIPE);
}

/* False when the stream is wrong. */
static bool send_once(struct end *end)
{
	static _Thread_local char chunk[MAX_CHUNK];
	size_t size = at_most(random_size(&end->random, sizeof(chunk)), end->to_send - end->sent);
	fill(chunk, size, end->key, end->sent);
	ssize_t n = send_somehow(end, chunk, size);
	if (n > 0) {
		end->sent += n;
	} else if (errno == EAGAIN && !end->blocking) {
		end->writable = false;
	} else if (is_gone(end)) {
		end->shut = end->ended = true;
		end->sent = end->to_send;
	} else {
		return complain("send", end->key, end->sent, n);
	}
	return true;
}

static bool is_early(const struct end *end, uint64_t began)
{
	if (errno != EAGAIN || !end->blocking || now_ms() - began > PATIENCE_SECONDS * 1000 / 2)
		return false;
	if (end->shut)
		crowd.early_shut++;
	else
		crowd.early_open++;
	return true;
}

/* False when the stream is wrong. */
static bool receive_once(struct end *end)
{
	static _Thread_local char chunk[MAX_CHUNK];
	size_t size = random_size(&end->random, sizeof(chunk));
	if (end->blocking)
		size = at_most(size, end->to_receive - end->received);
	uint64_t began = now_ms();
	ssize_t n = receive_somehow(end, chunk, size);
	if (n > 0) {
		if (!verify(chunk, n, end->peer_key, end->received))
			return false;
		end->received += n;
		if (one_in(16, &end->random))
			end->paused_until = now_ms() + random_size(&end->random, 512);
	} else if (n == 0 || is_gone(end)) {
		end->ended = true;
		if (end->received < end->to_receive && !end->fragile)
			return complain("recv", end->peer_key, end->received, n);
	} else if (errno == EAGAIN && !end->blocking && end->epoll >= 0) {
		end->readable = false;
	} else if (!is_early(end, began)) { /* who waits in poll() does not expect EAGAIN either */
		return complain("recv", end->peer_key, end->received, n);
	}
	if (end->received > end->to_receive) {
		fprintf(stderr, "stream %016llx: bytes past its end\n",
			(unsigned long long)end->peer_key);
		return false;
	}
	return true;
}

static bool wants_to_read(const struct end *end)
{
	return !end->ended && end->paused_until <= now_ms();
}

static bool wants_to_write(const struct end *end)
{
	return end->sent < end->to_send;
}

/* Sleeps until something can be done, or a pause or the time of the connection is over. False when
 * nothing could be done for too long. */
static bool await(struct end *end)
{
	uint64_t now = now_ms(), deadline = now + PATIENCE_SECONDS * 1000, wake = deadline;
	bool read = wants_to_read(end), write = wants_to_write(end);
	if (!end->ended && !read)
		wake = at_most(wake, end->paused_until);
	if (end->abort_at)
		wake = at_most(wake, end->abort_at);
	uint64_t wait = wake > now ? wake - now : 0;

	if (end->epoll < 0) {
		struct pollfd events = { .fd = read || write ? end->fd : -1 };
		events.events = (read ? POLLIN : 0) | (write ? POLLOUT : 0);
		if (poll(&events, 1, wait) < 0)
			die("poll");
		end->readable = events.revents & (POLLIN | POLLHUP | POLLERR);
		end->writable = events.revents & (POLLOUT | POLLHUP | POLLERR);
	} else if (!(read && end->readable) && !(write && end->writable)) {
		struct epoll_event event = { 0 };
		if (epoll_wait(end->epoll, &event, 1, wait) < 0)
			die("epoll_wait");
		end->readable |= event.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR);
		end->writable |= event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR);
	}
	return now_ms() < deadline || wake < deadline;
}

/* Until both streams are complete and, of those who half-close, the other end's end was seen. */
static bool run_duplex(struct end *end)
{
	while (!end->ended || wants_to_write(end)) {
		if (end->abort_at && now_ms() >= end->abort_at)
			return true;
		if (!await(end)) {
			errno = ETIMEDOUT;
			return complain("no progress", end->peer_key, end->received, -1);
		}
		if (end->readable && wants_to_read(end) && !receive_once(end))
			return false;
		if (end->writable && wants_to_write(end) && !send_once(end))
			return false;
		if (wants_to_write(end))
			continue;
		if (end->half_close && !end->shut) {
			end->shut = true;
			if (shutdown(end->fd, SHUT_WR) && !(end->fragile && errno == ENOTCONN))
				return complain("shutdown", end->key, end->sent, -1);
		}
		if (!end->half_close && end->received == end->to_receive)
			return true;
	}
	return true;
}

static bool send_phase(struct end *end, uint64_t length)
{
	end->to_send += length;
	while (end->sent < end->to_send)
		if (!send_once(end))
			return false;
	return true;
}

static bool receive_phase(struct end *end, uint64_t length)
{
	end->to_receive += length;
	while (end->received < end->to_receive) {
		uint64_t now = now_ms();
		if (end->paused_until > now)
			sleep_ms(end->paused_until - now);
		if (!receive_once(end))
			return false;
	}
	return true;
}

static bool shut_phase(struct end *end)
{
	end->shut = true;
	return !shutdown(end->fd, SHUT_WR) || complain("shutdown", end->key, end->sent, -1);
}

static bool end_phase(struct end *end)
{
	char byte;
	ssize_t n;
	uint64_t began;
	do {
		began = now_ms();
		n = recv(end->fd, &byte, 1, 0);
	} while (n < 0 && is_early(end, began));
	if (n > 0)
		errno = EBADMSG;
	return n == 0 || complain("end", end->peer_key, end->received, -1);
}

/* One thread, blocking; who half-closes has read everything that the other end sent before: a
 * reader that then takes what was left, and blocks, may be too early (docs/datapath.md, 4). */
static bool run_phases(struct end *end, enum role own, uint64_t shared)
{
	uint64_t rounds = 1 + next(&shared) % 8;
	enum role closer = next(&shared) % 3;
	bool client = own == CLIENT, right = true;
	for (uint64_t round = 1; right && round <= rounds; round++) {
		bool last = round == rounds;
		uint64_t request = random_size(&shared, 1 << 20);
		uint64_t answer = random_size(&shared, 1 << 20);
		if (client)
			right = send_phase(end, request) &&
				(!last || closer != CLIENT || shut_phase(end)) &&
				receive_phase(end, answer);
		else
			right = receive_phase(end, request) &&
				(!last || closer != CLIENT || end_phase(end)) &&
				send_phase(end, answer);
	}
	uint64_t rest = random_size(&shared, 1 << 20);
	if (closer == SERVER && right)
		right = client ? end_phase(end) && send_phase(end, rest)
			       : shut_phase(end) && receive_phase(end, rest);
	/* who closes last has seen the end of the other one */
	return right && (client == (closer != CLIENT) || end_phase(end));
}

static void prepare_duplex(struct end *end, enum role own, uint64_t shared)
{
	uint64_t lengths[] = { random_size(&shared, MAX_STREAM), random_size(&shared, MAX_STREAM) };
	end->to_send = lengths[own];
	end->to_receive = lengths[!own];
	end->half_close = next(&end->random) % 2;
	end->corks = one_in(16, &end->random);
	if (fcntl(end->fd, F_SETFL, O_NONBLOCK))
		die("O_NONBLOCK");
	if (next(&end->random) % 2)
		return;
	struct epoll_event all = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET };
	end->epoll = epoll_create1(0);
	if (end->epoll < 0 || epoll_ctl(end->epoll, EPOLL_CTL_ADD, end->fd, &all))
		die("epoll");
	end->readable = end->writable = true;
}

/* After what was wrong, where. */
static bool describe(const struct end *end, const struct crowd_plan *plan, enum role own)
{
	static const char *kinds[] = { "duplex", "phases", "reset", "kill" };
	fprintf(stderr, "%s of %s %016llx: %s, sent %llu of %llu%s, received %llu of %llu%s\n",
		own == CLIENT ? "client" : "server", kinds[plan->kind],
		(unsigned long long)plan->key,
		end->blocking	  ? "blocking"
		: end->epoll >= 0 ? "epoll"
				  : "poll",
		(unsigned long long)end->sent, (unsigned long long)end->to_send,
		end->shut ? ", shut" : "", (unsigned long long)end->received,
		(unsigned long long)end->to_receive, end->ended ? ", ended" : "");
	return false;
}

/* One end of a connection of the crowd, to its end. */
static bool run_end(int fd, const struct crowd_plan *plan, enum role own)
{
	uint64_t shared = mix(plan->key), keys[] = { plan->key, ~plan->key };
	struct end end = { .fd = fd,
			   .epoll = -1,
			   .key = keys[own],
			   .peer_key = keys[!own],
			   .random = mix(keys[own]) };
	if (plan->kind == PHASES) {
		end.blocking = true;
		return run_phases(&end, own, shared) || describe(&end, plan, own);
	}
	end.fragile = plan->kind != DUPLEX;
	uint64_t aborter = next(&shared) % 2, after = random_size(&shared, 1024);
	if (plan->kind == RESET && own == aborter)
		end.abort_at = now_ms() + after;
	prepare_duplex(&end, own, shared);
	bool right = run_duplex(&end);
	if (plan->kind == RESET && own == aborter) {
		struct linger reset = { .l_onoff = 1 };
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	}
	if (end.epoll >= 0)
		close(end.epoll);
	if (own == CLIENT)
		crowd.bytes += end.sent + end.received;
	return right || describe(&end, plan, own);
}

/* Runs the end in a process of its own that is killed on the way. */
static bool run_and_kill(int fd, const struct crowd_plan *plan, enum role own)
{
	uint64_t random = ~mix(plan->key);
	pid_t child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd, 3); /* and nobody else's connection */
		syscall(SYS_close_range, 4, ~0U, 0);
		if (!run_end(3, plan, own))
			_exit(1);
		for (;;)
			pause();
	}
	close(fd);
	sleep_ms(random_size(&random, 1024));
	int status;
	kill(child, SIGKILL);
	return waitpid(child, &status, 0) == child && !WIFEXITED(status);
}

/* Closes the socket. */
static bool run_plan(int fd, const struct crowd_plan *plan, enum role own)
{
	uint64_t shared = mix(plan->key);
	if (plan->kind == KILL && own == next(&shared) % 2)
		return run_and_kill(fd, plan, own);
	bool right = run_end(fd, plan, own);
	close(fd);
	return right;
}

static void *serve_crowd_connection(void *argument)
{
	int fd = (intptr_t)argument;
	struct crowd_plan plan;
	bool right = receive_all(fd, (char *)&plan, sizeof(plan), 0, 0);
	if (right && plan.kind == REPORT) {
		struct crowd_report report;
		for (uint64_t end = now_ms() + PATIENCE_SECONDS * 1000;
		     crowd.live > 1 && now_ms() < end;)
			sleep_ms(1);
		report = (struct crowd_report){ crowd.served, crowd.failed + crowd.live - 1,
						crowd.early_shut, crowd.early_open };
		send_all(fd, (char *)&report, sizeof(report), 0, 0);
		close(fd);
	} else if (right) {
		right = run_plan(fd, &plan, SERVER);
	} else {
		close(fd);
	}
	crowd.failed += !right;
	crowd.served++;
	crowd.live--;
	return NULL;
}

/* A port of the connection's own, as far as they go: a client and a listener that are remembered
 * (docs/datapath.md, 4) do not join again, and half the connections of a crowd would make them so.
 */
static void serve_crowd(void)
{
	pthread_attr_t detached;
	int ports = epoll_create1(0);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < CROWD_PORTS; i++) {
		int listener = listen_on_port(i);
		struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };
		if (epoll_ctl(ports, EPOLL_CTL_ADD, listener, &event))
			die("epoll");
	}
	ready();
	for (;;) {
		struct epoll_event event;
		pthread_t thread;
		if (epoll_wait(ports, &event, 1, -1) != 1)
			die("epoll_wait");
		crowd.live++;
		if (pthread_create(&thread, &detached, serve_crowd_connection,
				   (void *)(intptr_t)accept_client(event.data.fd)))
			die("pthread_create");
	}
}

static bool crowd_connection(uint64_t number)
{
	struct crowd_plan plan = { .key = mix(crowd.seed ^ mix(number)) };
	static const enum kind kinds[] = { DUPLEX, DUPLEX, DUPLEX, DUPLEX, PHASES,
					   PHASES, PHASES, PHASES, RESET,  KILL };
	uint64_t began = now_ms();
	plan.kind = kinds[number % (sizeof(kinds) / sizeof(*kinds))];
	crowd.aborted += plan.kind == RESET || plan.kind == KILL;
	int fd = connect_to_port(number % CROWD_PORTS);
	if (!send_all(fd, (char *)&plan, sizeof(plan), 0, 0)) {
		close(fd);
		return false;
	}
	bool right = run_plan(fd, &plan, CLIENT);
	uint64_t lasted = now_ms() - began, slowest = crowd.slowest;
	while (lasted > slowest && !atomic_compare_exchange_weak(&crowd.slowest, &slowest, lasted))
		;
	return right;
}

static void *crowd_thread(void *unused)
{
	while (now_ms() < crowd.until && crowd.failed < 10)
		crowd.failed += !crowd_connection(crowd.connections++);
	return NULL;
}

static int run_crowd(const long *number)
{
	long threads = number[0];
	pthread_t ids[threads];
	crowd.until = now_ms() + number[1] * 1000;
	crowd.seed = number[2];
	for (long t = 0; t < threads; t++)
		if (pthread_create(&ids[t], NULL, crowd_thread, NULL))
			die("pthread_create");
	for (long t = 0; t < threads; t++)
		pthread_join(ids[t], NULL);

	struct crowd_plan plan = { .kind = REPORT };
	struct crowd_report report = { 0 };
	int fd = connect_to_server();
	bool right = send_all(fd, (char *)&plan, sizeof(plan), 0, 0) &&
		     receive_all(fd, (char *)&report, sizeof(report), 0, 0) &&
		     report.served == crowd.connections;
	close(fd);
	printf("connections %lu aborted %lu bytes %lu slowest_ms %lu early_shut %lu early_open %lu "
	       "failed %lu server_failed %lu\n",
	       crowd.connections, crowd.aborted, crowd.bytes, crowd.slowest,
	       crowd.early_shut + report.early_shut, crowd.early_open + report.early_open,
	       crowd.failed, report.failed);
	return !right || crowd.failed || report.failed;
}

/* chat */

static struct {
	uint64_t until, seed;
	atomic_uint_fast64_t turns, connections, bytes, early, failed;
} chats;

/* Some turns of random lengths on one connection, with pauses: small ones as a rule. */
static bool chat_connection(uint64_t number)
{
	uint64_t random = mix(chats.seed ^ mix(number));
	int fd = connect_to_server();
	bool right = true;
	choose_reader(fd, number);
	for (uint64_t turns = random_size(&random, 256); right && turns && now_ms() < chats.until;
	     turns--) {
		struct plan plan = { next(&random) };
		size_t most = one_in(16, &random) ? MAX_STREAM : MAX_MESSAGE;
		plan.bytes_up = random_size(&random, most);
		plan.bytes_down = random_size(&random, most);
		sleep_ms(random_size(&random, 256));
		right = send_all(fd, (char *)&plan, sizeof(plan), plan.key, 0) &&
			send_turn(fd, plan.key, plan.bytes_up) &&
			receive_turn(fd, ~plan.key, plan.bytes_down);
		chats.turns++;
		chats.bytes += plan.bytes_up + plan.bytes_down;
	}
	if (one_in(4, &random)) {
		shutdown(fd, SHUT_WR);
		right = right && receive_end(fd, 0, 0);
	}
	close(fd);
	return right;
}

static void *chat_thread(void *connection)
{
	bool (**run)(uint64_t) = connection;
	while (now_ms() < chats.until && chats.failed < 10) {
		uint64_t number = chats.connections++;
		chats.failed += !(*run)(number);
	}
	return NULL;
}

static int run_chats(const long *number, bool (*connection)(uint64_t))
{
	long threads = number[0];
	pthread_t ids[threads];
	chats.until = now_ms() + number[1] * 1000;
	chats.seed = number[2];
	for (long t = 0; t < threads; t++)
		if (pthread_create(&ids[t], NULL, chat_thread, &connection))
			die("pthread_create");
	for (long t = 0; t < threads; t++)
		pthread_join(ids[t], NULL);
	printf("connections %lu turns %lu bytes %lu early %lu failed %lu\n", chats.connections,
	       chats.turns, chats.bytes, chats.early, chats.failed);
	return chats.failed != 0;
}

/* pour, twins */

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

static bool read_as_twins(int fd)
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

/* A blocking read after a half-close can fail with EAGAIN at once (docs/datapath.md, 4): it is
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
	right = right && receive_answer(fd, &read) && read == sent;
	close(fd);
	return right;
}

static int chat(const long *number)
{
	return run_chats(number, chat_connection);
}

static int pour(const long *number)
{
	return run_chats(number, pour_connection);
}

/* command line */

struct server {
	const char *name;
	bool (*serve)(int fd);
};

static const struct server servers[] = { { "echo", echo },
					 { "greet", greet },
					 { "late-echo", late_echo },
					 { "duplex", duplex },
					 { "edges", read_at_edges },
					 { "twins", read_as_twins },
					 { "lowat", read_with_lowat },
					 { "turns", take_turns } };

struct client {
	const char *name;
	int numbers;
	int (*run)(const long *number);
};

static const struct client clients[] = {
	{ "pairs", 2, pairs },	       { "hold", 1, hold },
	{ "halfclose", 1, halfclose }, { "storm", 3, storm_threads },
	{ "upload", 2, upload },       { "push", 1, push },
	{ "dribble", 1, dribble },     { "threads", 2, threads },
	{ "reconnect", 1, reconnect }, { "unread", 1, leave_unread },
	{ "crowd", 3, run_crowd },     { "sleep", 1, sleep_for_all },
	{ "flood", 3, flood },	       { "talk", 0, talk },
	{ "chat", 3, chat },	       { "pour", 3, pour }
};

struct client_connection {
	int fd;
	const struct server *server;
};

static void *serve_connection(void *argument)
{
	struct client_connection *connection = argument;
	connection->server->serve(connection->fd);
	close(connection->fd);
	free(connection);
	return NULL;
}

static void serve(const struct server *server, int listener)
{
	pthread_attr_t detached;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	for (;;) {
		struct client_connection *connection = malloc(sizeof(*connection));
		pthread_t thread;
		*connection = (struct client_connection){ accept_client(listener), server };
		if (pthread_create(&thread, &detached, serve_connection, connection))
			die("pthread_create");
	}
}

static void usage(void)
{
	fprintf(stderr, "usage: traffic [-m] [-z] [-p] [-r KIND] [-w] [-b BYTES] "
			"COMMAND ADDRESS PORT NUMBER...\n");
	exit(2);
}

static void parse_address(const char *address, const char *port)
{
	struct sockaddr_in *v4 = (void *)&options.address;
	struct sockaddr_in6 *v6 = (void *)&options.address;
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(atoi(port));
		options.address_length = sizeof(*v4);
	} else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(atoi(port));
		options.address_length = sizeof(*v6);
	} else {
		usage();
	}
}

int main(int argc, char **argv)
{
	for (int option; (option = getopt(argc, argv, "+mzpr:wb:")) != -1;) {
		switch (option) {
		case 'm':
			options.mptcp = true;
			break;
		case 'z':
			options.zerocopy = true;
			break;
		case 'p':
			options.poll = true;
			break;
		case 'r':
			options.reader = optarg;
			break;
		case 'w':
			options.wait = true;
			break;
		case 'b':
			options.buffer = atoi(optarg);
			break;
		default:
			usage();
		}
	}
	if (argc - optind < 3)
		usage();
	const char *command = argv[optind];
	parse_address(argv[optind + 1], argv[optind + 2]);
	char **numbers = argv + optind + 3;
	int count = argc - optind - 3;
	signal(SIGPIPE, SIG_IGN);

	for (size_t i = 0; i < sizeof(clients) / sizeof(*clients); i++) {
		if (strcmp(command, clients[i].name))
			continue;
		if (count != clients[i].numbers)
			usage();
		long values[3] = { 0 };
		for (int n = 0; n < count; n++)
			values[n] = atol(numbers[n]);
		return clients[i].run(values);
	}
	for (size_t i = 0; i < sizeof(servers) / sizeof(*servers); i++) {
		if (strcmp(command, servers[i].name))
			continue;
		options.lowat = servers[i].serve == read_with_lowat;
		serve(&servers[i], listen_for_clients());
	}
	if (!strcmp(command, "stuck"))
		serve_stuck(listen_for_clients());
	if (!strcmp(command, "deaf"))
		serve_deaf();
	if (!strcmp(command, "counterpart"))
		serve_crowd();
	usage();
}
