/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How the ends of an open connection are put into the sockhash. */
#ifndef PODWIRE_ADOPT_ENROL_H
#define PODWIRE_ADOPT_ENROL_H

#include "adopt_refusal.h"
#include "leaving.h"
#include "reaper.h"
#include "waking.h"

#define TCP_BPF_SOCK_OPS_CB_FLAGS 1008

/* Has the sockops program called for the socket, as for those that joined by their handshake. */
static __always_inline bool call_back(struct tcp_sock *tp, int flags)
{
	return !bpf_setsockopt(tp, SOL_TCP, TCP_BPF_SOCK_OPS_CB_FLAGS, &flags, sizeof(flags));
}

/* Puts the visited end into the sockhash. Returns 0, or the enum finding that says why not. The
 * peer redirects nothing to this end before the iterator releases the lock (has_read_all()), so it
 * can be taken out again at once. */
static __always_inline int enrol(struct tcp_sock *tp, struct conn *conn, struct pair *pair,
				 struct flow_key *key, __u32 why, struct settings *s)
{
	struct tcp_sock *own = (void *)pair->own;
	__u64 begin = READ(own, copied_seq);
	__u32 retired = conn->retired, proven = conn->proven, fence = 0;
	bool client = key->role == CLIENT;
	int callbacks = tp->bpf_sock_ops_cb_flags;

	if (!call_back(tp, callbacks | JOINED_CALLBACKS))
		return REFUSED_SOCKET;
	conn->self = *key;
	conn->peer_key.handshake = key->handshake;
	conn->peer_key.role = other_role(key->role);
	conn->tp = pair->own;
	conn->peer = pair->peer;
	conn->peer_state = pair->peer_state;
	conn->parties = parties_of((void *)(client ? pair->own : pair->peer),
				   (void *)(client ? pair->peer : pair->own));
	conn->duplex = 0;
	conn->messages = 0;
	conn->joined_at = bpf_ktime_get_ns();
	conn->shifted = why;
	conn->debt = 0;
	conn->unanswered = 0;
	conn->epoch = s->epoch;
	conn->peer_reader = 0;
	conn->peer_waiter = 0;
	conn->writer = 0;
	conn->peer_closed = 0;
	conn->known_settled = 0;
	conn->proven = 0;
	conn->begin = begin | NATIVE_READER;
	conn->retired = 0;

	int error = 0, readers = UNKNOWN;
	if (bpf_map_update_elem(&flows, key, tp, BPF_NOEXIST)) {
		error = REFUSED_ROOM;
	} else {
		full_barrier(&conn->fence);
		readers = readers_of(pair->own);
		if (readers == UNKNOWN)
			error = BUSY_READER;
		/* The janitor may have looked already: at the client's end, or at a server's that
		 * comes too late. */
		else if (client ? bpf_ktime_get_ns() - pair->began > AWAITED_NS / 2
				: (__u32)word_at(pair->peer_state))
			error = BUSY_LEAVING;
		/* Somebody may have switched the datapath off meanwhile. */
		else if (s->state != ENABLED || s->epoch != conn->epoch)
			error = BUSY_BYTES;
		/* A message may be on its way past a verdict that did not see this end yet. */
		else if (READ_AS(struct sock, pair->peer, sk_lock.owned))
			error = BUSY_BYTES;
		load_barrier(&fence);
		if (!is_drained(pair->own, pair->peer))
			error = BUSY_BYTES;
		if (error)
			bpf_map_delete_elem(&flows, key);
	}
	if (error) {
		conn->retired = retired;
		conn->proven = proven;
		call_back(tp, callbacks);
		return error;
	}
	/* A connection that a policy cut without our knowledge stays cut where FIONREAD counts
	 * TCP's bytes, since each direction begins with a byte by TCP there. */
	if (readers == ELSEWHERE && !counts_both())
		conn->begin = begin;
	conn->out_since = 0;
	if (why == SHIFTED_ADOPTED) {
		conn->joining = BY_ADOPTION;
	} else {
		conn->returns++;
		conn->backed_off += conn->backed_off < MAX_DOUBLED;
	}
	return 0;
}

/* Enrols the client's end. The janitor takes it out again if the server's end does not follow
 * within AWAITED_NS. */
static __always_inline int enrol_client(struct tcp_sock *tp, struct conn *conn, struct pair *pair,
					struct settings *s)
{
	struct sock_common *client = (void *)pair->own, *server = (void *)pair->peer;
	/* The key is another one each time: an earlier one may be in the queue `reapable` still. */
	struct flow_key key = {
		{ pair->isns.client_isn ^ bpf_get_prandom_u32(), pair->isns.server_isn }, CLIENT
	};
	__u32 why = left_before(conn, pair) ? SHIFTED_RETURNED : SHIFTED_ADOPTED;
	__u32 clients_begin = READ_AS(struct tcp_sock, pair->own, copied_seq);
	__u32 servers_begin = READ_AS(struct tcp_sock, pair->peer, copied_seq);
	pair->began = bpf_ktime_get_ns();
	struct departure departure = {
		.since = pair->began + AWAITED_NS,
		.next_look = pair->began + AWAITED_NS,
		.tp = { pair->own, pair->peer },
		.begin = { clients_begin | NATIVE_READER, servers_begin | NATIVE_READER },
		.awaits = 1,
	};
	prepare_to_reap();
	start_leaving(&key.handshake, &departure);
	if (!bpf_map_lookup_elem(&leaving, &key.handshake))
		return REFUSED_ROOM;
	int error = enrol(tp, conn, pair, &key, why, s);
	if (error) {
		look_now(&key.handshake); /* only the janitor takes a flow off its list */
		return error;
	}
	struct address local = local_address(client), remote = remote_address(client);
	struct address seen = remote_address(server), dialed = local_address(server);
	/* Where they differ, a connection tracker translates the addresses. */
	if (!is_same(&local, &seen) || !is_same(&remote, &dialed))
		keep_alive(tp, conn, TRACKED);
	return 0;
}

/* The handshake by which a client's end is enrolled that waits for the visited server's end. */
static __always_inline struct handshake awaited(struct pair *pair)
{
	__u64 isns = WORD_OF(pair->peer_state, self.handshake);
	return (struct handshake){ isns, isns >> 32 };
}

/* Enrols a server's end whose client's end waits for it. */
static __always_inline int enrol_server(struct tcp_sock *tp, struct conn *conn, struct pair *pair,
					struct settings *s)
{
	struct flow_key key = { awaited(pair), SERVER };
	bool returns = (__u32)WORD_OF(pair->peer_state, shifted) == SHIFTED_RETURNED;
	__u32 why = returns ? SHIFTED_RETURNED : SHIFTED_ADOPTED;
	int refusal = refusal_of_end(pair->own);
	if (refusal)
		return refusal;
	if (readers_of(pair->own) == UNKNOWN)
		return BUSY_READER;
	if (!is_drained(pair->own, pair->peer))
		return BUSY_BYTES;
	conn->policy_epoch = WORD_OF(pair->peer_state, policy_epoch);
	int error = enrol(tp, conn, pair, &key, why, s);
	if (error)
		return error;
	count(why); /* once for each direction */
	count(why);
	return returns ? RETURNED : ADOPTED;
}

#endif
