// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Takes flows that went back to TCP out of the sockhash, at once or as soon as nothing can be lost
 * by it: with a kernel timer, so that no agent has to live (docs/datapath.md, 4). A tc program,
 * because its type may look sockets up in a sockhash and delete them; it is never attached, only
 * test-run by the loader. */
#include "leaving.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Between two rounds while a flow is left. */
#define TICK_NS 1000000ULL
/* For each part of its time that the janitor works, it rests so many. */
#define REST 20
/* Per round: it runs in a softirq. */
#define LOOKS 512
/* Between looks at a flow whose reader does not read. */
#define MAX_WAIT_NS 100000000ULL

#define GONE	1 /* closed, or left */
#define SETTLED 2 /* it redirects no more, and nothing of it is on its way */
#define EMPTY	4 /* nothing to read in its queue */

/* An end that left may live on in a psock that its sleeping reader holds, and redirect through it.
 */
static __always_inline bool is_settled_outside(struct departure *departure, __u32 role)
{
	struct settings *s = single(&settings);
	__u64 tp = departure->tp[role];
	return departure->settled[role] || !psock_of(tp) ||
	       (s && s->epoch != departure->epoch && settled(tp, 0));
}

/* Stops the end's direction, and says how far it is. One that reads in one thread and writes in
 * another goes on writing until its reader has woken up. */
static __noinline int stop(struct flow_key *key, struct departure *departure)
{
	__u32 role = key->role & 1;
	struct bpf_sock *sk = bpf_map_lookup_elem(&flows, key);
	if (!sk)
		return GONE | (is_settled_outside(departure, role) ? SETTLED : 0);

	int end = 0;
	struct conn *conn = bpf_sk_storage_get(&conns, sk, 0, 0);
	struct settings *s = single(&settings);
	if (conn && s) {
		departure->tp[role] = conn->tp;
		if (!conn->duplex || conn->epoch != s->epoch)
			conn->retired = 1;
		full_barrier(&conn->fence);
		if (conn->retired && (conn->settled || settled(conn->tp, 0))) {
			conn->settled = 1;
			departure->settled[role] = 1;
			end |= SETTLED;
		}
		struct sk_psock *psock = psock_of(conn->tp);
		if (!psock || queue_empty(psock))
			end |= EMPTY;
	}
	bpf_sk_release(sk);
	return end;
}

static __always_inline bool leave(struct flow_key *key, int own, int other)
{
	if (own & GONE)
		return true;
	if (!(own & EMPTY) || !(other & SETTLED) || bpf_map_delete_elem(&flows, key))
		return false;
	count(LEFT);
	return true;
}

struct round {
	__u64 now;
	__u32 looks;
	__u32 remaining;
};

static long visit(void *map, struct handshake *handshake, struct departure *departure,
		  struct round *round)
{
	round->remaining++;
	if (departure->next_look > round->now)
		return 0;

	struct flow_key client = { *handshake, CLIENT }, server = { *handshake, SERVER };
	int s = stop(&server, departure);
	int c = stop(&client, departure);
	bool client_left = leave(&client, c, s);
	s = stop(&server, departure); /* its queue after the client settled */
	if (leave(&server, s, c) && client_left) {
		bpf_map_delete_elem(&leaving, &client.handshake);
		round->remaining--;
	} else {
		__u64 waited = round->now - departure->since;
		departure->next_look =
			round->now + (waited / 8 < MAX_WAIT_NS ? waited / 8 : MAX_WAIT_NS);
	}
	return ++round->looks >= LOOKS;
}

static int tick(void *map, __u32 *key, struct janitor *j)
{
	struct round round = { .now = bpf_ktime_get_ns() };
	bpf_for_each_map_elem(&leaving, visit, &round, 0);
	if (round.remaining || round.looks >= LOOKS) { /* those that were not visited */
		__u64 rest = REST * (bpf_ktime_get_ns() - round.now);
		bpf_timer_start(&j->timer, rest > TICK_NS ? rest : TICK_NS, 0);
	}
	return 0;
}

SEC("tc") int start_janitor(struct __sk_buff *skb)
{
	struct janitor *j = single(&janitor);
	if (!j)
		return 1;
	bpf_timer_init(&j->timer, &janitor,
		       1 /* CLOCK_MONOTONIC */); /* fails where an earlier load did it */
	bpf_timer_set_callback(&j->timer, tick);
	return bpf_timer_start(&j->timer, 0, 0) != 0;
}
