/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Deletes from the sockhash what the janitor found ready for it, whose own type of program may not
 * (janitor.h). The timer belongs to the program that first has a client join. */
#ifndef PODWIRE_REAPER_H
#define PODWIRE_REAPER_H

#include "maps.h"

#if OLDEST >= 515

/* Ends that are deleted in a round, which runs in a softirq. */
#define MAX_REAPED 512

/* Deletes the next end that the janitor found ready; false where there is none. */
__noinline int reap_one(void)
{
	struct flow_key end;
	if (bpf_map_pop_elem(&reapable, &end))
		return false;
	if (!bpf_map_delete_elem(&flows, &end))
		count(LEFT);
	return true;
}

static int reap(void *map, __u32 *key, struct reaper *r)
{
	for (int i = 0; i < MAX_REAPED; i++)
		if (!reap_one())
			return 0;
	bpf_timer_start(&r->timer, 0, 0);
	return 0;
}

static __always_inline void prepare_to_reap(void)
{
	struct reaper *r = single(&reaper);
	if (!r || r->ready)
		return;
	bpf_timer_init(&r->timer, &reaper, 1 /* CLOCK_MONOTONIC */);
	r->ready = !bpf_timer_set_callback(&r->timer, reap);
}

#else

static __always_inline void prepare_to_reap(void)
{
}

#endif

#endif
