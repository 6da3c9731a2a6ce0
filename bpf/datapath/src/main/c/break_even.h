/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Joining only where it pays: a join costs more than a few redirected messages save
 * (docs/datapath/cost.md). */
#ifndef PODWIRE_BREAK_EVEN_H
#define PODWIRE_BREAK_EVEN_H

#include "maps.h"

/* One message, in the unit of flow_length.average. */
#define ONE 256
/* A flow counts as finished, and its length as known, once an end has sent this many messages. */
#define LONG_FLOW 64
/* Longer flows count as this many messages long. */
#define MAX_SAMPLE 1024
/* Of the connections of a client and a listener whose flows are short, one in so many joins. */
#define SAMPLE_RATE 32

/* Whether a connection of these two is worth joining. The average is kept for each client too, so
 * that a health checker does not keep the long flows of others out. */
static __always_inline bool pays(struct parties *parties, struct settings *s)
{
	struct flow_length *length = bpf_map_lookup_elem(&flow_lengths, parties);
	if (!s->break_even_messages || !length || length->average >= s->break_even_messages * ONE)
		return true;
	return ++length->skipped % SAMPLE_RATE == 0;
}

/* Counts the length of a flow, once an end is finished or long enough already. Both ends report, so
 * a one-way flow counts half. */
static __always_inline void count_length(struct conn *conn)
{
	struct settings *s = single(&settings);
	if (conn->length_counted || !s)
		return;
	conn->length_counted = 1;

	/* New parties start well above the break-even: their first short flow says little. */
	struct flow_length fresh = { .average = 4 * s->break_even_messages * ONE };
	bpf_map_update_elem(&flow_lengths, &conn->parties, &fresh, BPF_NOEXIST);
	struct flow_length *length = bpf_map_lookup_elem(&flow_lengths, &conn->parties);
	if (!length)
		return;
	__u64 exchanged = conn->messages * 2;
	__u32 sample = (exchanged < MAX_SAMPLE ? exchanged : MAX_SAMPLE) * ONE;
	length->average += sample / 8 - length->average / 8;
}

#endif
