/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a socket leaves the sockhash in a callback of its own, without the janitor. */
#ifndef PODWIRE_LEAVE_AT_ONCE_H
#define PODWIRE_LEAVE_AT_ONCE_H

#include "leaving.h"

/* Whether all that the peer redirected has arrived, by what that end itself and the janitor know.
 */
static __always_inline bool peer_is_settled(struct conn *conn, __u64 peer)
{
	struct handshake handshake = conn->self.handshake;
	struct departure *departure = bpf_map_lookup_elem(&leaving, &handshake);
	if (departure && departure->known_settled[other_role(conn->self.role)])
		return true;
	if (conn->peer_state && !(__u32)PEER_WORD(conn, proven))
		return true; /* the peer never redirected */
	return is_settled(peer, 0, begin_of_peer(conn));
}

/* Takes the socket out of the sockhash if nothing can be lost by it; returns whether it is out. To
 * be called when the peer redirects no more: its verdict looks at conn.retired and at our
 * sk_shutdown. */
global_function int leave(struct conn *conn, __u64 peer)
{
	if (!conn) /* for the verifier, which looks at this function by itself, and once */
		return true;
	struct sk_psock *psock = psock_of(conn->tp);
	if (!psock)
		return true;
	struct flow_key self = conn->self;
	if (!queue_empty(psock) || !peer || !peer_is_settled(conn, peer))
		return false;
	load_barrier(&conn->fence);
	if (!queue_empty(psock)) /* What was on its way may have arrived between the two looks. */
		return false;
	if (!bpf_map_delete_elem(&flows, &self))
		count(LEFT);
	/* No peer completes the rendezvous after this. */
	bpf_map_delete_elem(&handshakes, &self.handshake);
	return true;
}

/* Bytes that went through TCP were acknowledged, and what the peer answers is not received yet. So
 * this is the last moment to become plain TCP before a reader wakes up and comes back. */
static __always_inline void acknowledged(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct conn *conn = sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
	if (!conn || !conn->retired || !protects(LEAVING))
		return;
	full_barrier(&conn->fence);
	/* A duplex peer goes on to redirect although we are retired: only its own retirement ends
	 * that. */
	if ((__u32)peer_word(conn) && leave(conn, peer_of(conn)))
		bpf_sock_ops_cb_flags_set(ctx,
					  ctx->bpf_sock_ops_cb_flags & ~BPF_SOCK_OPS_RTT_CB_FLAG);
}

#endif
