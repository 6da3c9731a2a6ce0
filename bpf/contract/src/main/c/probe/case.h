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
#include "bytes.h"
#include "call.h"
#include "connection.h"
#include "mode.h"
#include "observe.h"
#include "process.h"
#include "wait.h"

/* How often a case repeats what a race may decide. */
#define TIMES 10

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
	const char *name; /* begins with the name of its file, or of a part of it */
	const char *about;
	void (*run)(void);
	unsigned int flags;
	/* Is given the client's socket and the listener, before the handshake; may be NULL. */
	void (*prepare)(int fd);
};

/* One table for each file of cases. Each ends with an entry without a name. */
extern const struct probe_case backlog_cases[], message_cases[], recv_cases[], urgent_cases[],
	splice_cases[], option_cases[], count_cases[], event_cases[], half_close_cases[],
	end_cases[], handle_cases[], connect_cases[], uring_cases[];
