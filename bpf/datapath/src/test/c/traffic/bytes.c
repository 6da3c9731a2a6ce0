// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>
#include "bytes.h"
#include "traffic.h"

uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

uint64_t next(uint64_t *state)
{
	return mix((*state)++);
}

size_t random_size(uint64_t *state, size_t max)
{
	int magnitudes = 1;
	while (max >> magnitudes)
		magnitudes++;
	return 1 + next(state) % ((size_t)1 << next(state) % magnitudes);
}

bool one_in(uint64_t n, uint64_t *random)
{
	return next(random) % n == 0;
}

void fill(char *bytes, size_t length, uint64_t key, uint64_t offset)
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

bool matches(const char *bytes, size_t length, uint64_t key, uint64_t offset)
{
	static _Thread_local char expected[MAX_CHUNK];
	fill(expected, length, key, offset);
	return !memcmp(bytes, expected, length);
}

bool verify(const char *bytes, size_t length, uint64_t key, uint64_t offset)
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
