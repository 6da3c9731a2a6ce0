/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who waits on a socket of the loader's own. By this the loader finds out, with no other right than
 * to run a program, what /proc/kallsyms would not tell an agent: the function that each kind of
 * waiter has in a wait queue; and whether the flags of a sleeping thread's system call are found.
 * It is a tc program that is never attached, only test-run, on a packet that begins with a
 * waiter_record. */
#ifndef PODWIRE_WAITERS_H
#define PODWIRE_WAITERS_H

#include "wait_queue.h"

static __always_inline void describe_first(struct waiter_record *record, __u64 sk)
{
	struct socket_wq *wq = READ_AS(struct sock, sk, sk_wq);
	struct list_head *head = address_of(wq, struct socket_wq, wait.head);
	struct list_head *first = wq ? READ_AS(struct socket_wq, wq, wait.head.next) : head;
	struct list_head *n = first;
	record->waiters = 0;
	for (int i = 0; i < MAX_WAITERS && n && n != head; i++) {
		record->waiters++;
		n = READ_AS(struct list_head, n, next);
	}
	if (!record->waiters)
		return;
	struct wait_queue_entry *entry = object_of(first, struct wait_queue_entry, entry);
	record->function = (__u64)READ_AS(struct wait_queue_entry, entry, func);
	record->flags = receive_flags(task_of(entry));
}

/* Returns 0 where there is such a socket, and the packet describes it. */
SEC("tc") int describe_waiters(struct __sk_buff *packet)
{
	struct waiter_record record;
	if (!protects(LEARNING))
		return 1;
	if (bpf_skb_load_bytes(packet, 0, &record, sizeof(record)))
		return 1;
	struct bpf_sock_tuple tuple = { .ipv4 = { .saddr = record.remote,
						  .daddr = record.local,
						  .sport = record.remote_port,
						  .dport = record.local_port } };
	struct bpf_sock *sk =
		bpf_sk_lookup_tcp(packet, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return 1;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	__u64 number = word_at((__u64)&tp); /* for the verifier it is no pointer */
	bpf_sk_release(sk);
	if (!number)
		return 1;
	describe_first(&record, number);
	return bpf_skb_store_bytes(packet, 0, &record, sizeof(record), 0) != 0;
}

#endif
