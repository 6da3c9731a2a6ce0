/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bytes: sending, receiving, comparing and counting them. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "call.h"
#include "connection.h"

#define KIB 1024
#define MIB (1024 * 1024)
/* More than a connection takes in whose reader does not read: tcp_rmem allows 32 MiB by default. */
#define LOTS (64 * MIB)
/* More than an accelerator keeps of bytes that are not read: the last ones come by TCP. */
#define MORE_THAN_KEPT (4 * MIB + 32 * KIB)

/* LOTS random bytes, the same in every run; longer streams repeat them. */
extern uint8_t *pattern;
/* Makes them; false, with errno, where there is no memory. */
bool make_pattern(void);
/* Whether these bytes are those of the pattern from offset on. */
bool is_pattern(const uint8_t *data, size_t size, size_t offset);

void put(int fd, const void *data, size_t size);
void put_text(int fd, const char *text);
/* put_text(), and they are in the peer's queue: plain TCP acknowledged them. */
void deliver(int fd, const char *text);
void await_delivered(int fd);
/* Receives exactly so many bytes, or up to the end of the stream; returns how many. */
size_t take(int fd, void *data, size_t size);
/* Sends the pattern, in messages of that size, until the sender would block or the limit. */
size_t fill(int fd, size_t message, size_t limit);
/* The client sends MORE_THAN_KEPT bytes of the pattern; the call sends what does not fit yet. */
struct call *send_more_than_kept(const struct pair *p);
/* Receives the pattern from offset on and compares; says what is wrong with it. */
bool drain(int fd, size_t size, size_t offset);
void say_intact(int fd, size_t size, size_t offset);

/* The answer to FIONREAD, SIOCOUTQ or SIOCOUTQNSD; -1, with errno, where there is none. */
ssize_t try_queued(int fd, unsigned long request);
/* The same; gives up where there is none. */
int queued(int fd, unsigned long request);
