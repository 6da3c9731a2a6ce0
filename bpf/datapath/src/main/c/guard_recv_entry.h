/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The guard of a recv() that needs TCP before it begins. */
#ifndef PODWIRE_GUARD_RECV_ENTRY_H
#define PODWIRE_GUARD_RECV_ENTRY_H

#include "become_tcp.h"

#if OLDEST >= 515

/* Has a socket become plain TCP before a recv() that tcp_bpf_recvmsg() does not know of: one for no
 * bytes, which waits until there is one, and one for an urgent byte, which fails with EINVAL where
 * there is none. security_socket_recvmsg() is the last function on its way there. */
SEC("fentry/security_socket_recvmsg") int guard_recv_entry(__u64 *ctx)
{
	if ((int)ctx[2] && !(ctx[3] & MSG_OOB))
		return 0;
	struct socket *socket = (void *)ctx[0];
	struct sock *sk = socket->sk;
	struct conn *conn = sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
	/* With redirected bytes unread, 0 is what TCP answers to a recv() for no bytes, too. */
	if (conn && can_leave_soon(conn))
		become_tcp(conn, RETIRED_RECV_FLAGS);
	return 0;
}

#endif

#endif
