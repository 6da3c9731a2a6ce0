/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses, sockets, and pairs of the two ends of a connection. */
#pragma once
#include <stdbool.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum end {
	CLIENT,
	SERVER
};

/* Where the ends of every connection are. */
struct network {
	int netns[2]; /* file descriptors, by enum end */
	struct in_addr ip4[2];
	struct in6_addr ip6[2];
	/* Translated to the server's address on the client's way out. */
	struct in_addr service;
	bool has_service;
};
extern struct network network;

/* A case has this many ports of its own. */
#define PORTS 8

struct probe_case;
/* The connections of this process are those of that case, on PORTS ports from first_port on. */
void connect_for(const struct probe_case *c, int first_port);

struct address {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t length;
};

/* What the client connects to for the nth listener of the case, n < PORTS. */
struct address server_address(int n);
/* Without a port. */
struct address client_address(void);
bool same_address(const struct address *a, const struct sockaddr *b, bool with_port);

/* The calling thread is in the namespace of that end from now on. */
void enter(enum end end);
/* A socket in the namespace of that end. */
int make_socket(enum end end, int type_flags);
int make_listener(int n);
int make_client(void);
void do_connect(int fd, int n);
int do_accept(int listener);
void set_option(int fd, int level, int option, int value);
/* Closes the socket with a RST. */
void reset(int fd);

struct pair {
	int client, server, listener;
};

/* Connects, accepts, and warms up (mode.h). */
struct pair open_pair(void);
/* The same without the warm-up. */
struct pair connect_pair(void);
void close_pair(const struct pair *p);
/* LABEL and whether a request and its answer arrive. */
void say_exchange(const char *label, const struct pair *p);
