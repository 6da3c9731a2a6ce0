/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Deletes what the janitor found free to go, whose own type of program may not (janitor.h). The
 * timer is of the program that first has a socket join. */
#ifndef PODWIRE_SWEEPER_H
#define PODWIRE_SWEEPER_H

#include "maps.h"

#if OLDEST >= 515

/* Per round: it runs in a softirq. */
#define SWEEP 512

/* Deletes an end that the janitor found free to go; false where there is none. */
__noinline int sweep_one(void)
{
	struct flow_key end;
	if (bpf_map_pop_elem(&free_to_go, &end))
		return false;
	if (!bpf_map_delete_elem(&flows, &end))
		count(LEFT);
	return true;
}

static int sweep(void *map, __u32 *key, struct sweeper *s)
{
	for (int i = 0; i < SWEEP; i++)
		if (!sweep_one())
			return 0;
	bpf_timer_start(&s->timer, 0, 0);
	return 0;
}

static __always_inline void prepare_to_sweep(void)
{
	struct sweeper *s = single(&sweeper);
	if (!s || s->ready)
		return;
	bpf_timer_init(&s->timer, &sweeper, 1 /* CLOCK_MONOTONIC */);
	s->ready = !bpf_timer_set_callback(&s->timer, sweep);
}

#else

static __always_inline void prepare_to_sweep(void)
{
}

#endif

#endif
