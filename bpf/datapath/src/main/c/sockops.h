/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The callbacks by which connections join and leave; attached to the cgroup v2 root. */
#ifndef PODWIRE_SOCKOPS_H
#define PODWIRE_SOCKOPS_H

#include "rendezvous.h"
#include "leave_at_once.h"
#include "half_close.h"
#include "end_of_connection.h"
#include "waking.h"

static __always_inline void state_changed(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct conn *conn = sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
	if (!conn) {
		if (ctx->args[1] == BPF_TCP_CLOSE)
			observed_end(ctx);
		return;
	}
	switch (ctx->args[1]) {
	case BPF_TCP_FIN_WAIT1:
	case BPF_TCP_FIN_WAIT2:
		if (protects(HALF_CLOSE))
			half_closed(conn);
		break;
	case BPF_TCP_CLOSE:
		closed(ctx, sk, conn);
		break;
	}
}

SEC("sockops") int podwire_sockops(struct bpf_sock_ops *ctx)
{
	switch (ctx->op) {
	case BPF_SOCK_OPS_RWND_INIT:
		announce(ctx);
		break;
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		begins_anew(ctx);
		break;
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		claim(ctx);
		break;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		complete(ctx);
		break;
	case BPF_SOCK_OPS_STATE_CB:
		state_changed(ctx);
		break;
	case BPF_SOCK_OPS_RTT_CB:
		acknowledged(ctx);
		break;
	case BPF_SOCK_OPS_HDR_OPT_LEN_CB:
		look_at_reader(ctx);
		break;
	}
	return 1;
}

#endif
