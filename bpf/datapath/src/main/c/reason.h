/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why connections of a client and a listener did not join, or went back to TCP. For operators:
 * accelctl explain reads it, and no program. */
#ifndef PODWIRE_REASON_H
#define PODWIRE_REASON_H

#include "maps.h"

/* Notes the reason, an enum counter, in place of the last one. */
static __always_inline void note_reason(const struct parties *whose, __u32 why)
{
	struct parties parties = *whose; /* before 6.2 the key has to be on the stack */
	struct reason *last = bpf_map_lookup_elem(&reasons, &parties);
	struct reason reason = { .at = bpf_ktime_get_ns(), .why = why, .times = 1 };
	if (last && last->why == why)
		reason.times += last->times;
	bpf_map_update_elem(&reasons, &parties, &reason, BPF_ANY);
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
