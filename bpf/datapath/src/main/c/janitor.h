/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Takes flows that went back to TCP out of the sockhash, at once or as soon as nothing can be lost
 * by it. It works in a kernel timer, so that no agent has to live (docs/datapath/leaving.md). It is
 * a tc program, because that type may look sockets up in a sockhash. It is never attached, only
 * test-run by the loader: once to start the timer, or, where the kernel has none, for each round.
 */
#ifndef PODWIRE_JANITOR_H
#define PODWIRE_JANITOR_H

#include "leaving.h"

/* The time between two rounds while a flow is left. */
#define TICK_NS 1000000ULL
/* The janitor rests at least this many times as long as it worked. Where no flow could leave, and
 * unless somebody wakes it, it rests LONG_REST times as long as that: thousands of readers that do
 * not read must not cost others more than a hundredth of a CPU. */
#define REST	  20
#define LONG_REST 5
/* A look that takes longer was interrupted, or its CPU stood still: that was not the janitor's
 * work. */
#define MAX_LOOK_NS 50000ULL
/* Flows that are looked at in a round, which runs in a softirq. The verifier looks once at a
 * function that does SOME_LOOKS of them. */
#define LOOKS	   512
#define SOME_LOOKS 32
/* The longest time between two looks at a flow whose reader does not read, so that it leaves within
 * milliseconds of when it can. REST bounds what that costs. */
#define MAX_WAIT_NS 8000000ULL

#define GONE	1 /* the end was closed, or left */
#define SETTLED 2 /* the end redirects no more, and nothing of it is on its way */
#define EMPTY	4 /* nothing is to be read in its queue */

/* Whether an end that is not in the sockhash is settled. It may live on in a psock that its
 * sleeping reader holds, and redirect through it. */
static __always_inline bool is_settled_outside(struct departure *departure, struct flow_key *end)
{
	struct settings *s = single(&settings);
	__u64 tp = departure->tp[end->role & 1], begin = departure->begin[end->role & 1];
	return departure->known_settled[end->role & 1] || !psock_of(tp) ||
	       (s && s->epoch != departure->epoch && is_settled(tp, 0, begin));
}

/* Retires the end's direction, and says by GONE, SETTLED and EMPTY how far it is. A duplex end goes
 * on writing until its reader has woken up. */
static __noinline int stop_direction(struct flow_key *key, struct departure *departure)
{
	__u32 role = key->role & 1;
	struct bpf_sock *sk = bpf_map_lookup_elem(&flows, key);
	if (!sk)
		return GONE | (is_settled_outside(departure, key) ? SETTLED : 0);

	int end = 0;
	struct conn *conn = bpf_sk_storage_get(&conns, sk, 0, 0);
	struct settings *s = single(&settings);
	if (conn && s) {
		departure->tp[role] = conn->tp;
		departure->begin[role] = conn->begin;
		if (!conn->duplex || conn->epoch != s->epoch)
			retire(conn, conn->epoch != s->epoch ? RETIRED_STOPPED : RETIRED_PEER);
		full_barrier(&conn->fence);
		if (conn->retired && (conn->known_settled || !conn->proven ||
				      is_settled(conn->tp, 0, conn->begin))) {
			conn->known_settled = 1;
			departure->known_settled[role] = 1;
			end |= SETTLED;
		}
		struct sk_psock *psock = psock_of(conn->tp);
		if (!psock || queue_empty(psock))
			end |= EMPTY;
	}
	bpf_sk_release(sk);
	return end;
}

#if OLDEST >= 515

/* Has the reaper delete the end: a tc program may not delete from a sockhash in 7.3, while a
 * sockops program may, but cannot look a socket up. */
static __always_inline bool take_out_of_sockhash(struct flow_key *key)
{
	struct reaper *r = single(&reaper);
	return r && !bpf_map_push_elem(&reapable, key, 0) && !bpf_timer_start(&r->timer, 0, 0);
}

#else

static __always_inline bool take_out_of_sockhash(struct flow_key *key)
{
	if (bpf_map_delete_elem(&flows, key))
		return false;
	count(LEFT);
	return true;
}

#endif

/* Takes an end out if it can go; returns whether it is gone. Once it can it always can: nothing is
 * on its way to it, ever again. */
static __always_inline bool let_go(struct flow_key *key, int own, int peer)
{
	return own & GONE || (own & EMPTY && peer & SETTLED && take_out_of_sockhash(key));
}

/* Counts how long a flow took from its retirement until both ends had left. */
static __always_inline void record_time(__u64 ns)
{
	__u64 us = ns / 1000;
	__u32 bucket = 0;
	for (int i = 0; i < LEAVING_BUCKETS - 1 && us; i++) {
		us >>= 1;
		bucket++;
	}
	__u64 *flows_in_it = bpf_map_lookup_elem(&leaving_times, &bucket);
	if (flows_in_it)
		__sync_fetch_and_add(flows_in_it, 1);
}

/* What became of a flow that was next. */
enum look {
	KEPT = 0,
	NONE_LEFT = 1,
	AGAIN = 2, /* it was looked at in this round already, and so were all others */
	FINISHED = 4,
};

