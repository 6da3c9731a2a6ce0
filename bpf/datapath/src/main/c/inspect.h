/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How many ends there are, and what each tells of itself. These are tc programs, because their type
 * may look sockets up in a sockhash; they are never attached, only test-run by who wants to know.
 * Reading changes nothing. */
#ifndef PODWIRE_INSPECT_H
#define PODWIRE_INSPECT_H

#include "address.h"
#include "leaving.h"
#include "incompatible.h"

/* Writes the record of an end into the packet. */
static __always_inline bool describe(struct conn *conn, struct __sk_buff *packet)
{
	struct sock_common *sk = (void *)conn->tp;
	struct unread unread = unread_in(conn->tp);
	struct flow_record record = {
		.self = conn->self,
		.retired = conn->retired,
		.local = local_address(sk),
		.remote = remote_address(sk),
		.local_port = READ(sk, skc_num),
		.remote_port = bpf_ntohs(READ(sk, skc_dport)),
		.netns = netns_of(sk),
		.container = container_of_socket((__u64)sk),
		.joined_at = conn->joined_at,
		.redirected = conn->redirected,
		.redirected_bytes = conn->redirected_bytes,
		.unread = unread.messages,
		.unread_bytes = unread.bytes,
		.shifted = conn->retired ? 0 : conn->shifted,
		.shifts = conn->shifts,
		.returns = conn->returns,
		.joining = conn->joining,
	};
	return !bpf_skb_store_bytes(packet, 0, &record, sizeof(record), 0);
}

/* Returns how many sockets the sockhash holds: who walks it pays for each. */
SEC("tc") int count_ends(struct __sk_buff *packet)
{
	return ((struct bpf_shtab *)&flows)->count.counter;
}

/* The packet begins with a flow_key, and leaves as a flow_record. Returns 0 where the end is in the
 * sockhash, and described. (An iterator over the socket storage would need no keys, but some
 * hardened kernels refuse those.) */
SEC("tc") int describe_end(struct __sk_buff *packet)
{
	struct flow_key key;
	if (bpf_skb_load_bytes(packet, 0, &key, sizeof(key)))
		return 1;
	struct bpf_sock *sk = bpf_map_lookup_elem(&flows, &key);
	if (!sk)
		return 1;
	struct conn *conn = bpf_sk_storage_get(&conns, sk, 0, 0);
	bool described = conn && describe(conn, packet);
	bpf_sk_release(sk);
	return !described;
}

#endif
