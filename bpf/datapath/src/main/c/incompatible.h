/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who needed what a joined socket cannot keep: a client and a listener, or a container. Their later
 * connections do not join for INCOMPATIBLE_NS after the last time. */
#ifndef PODWIRE_INCOMPATIBLE_H
#define PODWIRE_INCOMPATIBLE_H

#include "maps.h"

/* Whether the map has this key, since not too long ago. Forgets it otherwise. */
static __always_inline bool is_incompatible_in(void *map, void *key)
{
	struct incompatibility *found = bpf_map_lookup_elem(map, key);
	if (!found)
		return false;
	if ((__s64)(bpf_ktime_get_ns() - found->at) < INCOMPATIBLE_NS)
		return true;
	bpf_map_delete_elem(map, key);
	return false;
}

/* Keeps later connections of this client to this listener out, for a reason that is an enum
 * counter. */
static __always_inline void mark_incompatible(struct conn *conn, __u32 why)
{
	struct incompatibility seen = { .at = bpf_ktime_get_ns(), .why = why };
	struct parties parties = conn->parties; /* before 6.2 the key has to be on the stack */
	bpf_map_update_elem(&incompatible_parties, &parties, &seen, BPF_ANY);
}

static __always_inline bool are_incompatible(struct parties *parties)
{
	return is_incompatible_in(&incompatible_parties, parties);
}

/* The id of the cgroup that the socket was made in; 0 where net_cls or net_prio took its place in
 * the socket. */
static __always_inline __u64 container_of_socket(__u64 sk)
{
	struct sock_cgroup_data *data = address_of((struct sock *)sk, struct sock, sk_cgrp_data);
	if (bpf_core_field_exists(data->cgroup))
		return READ(data, cgroup, kn, id);
	struct sock_cgroup_data___before_5_15 *older = (void *)data;
	__u64 cgroup = READ(older, val);
	return cgroup & 3 ? 0 : READ((struct cgroup *)cgroup, kn, id);
}

/* Keeps all later connections of the container out that has this socket. */
static __always_inline void mark_container_incompatible(__u64 sk, __u32 why)
{
	struct incompatibility seen = { .at = bpf_ktime_get_ns(), .why = why };
	__u64 container = container_of_socket(sk);
	if (container)
		bpf_map_update_elem(&incompatible_containers, &container, &seen, BPF_ANY);
}

static __always_inline bool is_container_incompatible(__u64 sk)
{
	__u64 container = container_of_socket(sk);
	return is_incompatible_in(&incompatible_containers, &container);
}

#endif
