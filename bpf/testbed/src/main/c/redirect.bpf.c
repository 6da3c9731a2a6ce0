// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Takes packets that a pod sends straight into another pod of the node, past the node's network
 * stack: at the ingress of the sender's veth, by the node's routes and neighbours. What those do
 * not know goes on to the stack. For the testbed; docs/bench.md says what Cilium does beyond it. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define AF_INET	 2
#define AF_INET6 10

struct packet4 {
	struct ethhdr eth;
	struct iphdr ip;
} __attribute__((packed));

struct packet6 {
	struct ethhdr eth;
	struct ipv6hdr ip;
} __attribute__((packed));

SEC("tc") int redirect(struct __sk_buff *skb)
{
	struct bpf_fib_lookup route = { .ifindex = skb->ifindex };
	struct packet4 *v4 = (void *)(long)skb->data;
	struct packet6 *v6 = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;

	if (skb->protocol == bpf_htons(ETH_P_IP) && (void *)(v4 + 1) <= end) {
		route.family = AF_INET;
		route.ipv4_src = v4->ip.saddr;
		route.ipv4_dst = v4->ip.daddr;
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6) && (void *)(v6 + 1) <= end) {
		route.family = AF_INET6;
		__builtin_memcpy(route.ipv6_src, &v6->ip.saddr, sizeof(route.ipv6_src));
		__builtin_memcpy(route.ipv6_dst, &v6->ip.daddr, sizeof(route.ipv6_dst));
	} else {
		return TC_ACT_OK;
	}
	if (bpf_fib_lookup(skb, &route, sizeof(route), 0) != BPF_FIB_LKUP_RET_SUCCESS)
		return TC_ACT_OK;
	__builtin_memcpy(v4->eth.h_dest, route.dmac, ETH_ALEN);
	__builtin_memcpy(v4->eth.h_source, route.smac, ETH_ALEN);
	return bpf_redirect_peer(route.ifindex, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
