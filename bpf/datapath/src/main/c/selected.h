/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which sockets may join, by their addresses, their policies and their options. */
#ifndef PODWIRE_SELECTED_H
#define PODWIRE_SELECTED_H

#include "address.h"
#include "maps.h"

static __always_inline bool is_same(const struct address *a, const struct address *b)
{
	return a->word[0] == b->word[0] && a->word[1] == b->word[1] && a->word[2] == b->word[2] &&
	       a->word[3] == b->word[3];
}

static __always_inline bool is_loopback(struct address *a)
{
	if (a->word[0] || a->word[1])
		return false;
	if (a->word[2] == bpf_htonl(0xffff))
		return (a->word[3] & bpf_htonl(0xff000000)) == bpf_htonl(0x7f000000);
	return !a->word[2] && a->word[3] == bpf_htonl(1);
}

static __always_inline bool is_selected(struct address *a)
{
	struct prefix key = { .length = 128, .address = *a };
	__u32 *says = bpf_map_lookup_elem(&selection, &key);
	return says && *says == SELECTED;
}

/* Whether the local end is a selected pod's. A pod's loopback is selected through its namespace,
 * while the address that the namespace was found by is. */
static __always_inline bool is_ours(struct address *local, __u64 netns)
{
	if (!is_loopback(local))
		return is_selected(local);
	struct address *known = bpf_map_lookup_elem(&namespaces, &netns);
	if (!known || !netns)
		return false;
	struct address pod = *known;
	return is_selected(&pod);
}

/* Notes an address of the namespace, unless a selected one is known already. */
static __always_inline void learn_namespace(__u64 netns, struct address *local)
{
	struct address *known = bpf_map_lookup_elem(&namespaces, &netns);
	if (!is_loopback(local) && (!known || !is_selected(known)))
		bpf_map_update_elem(&namespaces, &netns, local, BPF_ANY);
}

/* Whether the client is on this node, as far as its address tells: otherwise an off-node host could
 * join two pods by relaying their sequence numbers. */
static __always_inline bool is_local_client(struct address *remote)
{
	return is_selected(remote) || is_loopback(remote) || bpf_map_lookup_elem(&nodes, remote);
}

/* The settings, where connections may join; else 0. */
static __always_inline struct settings *enabled_settings(void)
{
	struct settings *s = single(&settings);
	return s && s->state == ENABLED ? s : 0;
}

/* Whether the agent that kept a heartbeat does so no more. */
static __always_inline bool is_stale(void)
{
	__u64 *until = single(&heartbeat);
	return until && *until && bpf_ktime_get_ns() > *until;
}

/* Whether the policies of the pod that has this socket changed since. */
static __always_inline bool changed_since(__u64 tp, __u32 policy_epoch)
{
	struct address pod = local_address((struct sock_common *)tp);
	struct policy *policy = bpf_map_lookup_elem(&policies, &pod);
	return policy && (__s32)(policy->epoch - policy_epoch) > 0;
}

/* Whether the socket has a ULP, or an option that a joined socket would ignore; guard_options.h
 * refuses these to sockets that are joined. Kernels before the fixes of November 2025 crash on an
 * MPTCP subflow in a sockhash. */
static __always_inline bool has_refused_option(__u64 number)
{
	struct sock *sk = (void *)number;
	struct tcp_sock *tp = (void *)number;
	__u64 options = 1ULL << bpf_core_enum_value(enum sock_flags, SOCK_ZEROCOPY) |
			1ULL << bpf_core_enum_value(enum sock_flags, SOCK_RCVTSTAMP) |
			1ULL << bpf_core_enum_value(enum sock_flags, SOCK_URGINLINE);
	return READ(tp, inet_conn.icsk_ulp_ops) || READ_BITFIELD(sk, sk_tsflags) ||
	       READ(sk, __sk_common.skc_flags) & options || READ(sk, sk_peek_off) >= 0 ||
	       READ_BITFIELD(tp, recvmsg_inq) || READ_BITFIELD(tp, repair);
}

#endif
