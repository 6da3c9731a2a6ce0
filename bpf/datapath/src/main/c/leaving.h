/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a flow begins to leave the sockhash, and is handed to the janitor. Deleting a socket there
 * frees its psock with everything queued in it, so it may go only when its queue is empty and no
 * redirect can still be on its way into it (docs/datapath/leaving.md). */
#ifndef PODWIRE_LEAVING_H
#define PODWIRE_LEAVING_H

#include "peer.h"
#include "settled.h"

/* Has the janitor look at once, if it has rested. Without timers its rounds are the loader's. */
static __always_inline void wake_janitor(void)
{
#if OLDEST >= 515
	struct janitor *j = single(&janitor);
	__u64 now = bpf_ktime_get_ns();
	if (j)
		bpf_timer_start(&j->timer, j->rests_until > now ? j->rests_until - now : 0, 0);
#endif
}

/* Has the janitor look at this flow at once, although its reader did not read for long: somebody
 * waits for it to leave. */
static __always_inline void look_now(struct handshake *handshake)
{
	struct departure *departure = bpf_map_lookup_elem(&leaving, handshake);
	if (departure)
		departure->next_look = 0;
	wake_janitor();
}

/* Hands the flow to the janitor, which takes both ends out when nothing can be lost by it. The
 * caller has set the ends in the departure, as far as it knows them, and `since`, if that is not
 * now. */
static __always_inline void start_leaving(struct handshake *handshake, struct departure *departure)
{
	if (!protects(LEAVING))
		return;
	struct settings *s = single(&settings);
	departure->epoch = s ? s->epoch : 0;
	if (!departure->since)
		departure->since = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&leaving, handshake, departure, BPF_NOEXIST)) {
		look_now(handshake); /* the flow may wait for its second end */
		return;
	}
	if (bpf_map_push_elem(&leaving_queue, handshake, 0))
		bpf_map_delete_elem(&leaving, handshake);
	wake_janitor();
}

/* Retires the direction, for a reason that is an enum counter. The first reason stays. */
static __always_inline void retire(struct conn *conn, __u32 why)
{
	if (!conn->retired)
		conn->retired = why;
}

/* Hands the flow of this end to the janitor. `peer` is the address of the other tcp_sock, or 0. */
static __always_inline void hand_to_janitor(struct conn *conn, __u64 peer)
{
	struct handshake handshake = conn->self.handshake;
	bool client = conn->self.role == CLIENT;
	__u64 own_begin = conn->begin, peers_begin = begin_of_peer(conn);
	struct departure departure = {
		.tp = { client ? conn->tp : peer, client ? peer : conn->tp },
		.begin = { client ? own_begin : peers_begin, client ? peers_begin : own_begin },
	};
	start_leaving(&handshake, &departure);
}

#endif