/* Takes both ends out as far as they can go; returns whether both are gone. */
static __always_inline bool dissolve(struct handshake *handshake, struct departure *departure)
{
	struct flow_key client = { *handshake, CLIENT }, server = { *handshake, SERVER };
	int c = stop_direction(&client, departure);
	/* The server's queue counts only when looked at after the client settled. A server's end
	 * that is not there yet, and is enrolled later, sees that the client retired. */
	int s = stop_direction(&server, departure);
	bool server_left = let_go(&server, s, c);
	c = stop_direction(&client, departure); /* the client's queue, after the server settled */
	return let_go(&client, c, s) && server_left;
}

/* Whether the end is joined, and nothing sends it back. */
static __noinline int stays_joined(struct flow_key *key)
{
	struct bpf_sock *sk = bpf_map_lookup_elem(&flows, key);
	if (!sk)
		return false;
	struct conn *conn = bpf_sk_storage_get(&conns, sk, 0, 0);
	struct settings *s = single(&settings);
	int stays = conn && s && !conn->retired && !conn->duplex && conn->epoch == s->epoch;
	bpf_sk_release(sk);
	return stays;
}

static __always_inline bool has_joined(struct handshake *handshake)
{
	struct flow_key client = { *handshake, CLIENT }, server = { *handshake, SERVER };
	return stays_joined(&client) && stays_joined(&server);
}

/* Takes a flow off the list of those that leave that was awaited and has joined; false where it has
 * to leave. Whoever sends it back after it is off the list puts it there again, and who did so
 * before is seen by the second look. */
static __always_inline bool take_off_the_list(struct handshake *handshake)
{
	struct departure again = {};
	if (!has_joined(handshake))
		return false;
	bpf_map_delete_elem(&leaving, handshake);
	if (!has_joined(handshake))
		start_leaving(handshake, &again);
	return true;
}

/* Looks at the flow whose turn it is, and returns an enum look. A function of its own, so that the
 * verifier looks at it once and not for each turn of the loop. */
__noinline int look_at_next(__u64 now)
{
	struct handshake handshake;
	if (bpf_map_pop_elem(&leaving_queue, &handshake))
		return NONE_LEFT;
	struct departure *departure = bpf_map_lookup_elem(&leaving, &handshake);
	if (!departure)
		return FINISHED;
	int look = KEPT;
	if (departure->looked_at == now) {
		look = AGAIN;
	} else if (departure->next_look <= now) {
		__u64 waited = now - departure->since;
		departure->next_look = now + (waited / 8 < MAX_WAIT_NS ? waited / 8 : MAX_WAIT_NS);
		bool awaited = departure->awaits;
		departure->awaits = 0;
		if (awaited && take_off_the_list(&handshake))
			return FINISHED;
		if (dissolve(&handshake, departure)) {
			__u64 end = bpf_ktime_get_ns();
			if (!awaited && end > departure->since)
				record_time(end - departure->since);
			bpf_map_delete_elem(&leaving, &handshake);
			/* No server completes the rendezvous after this. */
			bpf_map_delete_elem(&handshakes, &handshake);
			return FINISHED;
		}
	}
	departure->looked_at = now;
	/* Where there is no room, the flow's next message hands it to the janitor anew. */
	if (bpf_map_push_elem(&leaving_queue, &handshake, 0))
		bpf_map_delete_elem(&leaving, &handshake);
	return look;
}

/* Looks at SOME_LOOKS flows at most. Returns how many, times 256, and in the lowest byte their enum
 * look, combined. */
__noinline __u32 look_at_some(__u64 now)
{
	__u32 all = KEPT;
	for (__u32 i = 1; i <= SOME_LOOKS; i++) {
		int look = look_at_next(now);
		all |= look; /* no branch here: the verifier of 6.1 would follow it each time */
		if (look & (NONE_LEFT | AGAIN))
			return i << 8 | all;
	}
	return SOME_LOOKS << 8 | all;
}

/* Looks at all flows, at most LOOKS. Returns how many it looked at, or 0 where none is left, and
 * adds each enum look to `all`. */
static __always_inline int look_at_all(__u64 now, __u32 *all)
{
	int looks = 0;
	for (int i = 0; i < LOOKS / SOME_LOOKS; i++) {
		__u32 some = look_at_some(now);
		*all |= (__u8)some;
		looks += (__u8)(some >> 8);
		if (some & NONE_LEFT)
			return 0;
		if (some & AGAIN)
			return looks;
	}
	return LOOKS;
}

#if OLDEST >= 515

static int tick(void *map, __u32 *key, struct janitor *j)
{
	__u32 all = KEPT;
	__u64 now = bpf_ktime_get_ns();
	int looks = look_at_all(now, &all);
	if (looks) {
		__u64 end = bpf_ktime_get_ns(), worked = end - now, most = looks * MAX_LOOK_NS;
		__u64 rest = REST * (worked < most ? worked : most);
		j->rests_until = end + rest;
		if (!(all & FINISHED))
			rest *= LONG_REST;
		bpf_timer_start(&j->timer, rest > TICK_NS ? rest : TICK_NS, 0);
	}
	return 0;
}

SEC("tc") int start_janitor(struct __sk_buff *skb)
{
	struct janitor *j = single(&janitor);
	if (!j)
		return 1;
	/* It fails where an earlier load did this. */
	bpf_timer_init(&j->timer, &janitor, 1 /* CLOCK_MONOTONIC */);
	bpf_timer_set_callback(&j->timer, tick);
	return bpf_timer_start(&j->timer, 0, 0) != 0;
}

#else

SEC("tc") int start_janitor(struct __sk_buff *skb)
{
	__u32 all = KEPT;
	return !look_at_all(bpf_ktime_get_ns(), &all);
}

#endif

#endif
