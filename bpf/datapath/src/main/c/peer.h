/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an end knows of the other end of its connection, and reads in that one's conn. */
#ifndef PODWIRE_PEER_H
#define PODWIRE_PEER_H

#include "maps.h"

/* The sequence number of the first payload byte that an end of a handshake receives. */
static __always_inline __u32 first_received(struct flow_key *end)
{
	return (end->role == CLIENT ? end->handshake.server_isn : end->handshake.client_isn) + 1;
}

/* Eight bytes that begin with a field of the conn whose `retired` is at this address. */
#define WORD_OF(state, field)                                                                      \
	word_at((state) + __builtin_offsetof(struct conn, field) -                                 \
		__builtin_offsetof(struct conn, retired))

/* Eight bytes that begin with a field of the peer's conn. */
#define PEER_WORD(conn, field) WORD_OF((conn)->peer_state, field)

/* The peer's conn.begin. A peer that this end does not know yet joined by its handshake. */
static __always_inline __u64 begin_of_peer(struct conn *conn)
{
	struct flow_key peer = conn->peer_key;
	return conn->peer_state ? PEER_WORD(conn, begin) : first_received(&peer);
}

/* The address of the only task that the peer's verdicts saw asleep in our recv(); or MANY, or 0. */
static __always_inline __u64 own_reader(struct conn *conn)
{
	if (!conn->peer_state)
		return 0;
	return PEER_WORD(conn, peer_reader);
}

/* The peer's conn.retired, and in the upper half its conn.duplex: on a little-endian machine. */
static __always_inline __u64 peer_word(struct conn *conn)
{
	return word_at(conn->peer_state);
}

/* The address of the peer's tcp_sock; 0 where it is not known. */
static __always_inline __u64 peer_of(struct conn *conn)
{
	struct handshake handshake = conn->self.handshake;
	struct rendezvous *rv = conn->peer ? 0 : bpf_map_lookup_elem(&handshakes, &handshake);
	return rv ? rv->end[other_role(conn->self.role)] : conn->peer;
}

#endif
