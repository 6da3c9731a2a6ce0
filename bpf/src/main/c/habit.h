/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Joining only where it pays: a join costs more than a few redirected messages save
 * (docs/datapath.md, 6). */
#ifndef PODWIRE_HABIT_H
#define PODWIRE_HABIT_H

#include "maps.h"

/* One message, in the unit of habit.average. */
#define ONE 256
/* Messages of an end after which a live flow counts as finished. */
#define LONG_FLOW 64
/* Longer flows count as this long, in messages. */
#define MAX_SAMPLE 1024
/* Of the connections of a client and a listener whose flows are short, one in so many joins. */
#define SAMPLE_RATE 32

/* A connection of these two is worth joining. The client counts too: a health checker must not keep
 * the long flows of others out. */
static __always_inline bool pays(struct parties *parties, struct settings *s)
{
	struct habit *habit = bpf_map_lookup_elem(&listeners, parties);
	if (!s->break_even_messages || !habit || habit->average >= s->break_even_messages * ONE)
		return true;
	return ++habit->skipped % SAMPLE_RATE == 0;
}

/* One end of a flow is finished, or long enough already. Both ends report, so a one-way flow counts
 * half. */
static __always_inline void learn(struct conn *conn)
{
	struct settings *s = single(&settings);
	if (conn->learnt || !s)
		return;
	conn->learnt = 1;

	/* new parties start well above the break-even: its first short flow says little */
	struct habit fresh = { .average = 4 * s->break_even_messages * ONE };
	bpf_map_update_elem(&listeners, &conn->parties, &fresh, BPF_NOEXIST);
	struct habit *habit = bpf_map_lookup_elem(&listeners, &conn->parties);
	if (!habit)
		return;
	__u64 exchanged = conn->messages * 2;
	__u32 sample = (exchanged < MAX_SAMPLE ? exchanged : MAX_SAMPLE) * ONE;
	habit->average += sample / 8 - habit->average / 8;
}

#endif
