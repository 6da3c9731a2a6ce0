/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What shutdown(SHUT_WR) needs: the socket has to be plain TCP when the call returns. */
#ifndef PODWIRE_HALF_CLOSE_H
#define PODWIRE_HALF_CLOSE_H

#include "leave_at_once.h"
#include "incompatible.h"

/* For about 0.4 ms altogether: a thread inside send() on another CPU is usually out by then. Few,
 * with pauses, since the verifier follows each: with all of what it calls before 5.15. */
#if OLDEST >= 515
#define LEAVE_TRIES 250
#define PAUSE	    40 /* looks at the clock */
#else
#define LEAVE_TRIES 32
#define PAUSE	    400
#endif

/* Whether to try again: somebody was on his way out of the kernel. */
global_function int try_to_leave(struct conn *conn, __u64 peer)
{
	if (!conn) /* for the verifier, which looks at this function by itself */
		return false;
	struct sk_psock *psock = psock_of(conn->tp);
	if (!peer || !psock)
		return false;
	if (!queue_empty(psock)) {
		/* who reads that, then blocks, can be too early: not a second time */
		mark_incompatible(conn, RETIRED_SHUTDOWN);
		return false;
	}
	/* our own threads too: what they redirect must arrive before the FIN that we are about to
	 * send */
	return (conn->proven && !is_settled(conn->tp, 0, conn->begin)) || !leave(conn, peer);
}

__noinline int pause(void)
{
	__u64 now = 0;
	for (int i = 0; i < PAUSE; i++)
		now = bpf_ktime_get_ns();
	return now != 0;
}

/* After shutdown(SHUT_WR) a blocking recv() of an enrolled socket fails with EAGAIN:
 * tcp_bpf_recvmsg() takes the wake-up of the state change for data. So be plain TCP by then:
 * sk_shutdown was set before the state changed. */
static __always_inline void half_closed(struct conn *conn)
{
	struct sock *own = (void *)conn->tp;
	if (BPF_CORE_READ(own, sk_shutdown) == SHUTDOWN_MASK)
		return; /* close(): the kernel has taken the socket out already */
	__u64 peer = peer_of(conn);
	retire(conn, RETIRED_SHUTDOWN);
	full_barrier(&conn->fence);
	hand_to_janitor(conn, peer); /* for the other end, or for both */
	for (int i = 0; i < LEAVE_TRIES && try_to_leave(conn, peer); i++)
		pause();
}

#endif
