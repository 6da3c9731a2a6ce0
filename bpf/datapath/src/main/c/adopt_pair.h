/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The two sockets of one connection, as the adopting iterator finds them. */
#ifndef PODWIRE_ADOPT_PAIR_H
#define PODWIRE_ADOPT_PAIR_H

#include "address.h"
#include "peer.h"

static __always_inline struct isns isns_of(__u64 tp)
{
	struct tcp_sock *sk = (void *)tp;
	return (struct isns){
		READ(sk, rcv_nxt) - (__u32)READ(sk, bytes_received) - 1,
		READ(sk, snd_una) - (__u32)READ(sk, bytes_acked),
	};
}

/* Whether every byte that either end was given was read by the other: none is on its way or
 * unread. */
__noinline int is_drained(__u64 a, __u64 b)
{
	struct tcp_sock *one = (void *)a, *another = (void *)b;
	return READ(one, write_seq) == READ(another, copied_seq) &&
	       READ(another, write_seq) == READ(one, copied_seq);
}

/* The two sockets of a connection, one of which is visited. */
struct pair {
	__u64 own, peer;       /* addresses of the tcp_socks */
	__u64 peer_state;      /* address of the peer's conn.retired */
	struct handshake isns; /* of the client and the server */
	__u32 role;	       /* enum role of the end that is visited */
	__u64 began;	       /* ns, monotonic: when the enrolment of a client's end began */
};

/* Finds the other end of the visited socket, and fills in what `pair` says of both. Returns 0 where
 * that end was seen neither in this walk nor in the last. */
static __always_inline struct candidate *other_end(struct isns *own, __u32 pass, struct pair *pair)
{
	struct isns key = { own->local, own->remote + 1 };
	struct candidate *found = bpf_map_lookup_elem(&candidates, &key);
	pair->role = CLIENT;
	pair->isns = (struct handshake){ own->local, own->remote };
	if (!found) {
		key = (struct isns){ own->local - 1, own->remote };
		found = bpf_map_lookup_elem(&candidates, &key);
		pair->role = SERVER;
		pair->isns = (struct handshake){ own->remote, own->local - 1 };
	}
	if (!found || found->pass + 1 < pass)
		return 0;
	struct isns again = isns_of(found->tp); /* the other end may have been closed since */
	return again.remote == key.remote && again.local == key.local ? found : 0;
}

static __always_inline struct parties parties_of(struct sock_common *client,
						 struct sock_common *server)
{
	struct parties parties = {};
	parties.listener.netns = netns_of(server);
	parties.listener.address = local_address(server);
	parties.listener.port = READ_AS(struct sock_common, server, skc_num);
	parties.client = local_address(client);
	return parties;
}

static __always_inline bool left_before(struct conn *conn, struct pair *pair)
{
	return conn->retired && (conn->proven || (__u32)WORD_OF(pair->peer_state, proven));
}

#endif
