/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The addresses of a socket and of its peer, and its network namespace. */
#ifndef PODWIRE_ADDRESS_H
#define PODWIRE_ADDRESS_H

#include "flow.h"
#include "kernel.h"

static __always_inline struct address mapped(__u32 ip4)
{
	return (struct address){ { 0, 0, bpf_htonl(0xffff), ip4 } };
}

/* An address of a socket, by the names that sock_common has for it in IPv4 and in IPv6. */
#define ADDRESS(sk, ip4, ip6)                                                                      \
	(READ_AS(struct sock_common, sk, skc_family) == AF_INET                                    \
		 ? mapped(READ_AS(struct sock_common, sk, ip4))                                    \
		 : (struct address){                                                               \
			   { READ_AS(struct sock_common, sk, ip6.in6_u.u6_addr32[0]),              \
			     READ_AS(struct sock_common, sk, ip6.in6_u.u6_addr32[1]),              \
			     READ_AS(struct sock_common, sk, ip6.in6_u.u6_addr32[2]),              \
			     READ_AS(struct sock_common, sk, ip6.in6_u.u6_addr32[3]) } })

static __always_inline struct address local_address(struct sock_common *sk)
{
	return ADDRESS(sk, skc_rcv_saddr, skc_v6_rcv_saddr);
}

static __always_inline struct address remote_address(struct sock_common *sk)
{
	return ADDRESS(sk, skc_daddr, skc_v6_daddr);
}

/* The cookie of the socket's network namespace. Before 5.12 not every namespace has one, so the
 * inode number serves, which another namespace may have later. */
static __always_inline __u64 netns_of(struct sock_common *sk)
{
	struct net *net = READ_AS(struct sock_common, sk, skc_net.net);
#if OLDEST >= 515
	return READ_AS(struct net, net, net_cookie);
#else
	return READ_AS(struct net, net, ns.inum);
#endif
}

#endif
