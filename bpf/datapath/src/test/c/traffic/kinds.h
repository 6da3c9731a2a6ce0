/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The servers and clients of each file, as main.c describes them. A server serves one connection,
 * and returns whether its bytes were right; serve_NAME() accepts its connections itself, and never
 * returns. A client takes its numbers, and returns the exit status. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* The first bytes of a connection of the storm or of a turn, from the client: what each end is
 * going to send. */
struct plan {
	uint64_t key, bytes_up, bytes_down;
};

bool echo(int fd);
bool late_echo(int fd);
int pairs(const long *number);
int hold(const long *number);
int halfclose(const long *number);
int sleep_for_all(const long *number);

bool greet(int fd);
int reconnect(const long *number);
int leave_unread(const long *number);

bool duplex(int fd);
bool read_at_edges(int fd);
int threads(const long *number);
int storm_threads(const long *number);
int upload(const long *number);

bool take_turns(int fd);
int talk(const long *number);
int chat(const long *number);

bool read_as_twins(int fd);
int pour(const long *number);

void serve_stuck(int listener);
int push(const long *number);

void serve_deaf(void);
int flood(const long *number);

bool read_with_lowat(int fd);
int dribble(const long *number);

void serve_crowd(void);
int run_crowd(const long *number);
