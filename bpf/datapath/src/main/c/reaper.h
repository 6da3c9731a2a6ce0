/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Deletes what the janitor found free to go, whose own type of program may not (janitor.h). The
 * timer is of the program that first has a socket join. */
#ifndef PODWIRE_REAPER_H
#define PODWIRE_REAPER_H

#include "maps.h"

#if OLDEST >= 515

/* Per round: it runs in a softirq. */
#define MAX_REAPED 512

/* Deletes an end that the janitor found free to go; false where there is none. */
__noinline int reap_one(void)
{
	struct flow_key end;
	if (bpf_map_pop_elem(&reapable, &end))
		return false;
	if (!bpf_map_delete_elem(&flows, &end))
		count(LEFT);
	return true;
}

static int reap(void *map, __u32 *key, struct reaper *s)
{
	for (int i = 0; i < MAX_REAPED; i++)
		if (!reap_one())
			return 0;
	bpf_timer_start(&s->timer, 0, 0);
	return 0;
}

static __always_inline void prepare_to_reap(void)
{
	struct reaper *s = single(&reaper);
	if (!s || s->ready)
		return;
	bpf_timer_init(&s->timer, &reaper, 1 /* CLOCK_MONOTONIC */);
	s->ready = !bpf_timer_set_callback(&s->timer, reap);
}

#else

static __always_inline void prepare_to_reap(void)
{
}

#endif

#endif
