// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * TCP traffic that proves its bytes, for the tests of the datapath.
 *
 *   traffic OPTION... SERVER ADDRESS PORT
 *   traffic OPTION... CLIENT ADDRESS PORT NUMBER...
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
 *   talk                          (turns) one connection; per line of input, "COUNT UP DOWN", so
 *                                 many times so many bytes there, then so many back
 *   chat THREADS SECONDS SEED     (turns) as many connections at a time: random turns and pauses
 *   pour THREADS SECONDS SEED     (twins) as many at a time: a stream of small messages, bursts
 *                                 and pauses
 *   halfclose TIMES               (late-echo) request, shutdown(SHUT_WR), blocking recv() to end
 *   storm THREADS BYTES SEED      (duplex) random connections, writes, reads; both ways at once
 *   upload TIMES BYTES            (duplex, edges) send() it all, then recv() the answer; 1 thread
 *   push SIZE                     (stuck) messages of that size until no more can be sent
 *   sleep TIMES                   (echo) recv(MSG_WAITALL) of 8 bytes sleeps while 4 and 4 come
 *   dribble MESSAGES              (lowat) small messages
 *   flood CONNECTIONS MESSAGES SIZE
 *                                 (deaf) one connection after the other: opens it and sends until
 *                                 no more can be sent, at most so many; then says "full", with the
 *                                 errors, and stays
 *   crowd THREADS SECONDS SEED    (counterpart) as many connections at a time: both ways at once or
 *                                 requests and answers, read and written in many ways, with pauses
 *                                 and half-closes; one in five is reset, or its process killed
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
 *   -s BYTES  talk sends so many at a time; at most 65536, as it does without
 *   -i MS     the longest pause of chat and pour; 256 as a rule
 *
 * Exit: 0 all bytes right, 1 not so, 2 usage, 77 this kernel cannot.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "connection.h"
#include "kinds.h"
#include "traffic.h"

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
	fprintf(stderr,
		"usage: traffic [-m] [-z] [-p] [-r KIND] [-w] [-b BYTES] [-s BYTES] [-i MS] "
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
	for (int option; (option = getopt(argc, argv, "+mzpr:wb:s:i:")) != -1;) {
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
		case 's':
			options.piece = atoi(optarg);
			break;
		case 'i':
			options.pause = atoi(optarg);
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
