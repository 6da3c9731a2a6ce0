/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Waiting for a peer that has its socket's lock. */
#ifndef PODWIRE_PEER_LOCK_H
#define PODWIRE_PEER_LOCK_H

#include "leaving.h"

/* A redirect waits at most this long for the lock of the peer. Of 464,000 messages of many kinds on
 * two busy CPUs 49 found it taken, and none for 128 us. On busier CPUs some reader loses its CPU
 * for longer now and then: that ends one flow's acceleration, and says nothing of the next. */
#define LOCK_PATIENCE_NS 1000000ULL
/* Each look takes about four microseconds, since the verifier follows every one. */
#define LOCK_LOOKS 500

/* Spins for about four microseconds. Returns the time at its end, in ns. */
__noinline __u64 spin(void)
{
	__u64 now = 0;
	for (int i = 0; i < 128; i++)
		now = bpf_ktime_get_ns();
	return now;
}

/* Whether the peer keeps its lock for longer than we wait. A sender has the lock of its own socket
 * in the verdict, so two ends that send at once would wait for each other. Who sees that the other
 * waits goes on: bpf_tcp_ingress() then waits until that one has left its verdict, which releases
 * its lock before it takes another. */
__noinline int stays_locked(__u64 peer, __u64 peer_in_wait)
{
	__u64 end = bpf_ktime_get_ns() + LOCK_PATIENCE_NS;
	for (int i = 0; i < LOCK_LOOKS; i++) {
		if (!READ_AS(struct sock, peer, sk_lock.owned) || (__u32)word_at(peer_in_wait))
			return false;
		if (spin() > end)
			break;
	}
	return true;
}

/* The address of the peer's conn.in_wait. */
static __always_inline __u64 peer_in_wait(struct conn *conn)
{
	return conn->peer_state + __builtin_offsetof(struct conn, in_wait) -
	       __builtin_offsetof(struct conn, retired);
}

/* Whether a redirect would have to wait too long. bpf_tcp_ingress() takes the peer's lock, which a
 * reader has while it copies. A reader whose memory faults has it for as long as it likes, and TCP
 * would not have its sender wait. */
static __always_inline bool is_locked(struct conn *conn, __u64 peer)
{
	if (!protects(LOCKED) || !READ_AS(struct sock, peer, sk_lock.owned))
		return false;
	*(volatile __u32 *)&conn->in_wait = 1;
	bool stays = stays_locked(peer, peer_in_wait(conn));
	*(volatile __u32 *)&conn->in_wait = 0;
	return stays;
}

#endif
