/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a guard has a joined socket become plain TCP during a system call of the application. */
#ifndef PODWIRE_BECOME_TCP_H
#define PODWIRE_BECOME_TCP_H

#include "leaving.h"
#include "reason.h"

/* A system call waits at most this long for its socket to become plain TCP: a thread of either end
 * may be on its way out of send(), and the janitor may rest. */
#define PATIENCE_NS 4000000ULL
/* The waits between two looks take about eight microseconds at first, and eight times as much
 * later. They are few, since the verifier follows every one. */
#define QUICK_LOOKS 16
#define LOOKS_AT_IT 76
/* The janitor is asked to look again after this many quick looks. */
#define ASK 8

/* Spins for about eight microseconds. Returns the time at its end, in ns. */
__noinline __u64 wait_a_little(void)
{
	__u64 now = 0;
	for (int i = 0; i < 256; i++)
		now = bpf_ktime_get_ns();
	return now;
}

/* Spins for about 64 microseconds. Returns the time at its end, in ns. */
__noinline __u64 wait_longer(void)
{
	__u64 now = 0;
	for (int i = 0; i < 8; i++)
		now = wait_a_little();
	return now;
}

/* Whether nothing is queued: a socket does not leave before its bytes are read. */
static __always_inline bool can_leave_soon(struct conn *conn)
{
	struct sk_psock *psock = psock_of(conn->tp);
	return psock && queue_empty(psock);
}

/* Waits until the janitor, whose timer runs meanwhile, has taken the socket out. The wait is in
 * vain where another thread sleeps in recv(), or where the kernel has no timers. */
global_function int await_departure(struct conn *conn)
{
	if (!conn) /* for the verifier, which looks at this function by itself */
		return 0;
	struct handshake handshake = conn->self.handshake;
	__u64 end = bpf_ktime_get_ns() + PATIENCE_NS;
	for (int i = 0; i < LOOKS_AT_IT && can_leave_soon(conn); i++) {
		if (i >= QUICK_LOOKS || i % ASK == 0)
			look_now(&handshake);
		if ((i < QUICK_LOOKS ? wait_a_little() : wait_longer()) > end)
			break;
	}
	return 0;
}

/* Sends both directions back to TCP, for a reason that is an enum counter. */
static __always_inline void send_back(struct conn *conn, __u32 why)
{
	if (!conn->retired) {
		conn->retired = why;
		count(why);
		note_reason(&conn->parties, why);
	}
	full_barrier(&conn->fence);
	hand_to_janitor(conn, peer_of(conn));
}

/* Sends both directions back to TCP, and waits. Returns whether the socket is plain TCP now. */
global_function int become_tcp(struct conn *conn, __u32 why)
{
	if (!conn) /* for the verifier, which looks at this function by itself */
		return 0;
	conn->duplex = 0;
	send_back(conn, why);
	await_departure(conn);
	return !psock_of(conn->tp);
}

#endif
