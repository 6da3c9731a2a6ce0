/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What shutdown(SHUT_WR) needs: the socket has to be plain TCP when the call returns. */
#ifndef PODWIRE_HALF_CLOSE_H
#define PODWIRE_HALF_CLOSE_H

#include "incompatible.h"
#include "leave_at_once.h"
#include "reason.h"

/* The tries take about 0.4 ms altogether: a thread inside send() on another CPU is usually out by
 * then. They are few, with pauses, since the verifier follows each; before 5.15 with all of what it
 * calls. */
#if OLDEST >= 515
#define LEAVE_TRIES 250
#define PAUSE	    40 /* looks at the clock in a pause */
#else
#define LEAVE_TRIES 32
#define PAUSE	    400
#endif

/* Leaves if it can. Returns whether to try again: some thread was on its way out of the kernel. */
global_function int try_to_leave(struct conn *conn, __u64 peer)
{
	if (!conn) /* for the verifier, which looks at this function by itself */
		return false;
	struct sk_psock *psock = psock_of(conn->tp);
	if (!peer || !psock)
		return false;
	if (!queue_empty(psock)) {
		/* Who reads what is queued and blocks then can be too early: that does not happen a
		 * second time. */
		mark_incompatible(conn, RETIRED_SHUTDOWN);
		return false;
	}
	/* Our own threads count too: what they redirect must arrive before the FIN that we are
	 * about to send. */
	return (conn->proven && !is_settled(conn->tp, 0, conn->begin)) || !leave(conn, peer);
}

/* Spins between two tries. */
__noinline int pause(void)
{
	__u64 now = 0;
	for (int i = 0; i < PAUSE; i++)
		now = bpf_ktime_get_ns();
	return now != 0;
}

/* The socket was shut down for writing. A blocking recv() of an enrolled socket fails with EAGAIN
 * then: tcp_bpf_recvmsg() takes the wake-up of the state change for data. So it has to be plain TCP
 * by then. sk_shutdown was set before the state changed. */
static __always_inline void half_closed(struct conn *conn)
{
	struct sock *own = (void *)conn->tp;
	if (READ(own, sk_shutdown) == SHUTDOWN_MASK)
		return; /* close(): the kernel has taken the socket out already */
	__u64 peer = peer_of(conn);
	if (!conn->retired)
		note_reason(&conn->parties, RETIRED_SHUTDOWN);
	retire(conn, RETIRED_SHUTDOWN);
	full_barrier(&conn->fence);
	hand_to_janitor(conn, peer); /* it takes the other end out, or both */
	for (int i = 0; i < LEAVE_TRIES && try_to_leave(conn, peer); i++)
		pause();
}

#endif
