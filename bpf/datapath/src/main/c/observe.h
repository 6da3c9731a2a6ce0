/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a node would gain: connections that pair, and stay plain TCP's (docs/datapath/observing.md).
 * Nothing of them is looked at while they live. What each end received TCP counts anyway. */
#ifndef PODWIRE_OBSERVE_H
#define PODWIRE_OBSERVE_H

#include "maps.h"

/* Of the segments of a direction with large messages, those that are not full ones are this part of
 * one, the inverse of it: most are small messages between the large ones. */
#define PART_OF_FULL 8

/* The messages that an end received, as estimated. TCP notes the largest segment: where that is no
 * full one, each segment was a message. Else only those that are not full end one, and there are as
 * many of them as the bytes are short of full segments. */
static __always_inline __u64 messages_to(__u64 tp)
{
	__u64 segments = READ_AS(struct tcp_sock, tp, data_segs_in);
	__u64 bytes = READ_AS(struct tcp_sock, tp, bytes_received);
	__u32 full = READ_AS(struct tcp_sock, tp, mss_cache);
	if (!full || READ_AS(struct tcp_sock, tp, inet_conn.icsk_ack.rcv_mss) < full)
		return segments;
	__u64 filled = bytes / full;
	if (filled >= segments)
		return segments != 0;
	__u64 messages = (segments - filled) * PART_OF_FULL / (PART_OF_FULL - 1);
	return messages < segments ? messages : segments;
}

/* An end of a pair is established, and stays TCP's. */
static __always_inline void observe(struct bpf_sock_ops *ctx, __u64 tp, __u32 role,
				    struct rendezvous *rv)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);
	struct observation observation = { tp, bpf_ktime_get_ns(), rv->parties, role, 0 };
	rv->observed = 1;
	if (role == CLIENT)
		count(OBSERVED);
	bpf_map_update_elem(&observed, &cookie, &observation, BPF_ANY);
	bpf_sock_ops_cb_flags_set(ctx, ctx->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG);
}

/* An end closes that did not join. */
static __always_inline void observed_end(struct bpf_sock_ops *ctx)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);
	struct observation *end = bpf_map_lookup_elem(&observed, &cookie);
	struct settings *s = single(&settings);
	if (!end || !s)
		return;
	/* Both ends know how many segments went either way, and agree. */
	if (READ_AS(struct tcp_sock, end->tp, data_segs_in) +
		    READ_AS(struct tcp_sock, end->tp, data_segs_out) >=
	    s->break_even_messages) {
		add(OBSERVED_MESSAGES, messages_to(end->tp));
		add(OBSERVED_BYTES, READ_AS(struct tcp_sock, end->tp, bytes_received));
	} else if (end->role == CLIENT) {
		count(OBSERVED_SHORT);
	}
	bpf_map_delete_elem(&observed, &cookie);
}

/* The packet begins with the cookie of a socket that is observed, and leaves as an
 * observed_record. Returns 0 where the socket was open still after it was described. */
SEC("tc") int describe_observed(struct __sk_buff *packet)
{
	__u64 cookie;
	if (bpf_skb_load_bytes(packet, 0, &cookie, sizeof(cookie)))
		return 1;
	struct observation *end = bpf_map_lookup_elem(&observed, &cookie);
	if (!end)
		return 1;
	struct observed_record record = {
		.since = end->since,
		.parties = end->parties,
		.role = end->role,
		.messages = messages_to(end->tp),
		.bytes = READ_AS(struct tcp_sock, end->tp, bytes_received),
	};
	if (!bpf_map_lookup_elem(&observed, &cookie))
		return 1;
	return bpf_skb_store_bytes(packet, 0, &record, sizeof(record), 0) != 0;
}

#endif
