/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every kind of traffic knows: the options of the run, and the time. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define MAX_CHUNK   (256 << 10)
#define MAX_MESSAGE 4096
#define MAX_STREAM  (16 << 20)
#define MAX_HELD    1024
#define LOWAT	    1000
/* A stream that stands still for so long hangs. */
#define PATIENCE_SECONDS 20
/* Nothing more can be sent when the socket took nothing for so long. */
#define STABLE_MS	 300
#define EXIT_UNSUPPORTED 77

struct options {
	bool mptcp, zerocopy, poll, wait, lowat;
	const char *reader; /* how it waits in epoll */
	int buffer;	    /* bytes; 0: the kernel's */
	size_t pause;	    /* ms, the longest of chat and pour */
	size_t piece;	    /* bytes that are sent at a time; 0: as many as fit into a buffer */
	struct sockaddr_storage address;
	socklen_t address_length;
};
extern struct options options;

/* Ends the process: WHAT failed, with errno. */
void die(const char *what);
/* Tells the test that it may go on. */
void ready(void);
uint64_t now_ms(void);
void sleep_ms(uint64_t ms);
