/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keepalive probes that a socket sends for us, beside what its application set. */
#ifndef PODWIRE_KEEPALIVE_H
#define PODWIRE_KEEPALIVE_H

#include "maps.h"

/* Has a socket send keepalive probes, if it does not already. The socket is given by itself, or by
 * the context of a sockops program. */
static __always_inline void keep_alive(void *socket, struct conn *conn, enum keepalive ours)
{
	int on = 1;
	struct sock *own = (void *)conn->tp;
	__u64 is_on = 1ULL << bpf_core_enum_value(enum sock_flags, SOCK_KEEPOPEN);
	if (READ(own, __sk_common.skc_flags) & is_on)
		return;
	if (!bpf_setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)))
		conn->keepalive = ours;
}

static __always_inline void keep_alive_no_more(struct bpf_sock_ops *ctx, struct conn *conn)
{
	int off = 0;
	bpf_setsockopt(ctx, SOL_SOCKET, SO_KEEPALIVE, &off, sizeof(off));
	conn->keepalive = THEIRS;
}

/* The highest value of a keepalive time that setsockopt() allows; a sysctl may set more. */
static __always_inline int highest_keepalive_time(__u32 which)
{
	return TCP_KEEPIDLE + which == TCP_KEEPCNT ? 127 : 32767;
}

/* Sets a keepalive time to ours, and keeps the application's. */
static __always_inline void lend_time(struct bpf_sock_ops *ctx, struct conn *conn, __u32 which,
				      int ours)
{
	int before = conn->keepalive_times[which], highest = highest_keepalive_time(which);
	if (!before && bpf_getsockopt(ctx, SOL_TCP, TCP_KEEPIDLE + which, &before, sizeof(before)))
		return;
	if (before > 0 && !bpf_setsockopt(ctx, SOL_TCP, TCP_KEEPIDLE + which, &ours, sizeof(ours)))
		conn->keepalive_times[which] = before < highest ? before : highest;
}

static __always_inline void give_time_back(struct bpf_sock_ops *ctx, struct conn *conn, __u32 which)
{
	int before = conn->keepalive_times[which];
	if (before)
		bpf_setsockopt(ctx, SOL_TCP, TCP_KEEPIDLE + which, &before, sizeof(before));
	conn->keepalive_times[which] = 0;
}

static __always_inline void count_lent_keepalives(int more)
{
	__u32 *count = single(&lent_keepalives);
	if (count)
		__sync_fetch_and_add(count, more);
}

/* Has the socket send a probe each second, as often as TCP can, unless thousands do; for up to two
 * minutes and more without an answer. */
static __always_inline void lend_keepalive(struct bpf_sock_ops *ctx, struct conn *conn)
{
	__u32 *all = single(&lent_keepalives), seconds = 1 + (all ? *all : 0) / PROBES_A_SECOND;
	if (conn->lent_keepalive == seconds)
		return;
	if (!conn->lent_keepalive)
		count_lent_keepalives(1);
	conn->lent_keepalive = seconds;
	lend_time(ctx, conn, 0, seconds);
	lend_time(ctx, conn, 1, seconds);
	lend_time(ctx, conn, 2, 127);
	keep_alive(ctx, conn, PROBING);
}

/* Restores the application's keepalive, with what it set meanwhile (keeps_for_later()). */
static __always_inline void take_keepalive_back(struct bpf_sock_ops *ctx, struct conn *conn)
{
	if (!conn->lent_keepalive)
		return;
	conn->lent_keepalive = 0;
	count_lent_keepalives(-1);
	full_barrier(&conn->fence);
	if (conn->keepalive == PROBING)
		keep_alive_no_more(ctx, conn);
	for (__u32 which = 0; which < KEEPALIVE_TIMES; which++)
		give_time_back(ctx, conn, which);
}

#endif
