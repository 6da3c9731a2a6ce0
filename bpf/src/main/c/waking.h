/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A reader that stops at the end of the redirected bytes, where a recv() was short, waits for an
 * edge that TCP's bytes have spent while it still read (docs/datapath.md, 4). Of what BPF has, only
 * SO_RCVLOWAT wakes a reader, and only in a callback of its own socket: so the socket is looked at
 * whenever it sends a segment, and while redirected bytes are unread, keepalive probes see to it
 * that it does. */
#ifndef PODWIRE_WAKING_H
#define PODWIRE_WAKING_H

#include "leaving.h"
#include "remember.h"

#if OLDEST < 602
extern int LINUX_KERNEL_VERSION __kconfig;
#endif

/* Who has not sent a segment for so long was not woken by one of the other end, either. */
#define ASLEEP_NS 500000000ULL

/* From 6.1 on bpf_setsockopt() takes SO_RCVLOWAT as setsockopt() does: before, it wakes nobody. */
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

/* Has the socket send keepalive probes. False where it does so already. */
static __always_inline bool keep_alive(struct bpf_sock_ops *ctx, struct conn *conn)
{
	int on = 1;
	struct sock *own = (void *)conn->tp;
	__u64 is_on = 1ULL << bpf_core_enum_value(enum sock_flags, SOCK_KEEPOPEN);
	if (BPF_CORE_READ(own, __sk_common.skc_flags) & is_on ||
	    bpf_setsockopt(ctx, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)))
		return false;
	conn->keepalive = 1;
	return true;
}

/* A probe each second, as often as TCP can, and never given up while this lasts. */
static __always_inline void watch(struct bpf_sock_ops *ctx, struct conn *conn)
{
	const int most[KEEPALIVE_TIMES] = { 1, 1, 127 };
	if (conn->watched)
		return;
	for (int i = 0; i < KEEPALIVE_TIMES; i++) {
		int ours = most[i], before = 0;
		if (!bpf_getsockopt(ctx, SOL_TCP, TCP_KEEPIDLE + i, &before, sizeof(before)) &&
		    !bpf_setsockopt(ctx, SOL_TCP, TCP_KEEPIDLE + i, &ours, sizeof(ours)))
			conn->keepalive_times[i] = before;
	}
	conn->watched = keep_alive(ctx, conn) ? WATCHED_ALIVE : WATCHED;
}

/* What the application set meanwhile stays: guards.bpf.c has cleared our note of it. */
static __always_inline void unwatch(struct bpf_sock_ops *ctx, struct conn *conn)
{
	int off = 0;
	if (conn->watched == WATCHED_ALIVE && conn->keepalive) {
		bpf_setsockopt(ctx, SOL_SOCKET, SO_KEEPALIVE, &off, sizeof(off));
		conn->keepalive = 0;
	}
	for (int i = 0; i < KEEPALIVE_TIMES; i++) {
		int before = conn->keepalive_times[i];
		if (before)
			bpf_setsockopt(ctx, SOL_TCP, TCP_KEEPIDLE + i, &before, sizeof(before));
		conn->keepalive_times[i] = 0;
	}
	conn->watched = 0;
}

/* A peer that closed is gone soon, and what is sent to it then is answered by a reset: so one more
 * probe after the acknowledgement of its end. Who is told of the end reads to it anyway. */
static __always_inline bool may_probe(struct conn *conn, struct sock *sk)
{
	return !(BPF_CORE_READ(sk, sk_shutdown) & RCV_SHUTDOWN) || !conn->sent_after_end++;
}

/* To set what is set already ends in sk_data_ready(). */
static __always_inline void wake_reader(struct bpf_sock_ops *ctx, struct sock *sk)
{
	int mark = BPF_CORE_READ(sk, sk_rcvlowat);
	bpf_setsockopt(ctx, SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof(mark));
}

/* The socket sends a segment, if only an acknowledgement. */
static __always_inline void look_at_reader(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct conn *conn = sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
	if (!conn)
		return;
	struct tcp_sock *tp = (void *)conn->tp;
	struct sk_psock *psock = psock_of(conn->tp);
	__u32 received = BPF_CORE_READ(tp, rcv_nxt);
	if (psock && received == first_received(&conn->self))
		return; /* nothing came by TCP */
	__u64 now = bpf_ktime_get_ns(), before = conn->sent_at;
	conn->sent_at = now;
	if (psock && !queue_empty(psock)) {
		if (may_probe(conn, (struct sock *)tp))
			watch(ctx, conn);
		else
			unwatch(ctx, conn);
		return;
	}
	if (received != BPF_CORE_READ(tp, copied_seq)) {
		wake_reader(ctx, (struct sock *)tp);
		if (conn->watched && now - before > ASLEEP_NS)
			remember(conn); /* it waited: not a second time */
	}
	if (psock)
		return; /* until it left, a redirect may be on its way */
	unwatch(ctx, conn);
	bpf_sock_ops_cb_flags_set(ctx,
				  ctx->bpf_sock_ops_cb_flags & ~BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG);
}

#endif
