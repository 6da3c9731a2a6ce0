/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who needed what a joined socket cannot keep: it does not happen to them again. */
#ifndef PODWIRE_REMEMBER_H
#define PODWIRE_REMEMBER_H

#include "maps.h"

/* Connections of this client to this listener. */
static __always_inline void remember(struct conn *conn)
{
	__u32 yes = 1;
	struct parties parties = conn->parties; /* a key is on the stack before 6.2 */
	bpf_map_update_elem(&remembered, &parties, &yes, BPF_ANY);
}

/* The cgroup that the socket was made in; 0 where net_cls or net_prio took its place in the socket.
 */
static __always_inline __u64 container_of_socket(__u64 sk)
{
	struct sock_cgroup_data *data = address_of((struct sock *)sk, struct sock, sk_cgrp_data);
	if (bpf_core_field_exists(data->cgroup))
		return BPF_CORE_READ(data, cgroup, kn, id);
	struct sock_cgroup_data___before_5_15 *older = (void *)data;
	__u64 cgroup = BPF_CORE_READ(older, val);
	return cgroup & 3 ? 0 : BPF_CORE_READ((struct cgroup *)cgroup, kn, id);
}

/* All later connections of the container that has this socket. */
static __always_inline void remember_container(__u64 sk, __u32 why)
{
	__u64 container = container_of_socket(sk);
	if (container)
		bpf_map_update_elem(&containers, &container, &why, BPF_ANY);
}

static __always_inline bool is_remembered_container(__u64 sk)
{
	__u64 container = container_of_socket(sk);
	return bpf_map_lookup_elem(&containers, &container);
}

#endif
