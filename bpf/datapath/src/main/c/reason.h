/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why connections of a client and a listener did not join, or went back to TCP. For operators:
 * accelctl explain reads it, and no program. */
#ifndef PODWIRE_REASON_H
#define PODWIRE_REASON_H

#include "maps.h"

/* Notes the reason, an enum counter, in place of the last one. A new pair alone takes the lock of
 * the LRU. */
static __always_inline void note_reason(const struct parties *whose, __u32 why)
{
	struct parties parties = *whose; /* before 6.2 the key has to be on the stack */
	struct reason *last = bpf_map_lookup_elem(&reasons, &parties);
	if (last) {
		last->times = last->why == why ? last->times + 1 : 1;
		last->why = why;
		last->at = bpf_ktime_get_ns();
		return;
	}
	struct reason reason = { .at = bpf_ktime_get_ns(), .why = why, .times = 1 };
	bpf_map_update_elem(&reasons, &parties, &reason, BPF_ANY);
}

/* Notes why a verdict sent its direction back to TCP. The other direction has noted its own reason,
 * and a peer that never came was kept out for another. */
static __always_inline void note_retired(struct conn *conn, __u32 why)
{
	struct parties parties = conn->parties;
	struct reason *last = bpf_map_lookup_elem(&reasons, &parties);
	bool known = why == RETIRED_LATE_PEER && last && last->at > conn->joined_at;
	if (why != RETIRED_PEER && why != NO_PEER && !known)
		note_reason(&conn->parties, why);
}

/* Counts and notes why a connection does not join. */
static __always_inline void keep_out(const struct parties *parties, __u32 why)
{
	count(why);
	note_reason(parties, why);
}

/* Counts and notes that the kernel is not asked to take an end. */
static __always_inline void refuse_join(struct parties *parties, __u32 why)
{
	if (why != JOIN_REFUSED)
		count(JOIN_REFUSED);
	keep_out(parties, why);
}

#endif
