// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Takes flows that went back to TCP out of the sockhash, at once or as soon as nothing can be lost by it: with a kernel
 * timer, so that no agent has to live (docs/datapath.md, 4). A tc program, because its type may look sockets up in
 * a sockhash and delete them; it is never attached, only test-run by the loader. */
#include "leaving.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define TICK_NS 1000000ULL /* between two rounds while a flow is left */
#define REST 20 /* for each part of its time that the janitor works, it rests so many */
#define LOOKS 512 /* per tick: a tick runs in a softirq */
#define MAX_WAIT_NS 100000000ULL /* between looks at a flow whose reader does not read */

enum end {
	GONE, /* closed, or left */
	BUSY, /* a redirect of it may still be on its way */
	UNREAD, /* its queue is not empty */
	DONE,
};

/* Stops the end's direction, and says how far it is. */
static __noinline int stop(struct flow_key *key)
{
	struct bpf_sock *sk = bpf_map_lookup_elem(&flows, key);
	if (!sk)
		return GONE;
	int end = DONE;
	struct conn *conn = bpf_sk_storage_get(&conns, sk, 0, 0);
	if (conn) {
		conn->retired = 1;
		full_barrier(&conn->fence);
		struct sk_psock *psock = psock_of(conn->tp);
		if (!conn->settled && !settled(conn->tp, 0))
			end = BUSY;
		else if (psock && !queue_empty(psock))
			end = UNREAD;
		if (end != BUSY)
			conn->settled = 1;
	}
	bpf_sk_release(sk);
	return end;
}

struct round {
	__u64 now;
	__u32 looks;
	__u32 remaining;
};

static long visit(void *map, struct handshake *handshake, struct departure *departure, struct round *round)
{
	round->remaining++;
	if (departure->next_look > round->now)
		return 0;

	struct flow_key client = { *handshake, CLIENT }, server = { *handshake, SERVER };
	int c = stop(&client), s = stop(&server);
	if (c != BUSY && s != BUSY) {
		/* neither redirects, and nothing is on its way: an empty queue stays empty. But each was looked at before the
		 * other was known to be settled, so look again */
		c = stop(&client);
		s = stop(&server);
		if (c == DONE && !bpf_map_delete_elem(&flows, &client))
			count(LEFT);
		if (s == DONE && !bpf_map_delete_elem(&flows, &server))
			count(LEFT);
	}
	if ((c == GONE || c == DONE) && (s == GONE || s == DONE)) {
		bpf_map_delete_elem(&leaving, &client.handshake);
		round->remaining--;
	} else {
		__u64 waited = round->now - departure->since;
		departure->next_look = round->now + (waited / 8 < MAX_WAIT_NS ? waited / 8 : MAX_WAIT_NS);
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
	bpf_timer_init(&j->timer, &janitor, 1 /* CLOCK_MONOTONIC */); /* fails where an earlier load did it */
	bpf_timer_set_callback(&j->timer, tick);
	return bpf_timer_start(&j->timer, 0, 0) != 0;
}
