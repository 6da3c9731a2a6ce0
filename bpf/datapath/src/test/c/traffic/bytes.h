/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Random numbers, and the contents of streams. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t mix(uint64_t x);
uint64_t next(uint64_t *state);
/* 1 to max, a power of two; every order of magnitude equally likely. */
size_t random_size(uint64_t *state, size_t max);
bool one_in(uint64_t n, uint64_t *random);

/* Makes the bytes offset to offset + length of the stream that has this key. */
void fill(char *bytes, size_t length, uint64_t key, uint64_t offset);
/* Whether these are they; length is at most MAX_CHUNK. */
bool matches(const char *bytes, size_t length, uint64_t key, uint64_t offset);
/* The same; says on standard error where they are not. */
bool verify(const char *bytes, size_t length, uint64_t key, uint64_t offset);
