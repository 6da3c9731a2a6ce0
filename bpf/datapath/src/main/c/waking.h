/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A reader that stops where a recv() was short, or by what FIONREAD said, waits for an edge that
 * TCP's bytes have spent while it still read redirected ones
 * (docs/datapath/edge-triggered-readers.md). Of what BPF has, only SO_RCVLOWAT wakes a reader, and
 * only in a callback of its own socket: so the socket is looked at whenever it sends a segment, and
 * until it has left the sockhash, keepalive probes see to it that it does. */
#ifndef PODWIRE_WAKING_H
#define PODWIRE_WAKING_H

#include "gears.h"
#include "incompatible.h"
#include "keepalive.h"
#include "peer.h"

/* A reader whose socket sent nothing for this long waited for us. */
#define ASLEEP_NS 500000000ULL

/* Whether readers can be woken. From 6.1 on bpf_setsockopt() takes SO_RCVLOWAT as setsockopt()
 * does; before, that wakes nobody. */
static __always_inline bool can_wake(void)
{
	if (!protects(WAKING))
		return false;
#if OLDEST >= 602
	return true;
#elif OLDEST >= 515
	return LINUX_KERNEL_VERSION >= KERNEL_VERSION(6, 1, 0);
#else
	return false;
#endif
}

/* The callbacks of an enrolled socket: RTT is called for ACKs, and WRITE_HDR_OPT for segments. A
 * redirected flow has neither. */
#define JOINED_CALLBACKS                                                                           \
	(BPF_SOCK_OPS_STATE_CB_FLAG | BPF_SOCK_OPS_RTT_CB_FLAG |                                   \
	 (can_wake() ? BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG : 0))

/* Whether the peer has closed its socket; where the peer is not known, whether it sent its FIN. */
static __always_inline bool is_peer_closed(struct conn *conn)
{
	struct sock *peer = (void *)peer_of(conn), *own = (void *)conn->tp;
	return peer ? READ(peer, sk_shutdown) == SHUTDOWN_MASK
		    : READ(own, sk_shutdown) & RCV_SHUTDOWN;
}

/* Has the socket send a probe each second. A peer that has closed is gone soon, and answers a probe
 * by a reset then: so there is one more at the most. */
static __always_inline void probe_peer(struct bpf_sock_ops *ctx, struct conn *conn)
{
	if (conn->peer_closed)
		take_keepalive_back(ctx, conn);
	else
		lend_keepalive(ctx, conn);
	if (is_peer_closed(conn))
		conn->peer_closed = 1;
}

/* Wakes the reader: to set SO_RCVLOWAT to what it is already ends in sk_data_ready(). */
static __always_inline void wake_reader(struct bpf_sock_ops *ctx, struct tcp_sock *tp)
{
	int mark = READ((struct sock *)tp, sk_rcvlowat);
	bpf_setsockopt(ctx, SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof(mark));
}

/* Whether the reader, in recv(), holds the socket's lock: what it sends opens the window. */
static __always_inline bool is_locked_by_task(struct tcp_sock *tp)
{
	return READ((struct sock *)tp, sk_lock.owned);
}

/* Looks at the reader whenever its socket sends a segment, if only an acknowledgement. One edge
 * after the socket left the sockhash is enough, whatever its reader counted until then, and whether
 * it read some of TCP's bytes: from there on recv(), FIONREAD and edges are TCP's. */
static __always_inline void look_at_reader(struct bpf_sock_ops *ctx)
{
	/* For the MSS alone no segment is sent yet. */
	if (!can_wake() || ctx->args[0] == BPF_WRITE_HDR_TCP_CURRENT_MSS)
		return;
	/* In CLOSE it is the reset of tcp_disconnect(), before which closed() was called. */
	if (ctx->state == BPF_TCP_CLOSE)
		return;
	struct bpf_sock *sk = ctx->sk;
	struct conn *conn = sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
	if (!conn)
		return;
	struct tcp_sock *tp = (void *)conn->tp;
	struct sk_psock *psock = psock_of(conn->tp);
	bool waits = unread_by_tcp(tp);
	/* What comes next by TCP is acknowledged, and looked at then. */
	if (psock && !waits) {
		take_keepalive_back(ctx, conn);
		return;
	}
	bool reads_on = psock && !queue_empty(psock);
	/* The peer has shifted, and TCP's bytes are next: only who waits for an edge can have
	 * missed one. He may begin to while redirected ones are unread, so keepalive is lent then.
	 */
	if (psock && !(__u32)peer_word(conn) && !reads_on && !is_edge_triggered(conn->tp)) {
		take_keepalive_back(ctx, conn);
		return;
	}
	/* The peer has redirected nothing since this end was enrolled, so no edge was spent. */
	if (psock && !reads_on && conn->peer_state && !(__u32)PEER_WORD(conn, proven)) {
		take_keepalive_back(ctx, conn);
		return;
	}
	__u64 now = bpf_ktime_get_ns(), before = conn->sent_at;
	conn->sent_at = now;
	if (waits && !reads_on) {
		wake_reader(ctx, tp);
		if (conn->lent_keepalive && now - before > ASLEEP_NS && !is_locked_by_task(tp) &&
		    is_edge_triggered(conn->tp)) {
			count(WOKEN);
			mark_incompatible(conn, WOKEN); /* this does not happen a second time */
		}
	}
	if (psock) {
		probe_peer(ctx, conn); /* so that the socket sends something when it has left */
		return;
	}
	take_keepalive_back(ctx, conn);
	bpf_sock_ops_cb_flags_set(ctx,
				  ctx->bpf_sock_ops_cb_flags & ~BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG);
}

#endif
