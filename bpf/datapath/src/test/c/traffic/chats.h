/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Connections one after the other in each of some threads, until a time. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct chats {
	uint64_t until, seed; /* until: as now_ms() counts */
	/* What the connections add to: "turns" counts what was sent between two pauses, "early" the
	 * reads that failed with EAGAIN before their time. */
	atomic_uint_fast64_t turns, connections, bytes, early, failed;
};
extern struct chats chats;

/* Number: threads, seconds, seed. The connection is told its number. Returns the exit status. */
int run_chats(const long *number, bool (*connection)(uint64_t number));
