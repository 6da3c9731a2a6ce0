/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The guards of socket options: those that a joined socket would ignore, and those that are lent
 * (keepalive.h). */
#ifndef PODWIRE_GUARD_OPTIONS_H
#define PODWIRE_GUARD_OPTIONS_H

#include "become_tcp.h"
#include "waking.h"

#define SO_ZEROCOPY	     60
#define SO_PEEK_OFF	     42
#define SO_OOBINLINE	     10
#define SO_TIMESTAMP	     29
#define SO_TIMESTAMPNS	     35
#define SO_TIMESTAMPING	     37
#define SO_TIMESTAMP_NEW     63
#define SO_TIMESTAMPNS_NEW   64
#define SO_TIMESTAMPING_NEW  65
#define TCP_ULP		     31
#define TCP_REPAIR	     19
#define TCP_ZEROCOPY_RECEIVE 35
#define TCP_INQ		     36

/* The helper bpf_set_retval(), since 5.18. Before, the error of every refusal is EPERM. */
static int (*set_retval)(int error) = (void *)187;
enum bpf_func_id___set_retval {
	BPF_FUNC_set_retval___set_retval = 187,
};

/* Has the call fail with an errno. */
static __always_inline int refuse(int error)
{
	count(REFUSED_OPTION);
	if (bpf_core_enum_value_exists(enum bpf_func_id___set_retval,
				       BPF_FUNC_set_retval___set_retval))
		set_retval(-error);
	return 0;
}

/* The optlen by which the kernel does nothing more for the call. */
#define DONE -1

/* Lets the kernel go on, with the caller's own buffer (optlen 0): what the program has is a copy of
 * its first page, and the kTLS module warns of a value that comes out of one. What the program of
 * another build has done, which ran before on a socket of its own, stays done. */
static __always_inline int allow(struct bpf_sockopt *ctx)
{
	if (ctx->optlen != DONE)
		ctx->optlen = 0;
	return 1;
}

/* The conn of a socket that is in the sockhash now, or 0. */
static __always_inline struct conn *joined_conn(struct bpf_sock *sk)
{
	struct conn *conn = sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
	return conn && psock_of(conn->tp) ? conn : 0;
}

/* Whether an int option is set to what it is by default, which changes nothing. */
static __always_inline bool is_default(struct bpf_sockopt *ctx)
{
	int *value = ctx->optval;
	if ((void *)(value + 1) > ctx->optval_end)
		return false;
	if (ctx->level == SOL_SOCKET && ctx->optname == SO_PEEK_OFF)
		return *value < 0;
	if (ctx->level == SOL_SOCKET && ctx->optname == SO_RCVLOWAT)
		return *value <= 1;
	return !*value;
}

/* The errno that a kernel has which does not know an option that a joined socket would ignore;
 * GRANTED for an option that is set even where the socket cannot leave; 0 for all other options. */
#define GRANTED -1
static __always_inline int errno_of_refusal(struct bpf_sockopt *ctx)
{
	if (ctx->level == SOL_SOCKET) {
		switch (ctx->optname) {
		case SO_ZEROCOPY:
			return ENOPROTOOPT;
		case SO_PEEK_OFF:
			return EOPNOTSUPP;
		case SO_OOBINLINE:
		case SO_RCVLOWAT:
		case SO_TIMESTAMP:
		case SO_TIMESTAMPNS:
		case SO_TIMESTAMPING:
		case SO_TIMESTAMP_NEW:
		case SO_TIMESTAMPNS_NEW:
		case SO_TIMESTAMPING_NEW:
			return GRANTED;
		}
	} else if (ctx->level == SOL_TCP) {
		switch (ctx->optname) {
		case TCP_ULP:
			return ENOENT;
		case TCP_REPAIR:
			return EPERM;
		case TCP_INQ:
			return ENOPROTOOPT;
		}
	}
	return 0;
}

static __always_inline bool is_keepalive(struct bpf_sockopt *ctx)
{
	__u32 time = ctx->optname - TCP_KEEPIDLE;
	return (ctx->level == SOL_SOCKET && ctx->optname == SO_KEEPALIVE) ||
	       (ctx->level == SOL_TCP && time < KEEPALIVE_TIMES);
}

/* The conn of a socket whose keepalive option is asked for or set; 0 for other options. */
static __always_inline struct conn *kept_alive(struct bpf_sockopt *ctx)
{
	if (!is_keepalive(ctx))
		return 0;
	struct bpf_sock *sk = ctx->sk;
	return sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
}

/* Where the application's own value of a keepalive time is kept while it is lent, until
 * take_keepalive_back() restores it; 0 where the value in force is the application's, or where it
 * may not set this one. */
static __always_inline __u32 *lent(struct bpf_sockopt *ctx, struct conn *conn, int value)
{
	__u32 time = ctx->optname - TCP_KEEPIDLE;
	if (ctx->level == SOL_SOCKET || time >= KEEPALIVE_TIMES || !conn->keepalive_times[time] ||
	    value < 1 || value > highest_keepalive_time(time))
		return 0;
	return &conn->keepalive_times[time];
}

/* Keeps a keepalive option that the application sets while ours is in force. False where the kernel
 * is to set it. */
static __always_inline bool keeps_for_later(struct bpf_sockopt *ctx)
{
	struct conn *conn = kept_alive(ctx);
	int *value = ctx->optval;
	if (!conn || (void *)(value + 1) > ctx->optval_end)
		return false;
	__u32 *time = lent(ctx, conn, *value);
	if (time)
		*time = *value;
	else if (ctx->level == SOL_SOCKET)
		conn->keepalive = conn->lent_keepalive && !*value ? PROBING : THEIRS;
	else
		return false;
	full_barrier(&conn->fence);
	if (conn->lent_keepalive)
		return true;
	if (time) /* it was given back meanwhile */
		*time = 0;
	else
		conn->keepalive = THEIRS;
	return false;
}

SEC("cgroup/setsockopt") int podwire_setsockopt(struct bpf_sockopt *ctx)
{
	if (keeps_for_later(ctx)) {
		ctx->optlen = DONE;
		return 1;
	}
	int refusal = errno_of_refusal(ctx);
	struct conn *conn = refusal && !is_default(ctx) ? joined_conn(ctx->sk) : 0;
	if (!protects(OPTIONS) || !conn || become_tcp(conn, RETIRED_OPTION) || refusal == GRANTED)
		return allow(ctx);
	return refuse(refusal);
}

SEC("cgroup/getsockopt") int podwire_getsockopt(struct bpf_sockopt *ctx)
{
	int *value = ctx->optval;
	struct conn *kept = kept_alive(ctx);
	if (kept && (void *)(value + 1) <= ctx->optval_end) {
		__u32 *time = lent(ctx, kept, 1);
		if (time)
			*value = *time;
		else if (ctx->level == SOL_SOCKET && kept->keepalive != THEIRS)
			*value = 0;
	}
	if (is_keepalive(ctx))
		return 1; /* the answer of another build's program for a socket of its own stays */
	struct conn *conn = 0;
	if (ctx->level == SOL_TCP && ctx->optname == TCP_ZEROCOPY_RECEIVE)
		conn = joined_conn(ctx->sk);
	if (!protects(OPTIONS) || !conn)
		return allow(ctx);
	struct sk_psock *psock = psock_of(conn->tp);
	bool unread = psock && !queue_empty(psock);
	/* With nothing unread, nothing to receive is what TCP would answer, too. */
	if (become_tcp(conn, RETIRED_OPTION) || !unread)
		return allow(ctx);
	return refuse(ENOPROTOOPT);
}

#endif
