/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What becomes of a joined socket whose connection ends, or that is used for another one. */
#ifndef PODWIRE_END_OF_CONNECTION_H
#define PODWIRE_END_OF_CONNECTION_H

#include "break_even.h"
#include "leave_at_once.h"
#include "waking.h"

/* Takes a socket out that lives on without its connection, and must not read on. */
static __always_inline void give_up_connection(struct bpf_sock_ops *ctx, struct bpf_sock *sk,
					       struct conn *conn)
{
	struct flow_key self = conn->self;
	take_keepalive_back(ctx, conn);
	if (conn->keepalive != THEIRS)
		keep_alive_no_more(ctx, conn);
	bpf_sk_storage_get(&former, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	bpf_map_delete_elem(&flows, &self);
	bpf_sk_storage_delete(&conns, sk);
}

static __always_inline void closed(struct bpf_sock_ops *ctx, struct bpf_sock *sk, struct conn *conn)
{
	struct flow_key self = conn->self;
	struct sock *own = (void *)conn->tp;
	bpf_map_delete_elem(&handshakes, &self.handshake);
	count_length(conn);
	take_keepalive_back(ctx, conn);
	if (READ(own, sk_shutdown) == SHUTDOWN_MASK)
		return; /* the kernel takes the socket out of the sockhash */
	if (READ(own, sk_err)) {
		/* It was reset. tcp_bpf_sendmsg() would report that for ever, and tcp_sendmsg()
		 * does once. What is queued can still be read. */
		leave(conn, peer_of(conn));
	} else if (protects(DISCONNECT)) {
		give_up_connection(ctx, sk, conn); /* connect(AF_UNSPEC) */
	}
}

/* The socket connects, or listens. Where an earlier connection of it was closed when
 * connect(AF_UNSPEC) came, by a reset or both FINs, tcp_disconnect() changed no state. */
static __always_inline void begins_anew(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct conn *conn = sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
	if (conn && protects(ANEW))
		give_up_connection(ctx, sk, conn);
}

#endif
