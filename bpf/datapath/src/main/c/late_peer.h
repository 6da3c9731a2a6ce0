/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A server that joins later than its client's first message comes. */
#ifndef PODWIRE_LATE_PEER_H
#define PODWIRE_LATE_PEER_H

#include "maps.h"

/* Each of these looks takes some 200 ns. */
#define LATE_PEER_LOOKS 40

/* Spins for some 200 ns. Returns the time at its end. */
__noinline __u64 blink(void)
{
	__u64 now = 0;
	for (int i = 0; i < 6; i++)
		now = bpf_ktime_get_ns();
	return now;
}

/* Finds the peer in the rendezvous. The client's first message may overtake the server's join, so
 * it is waited for, a few microseconds at most. */
static __always_inline __u64 find_peer(struct conn *conn)
{
	struct rendezvous *rv = bpf_map_lookup_elem(&handshakes, &conn->self.handshake);
	__u64 peer = 0;
	for (int i = 0; rv && i < LATE_PEER_LOOKS; i++) {
		peer = *(volatile __u64 *)&rv->end[other_role(conn->self.role)];
		__u64 state = *(volatile __u64 *)&rv->state[other_role(conn->self.role)];
		/* They were stored in the other order, but arm64 may load the state before. */
		if (peer && state) {
			conn->peer_state = state;
			break;
		}
		peer = 0;
		blink();
	}
	bpf_map_delete_elem(&handshakes, &conn->self.handshake);
	conn->peer = peer;
	return peer;
}

#endif
