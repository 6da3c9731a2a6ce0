// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Has connections join that are open already, and those join again that went back to TCP
 * (docs/datapath/adoption.md). The program is an iterator over the TCP sockets of a network
 * namespace: this type may put a socket into a sockhash, and the kernel holds the socket's lock
 * meanwhile (from 6.5 on). From 6.12 on it may also have the sockops program called for the socket.
 *
 * An end is visited several times. First it is noted under its initial sequence numbers. Then each
 * end finds the other by the same numbers. Then the client's end is enrolled, and at the next visit
 * after that the server's. Whatever is sent meanwhile, and until the verdict has made sure that it
 * may redirect, goes by TCP. */
#include "address.h"
#include "adopt_enrol.h"

/* Cgroups that are nested deeper than this are not found. */
#define MAX_DEPTH 32

/* Whether the socket belongs to the cgroup with this id or to one below it: only for those the
 * sockops program is called that is attached there. */
__noinline int is_in_cgroup(__u64 tp, __u64 id)
{
	struct cgroup *own = READ((struct sock *)tp, sk_cgrp_data.cgroup);
	int level = READ(own, level);
	__u64 ancestors = (__u64)address_of(own, struct cgroup, ancestors);
	for (int i = 0; i < MAX_DEPTH && i <= level; i++) {
		struct cgroup *ancestor = (void *)word_at(ancestors + i * sizeof(__u64));
		if (READ(ancestor, kn, id) == id)
			return true;
	}
	return false;
}

/* Counts what became of a pair. Each pair is counted once in a walk: at the visit of the client's
 * end, or, while that end waits, of the server's. */
static __always_inline void count_finding(struct adoption *adoption, __u32 finding)
{
	if (finding < FINDINGS)
		__sync_fetch_and_add(&adoption->found[finding], 1);
}

/* Whether the end is joined and not on its way back to TCP. `state` is the address of its
 * conn.retired. */
static __always_inline bool is_joined(__u64 tp, __u64 state)
{
	return psock_of(tp) && WORD_OF(state, tp) == tp && !(__u32)word_at(state);
}

static __always_inline void visit_client(struct tcp_sock *tp, struct conn *conn, struct pair *pair,
					 struct settings *s, struct adoption *adoption)
{
	if (is_joined(pair->own, (__u64)&conn->retired))
		return; /* both are joined, or the visit of the server's end tells */
	if (psock_of(pair->own) || psock_of(pair->peer)) {
		count_finding(adoption, BUSY_LEAVING);
		return;
	}
	__u32 policy_epoch = s->policy_epoch; /* read before the policies are looked at */
	int why = refusal_of_pair(conn, pair);
	if (!why)
		conn->policy_epoch = policy_epoch;
	if (!why)
		why = wait_of_pair(conn, pair, s);
	if (!why && bpf_sk_storage_get(&former, tp, 0, 0))
		why = REFUSED_SOCKET;
	if (!why)
		why = enrol_client(tp, conn, pair, s);
	count_finding(adoption, why ?: AWAITED);
}

static __always_inline void visit_server(struct tcp_sock *tp, struct conn *conn, struct pair *pair,
					 struct settings *s, struct adoption *adoption)
{
	bool is_awaited = is_joined(pair->peer, pair->peer_state) &&
			  WORD_OF(pair->peer_state, peer) == pair->own;
	if (!is_awaited || psock_of(pair->own))
		return;
	int finding = bpf_sk_storage_get(&former, tp, 0, 0) ? REFUSED_SOCKET
							    : enrol_server(tp, conn, pair, s);
	if (finding >= BUSY_BYTES && !counts_both()) {
		/* The client's end has to leave: without the guard of FIONREAD nothing counts what
		 * it gets by TCP. */
		struct handshake handshake = awaited(pair);
		look_now(&handshake);
	}
	count_finding(adoption, finding);
}

SEC("iter/tcp") int adopt(struct bpf_iter__tcp *ctx)
{
	struct sock_common *sk = ctx->sk_common;
	struct settings *s = enabled_settings();
	struct adoption *a = single(&adoption);
	if (!sk || !s || s->observes || !a || is_stale() || sk->skc_state != BPF_TCP_ESTABLISHED)
		return 0;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct pair pair = {};
	pair.own = word_at((__u64)&ctx->sk_common);
	if (!tp)
		return 0;
	struct address local = local_address((void *)pair.own);
	__u64 netns = netns_of((void *)pair.own);
	if (!is_ours(&local, netns))
		return 0;

	struct isns own = isns_of(pair.own);
	struct candidate *self = bpf_map_lookup_elem(&candidates, &own);
	if (!self || self->tp != pair.own) {
		if (!is_in_cgroup(pair.own, a->cgroup))
			return 0;
		/* A loopback connection of it is found in the next walk. */
		learn_namespace(netns, &local);
		struct candidate fresh = { .tp = pair.own, .pass = a->pass };
		bpf_map_update_elem(&candidates, &own, &fresh, BPF_ANY);
		return 0;
	}
	self->pass = a->pass;
	struct candidate *peer = other_end(&own, a->pass, &pair);
	if (!peer)
		return 0;
	struct conn *conn = bpf_sk_storage_get(&conns, tp, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!conn)
		return 0;
	self->state = (__u64)&conn->retired;
	pair.peer = peer->tp;
	pair.peer_state = peer->state;
	if (!pair.peer_state)
		return 0;
	if (is_joined(pair.own, self->state) && is_joined(pair.peer, pair.peer_state))
		return 0;
	__sync_fetch_and_add(&a->ends, 1);
	if (pair.role == CLIENT)
		visit_client(tp, conn, &pair, s, a);
	else
		visit_server(tp, conn, &pair, s, a);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
