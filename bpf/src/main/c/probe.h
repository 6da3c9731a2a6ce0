/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a case of the socket contract probe is written with. A case runs in a process of its own and
 * says what an application observes: values, lengths, errno names, and nothing that may differ from
 * one run to the next. */
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define KIB 1024
#define MIB (1024 * 1024)
/* More than a connection takes in whose reader does not read: tcp_rmem allows 32 MiB by default. */
#define LOTS (64 * MIB)

/* Long enough for anything that will happen on a busy machine at all. */
#define PATIENCE_MS 1500

enum flag {
	V6 = 1,	      /* over IPv6 */
	MAPPED = 2,   /* an IPv4 client of an IPv6 listener */
	LOOPBACK = 4, /* both ends in the server's namespace */
	SERVICE = 8,  /* the client connects to the service address */
	MPTCP_CLIENT = 16,
	MPTCP_LISTENER = 32,
	NO_WARM_UP = 64, /* the case proper begins with the handshake: no mid-stream hook */
};

struct probe_case {
	const char *name;
	const char *about;
	void (*run)(void);
	unsigned int flags;
	void (*prepare)(int fd); /* the client's socket and the listener, before the handshake */
};

/* Each ends with an entry without a name. */
extern const struct probe_case transfer_cases[], option_cases[], life_cases[], uring_cases[];

/* Addresses. */
struct address {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t length;
};

enum end {
	CLIENT,
	SERVER
};

/* The calling thread is in the namespace of that end from now on. */
void enter(enum end end);
/* A socket in the namespace of that end. */
int make_socket(enum end end, int type_flags);
/* What the client connects to for the nth listener of the case, n < 8. */
struct address server_address(int n);
/* Without a port. */
struct address client_address(void);
bool same_address(const struct address *a, const struct sockaddr *b, bool with_port);

/* Connections. */
struct pair {
	int client, server, listener;
};

int make_listener(int n);
int make_client(void);
/* Connects, accepts, and warms up. */
struct pair open_pair(void);
/* The same, step by step. */
struct pair connect_pair(void);
/* One message each way, so that a flow that can be accelerated is; then, for the first pair of the
 * case, what the mode wants in mid-stream. */
void warm_up(const struct pair *p);
void close_pair(const struct pair *p);
void do_connect(int fd, int n);
int do_accept(int listener);

/* What was observed: parts of one line. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* LABEL followed by the result of a system call or its errno. */
void say_result(const char *label, ssize_t result);
/* The same, and what was received. */
void say_received(const char *label, ssize_t result, const void *data);
void say_poll(const char *label, int fd);
/* The case ends here: it cannot go on. */
_Noreturn void finish(void);
/* The same, and why, with errno. */
_Noreturn void give_up(const char *what);
const char *errno_name(int error);
const char *yes(bool b);

/* The same outcome over and over: "10 times: OUTCOME", or each that was seen. */
void tally(const char *outcome);
void say_tally(void);

/* A system call in a thread of its own, so that one that never returns is an observation. */
struct call {
	ssize_t (*run)(struct call *c);
	int fd, other;
	void *data;
	size_t size;
	int flags;
	ssize_t result;
	int error;
	atomic_int tid;
	bool joined;
	pthread_t thread;
};

ssize_t run_recv(struct call *c);
ssize_t run_send(struct call *c);
/* All of data, whatever the sizes of single sends; the result is what was sent. */
ssize_t run_send_all(struct call *c);
/* For POLLIN; the result is what poll() reports. */
ssize_t run_poll(struct call *c);
struct call *begin(ssize_t (*run)(struct call *c), int fd, void *data, size_t size, int flags);
struct call *begin_call(struct call what);
/* Waits until the thread sleeps in its call. */
void await_asleep(const struct call *c);
void await_process_asleep(pid_t pid);
bool is_done(struct call *c, int ms);
/* LABEL and how the call ended, or that it hangs. */
void say_call(const char *label, struct call *c);
void say_recv(const char *label, int fd, size_t size, int flags);
void say_send(const char *label, int fd, const char *text, int flags);

/* Bytes. pattern has LOTS of them. */
extern uint8_t *pattern;
void put(int fd, const void *data, size_t size);
void put_text(int fd, const char *text);
/* put_text(), and they are in the peer's queue: plain TCP acknowledged them. */
void deliver(int fd, const char *text);
void await_delivered(int fd);
/* Exactly so many bytes, or up to the end of the stream. */
size_t take(int fd, void *data, size_t size);
bool is_pattern(const uint8_t *data, size_t size, size_t offset);
/* Sends the pattern, in messages of that size, until the sender would block or the limit. */
size_t fill(int fd, size_t message, size_t limit);
/* Receives and compares; says what is wrong with them. */
bool drain(int fd, size_t size, size_t offset);
void say_intact(int fd, size_t size, size_t offset);
short await_events(int fd, short events);
void say_exchange(const char *label, const struct pair *p);
void reset(int fd);
int queued(int fd, unsigned long request);
void set_option(int fd, int level, int option, int value);
void sleep_ms(int ms);
long long now_ms(void);
int count_signals(int signal, int flags);
extern atomic_int signals_seen;

/* Another process of the case; it dies with it. */
pid_t spawn(void);
/* Shared by all processes of a case. */
struct scratch {
	atomic_int step;
	ssize_t result;
	int error;
	char data[64];
};
extern struct scratch *scratch;
void await_step(int step);
