/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The guard of a joined socket that the kernel has no memory for. */
#ifndef PODWIRE_GUARD_MEMORY_H
#define PODWIRE_GUARD_MEMORY_H

#include "become_tcp.h"

#if OLDEST >= 515

/* Sends a flow back to TCP once the kernel has no memory for one of its sockets, of the node's TCP
 * or of the container. A sender's call waits for memory before the verdict (sk_msg_alloc()), where
 * TCP always lets a first segment go. Where a receiver's memory was to hold what is redirected,
 * the sender is told ENOMEM; not all kernels tell of that (docs/contract.md). Once the janitor has
 * taken the flow out, it is TCP's. No verdict may come any more, so the janitor is told each time.
 */
SEC("tp_btf/sock_exceed_buf_limit") int guard_memory(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct conn *conn = bpf_sk_storage_get(&conns, sk, 0, 0);
	if (!conn || !psock_of(conn->tp))
		return 0;
	count(NO_MEMORY);
	send_back(conn, RETIRED_MEMORY);
	return 0;
}

#endif

#endif
