// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Writes one flow_record for each end that has a psock, which it has in the sockhash, and while a
 * thread sleeps on it. An iterator over the socket storage; reading it changes nothing. */
#include "address.h"
#include "leaving.h"
#include "remember.h"

SEC("iter/bpf_sk_storage_map") int list_flows(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct sock_common *sk = (void *)ctx->sk;
	struct conn *conn = ctx->value;
	if (!sk || !conn)
		return 0;
	struct sk_psock *psock = psock_of(conn->tp);
	if (!psock)
		return 0;
	struct unread unread = unread_in(psock);
	struct flow_record record = {
		.self = conn->self,
		.retired = conn->retired,
		.local = local_address(sk),
		.remote = remote_address(sk),
		.local_port = BPF_CORE_READ(sk, skc_num),
		.remote_port = bpf_ntohs(BPF_CORE_READ(sk, skc_dport)),
		.netns = netns_of(sk),
		.container = container_of_socket((__u64)sk),
		.joined_at = conn->joined_at,
		.redirected = conn->redirected,
		.redirected_bytes = conn->redirected_bytes,
		.unread = unread.messages,
		.unread_bytes = unread.bytes,
	};
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}
