// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Another owner of sockets, as tracing agents and meshes are: puts every outgoing connection into a
 * sockhash of its own when it is established, or in a walk over those that are open, and passes
 * their bytes as they are. For OtherOwnersTest. */
#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#define EBUSY		16
#define TCP_ESTABLISHED 1

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 65536);
	__uint(key_size, sizeof(__u64)); /* the socket's cookie */
	__uint(value_size, sizeof(__u32));
} enrolled SEC(".maps");

enum outcome {
	TAKEN,
	BUSY, /* another program has the socket */
	FAILED,
	OUTCOMES,
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, OUTCOMES);
	__type(key, __u32);
	__type(value, __u64);
} outcomes SEC(".maps");

static __always_inline void count(long error)
{
	__u32 outcome = !error ? TAKEN : error == -EBUSY ? BUSY : FAILED;
	__u64 one = 1;
	if (bpf_map_update_elem(&outcomes, &outcome, &one, BPF_NOEXIST)) {
		__u64 *seen = bpf_map_lookup_elem(&outcomes, &outcome);
		if (seen)
			__sync_fetch_and_add(seen, 1);
	}
}

SEC("sockops") int enrol_new(struct bpf_sock_ops *ctx)
{
	if (ctx->op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
		return 1;
	__u64 cookie = bpf_get_socket_cookie(ctx);
	count(bpf_sock_hash_update(ctx, &enrolled, &cookie, BPF_ANY));
	return 1;
}

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sock_common {
	volatile unsigned char skc_state;
};

struct bpf_iter__tcp {
	struct sock_common *sk_common;
};

#pragma clang attribute pop

SEC("iter/tcp") int enrol_open(struct bpf_iter__tcp *ctx)
{
	struct sock_common *sk = ctx->sk_common;
	if (!sk || sk->skc_state != TCP_ESTABLISHED)
		return 0;
	__u64 cookie = bpf_get_socket_cookie(sk);
	count(bpf_map_update_elem(&enrolled, &cookie, sk, BPF_NOEXIST));
	return 0;
}

SEC("sk_msg") int pass_messages(struct sk_msg_md *msg)
{
	return SK_PASS;
}

SEC("sk_skb/stream_verdict") int pass_received(struct __sk_buff *skb)
{
	return SK_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
