/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The guard of the flags that a reader has while it is not asleep. */
#ifndef PODWIRE_GUARD_RECV_FLAGS_H
#define PODWIRE_GUARD_RECV_FLAGS_H

#include "become_tcp.h"
#include "incompatible.h"
#include "our_socket.h"

/* Sees the flags of a reader that is not asleep, which the verdict cannot see. It gets short what
 * is queued already; the rest of this flow, and later flows of its container, are TCP's. */
SEC("fentry/tcp_bpf_recvmsg") int guard_recv_flags(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
#if OLDEST >= 602
	int flags = ctx[3];
#else
	/* The flags are the fifth argument before 5.19. The reads are volatile, because the
	 * verifier wants constant offsets into a context. */
	int fourth = *(volatile __u64 *)&ctx[3], fifth = *(volatile __u64 *)&ctx[4];
	int flags = LINUX_KERNEL_VERSION >= KERNEL_VERSION(5, 19, 0)
			    ? fourth
			    : fifth | (fourth ? MSG_DONTWAIT : 0);
#endif
#if OLDEST >= 515
	/* A recv() that sleeps in the psock of a half-closed socket can fail. This one has not
	 * looked for the psock yet. */
	if (READ(sk, sk_shutdown) == SEND_SHUTDOWN && !(flags & MSG_DONTWAIT) &&
	    !unread_by_tcp((void *)sk))
		await_departure(bpf_sk_storage_get(&conns, sk, 0, 0));
#endif
	__u32 why = flags & (MSG_WAITALL | MSG_TRUNC) ? RETIRED_RECV_FLAGS : 0;
	if (protects(IO_URING) && send_flags(bpf_get_current_task()) & BY_IO_URING)
		why = RETIRED_IO_URING;
	if (!why)
		return 0;
#if OLDEST >= 515
	struct conn *conn = bpf_sk_storage_get(&conns, sk, 0, 0);
	if (!conn || conn->retired)
		return 0;
	conn->retired = why; /* the peer's verdict looks at this */
	count(why);
	note_reason(&conn->parties, why);
#else
	/* The rest of this flow stays joined: there is no storage here. */
	if (!is_in_our_sockhash((__u64)sk))
		return 0;
#endif
	mark_container_incompatible((__u64)sk, why);
	return 0;
}

#endif
