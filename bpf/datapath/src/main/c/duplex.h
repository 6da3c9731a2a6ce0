/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Connections of which one thread reads while another writes (docs/datapath/blocked-readers.md). */
#ifndef PODWIRE_DUPLEX_H
#define PODWIRE_DUPLEX_H

#include "incompatible.h"
#include "leaving.h"
#include "reason.h"

/* Whether another thread sleeps in recv() on this socket. tcp_bpf_recvmsg() takes any wake-up for
 * data, and returns EAGAIN for the one that frees the send buffer once TCP holds the sender up. So
 * the reader must be plain TCP's before that: the peer redirects no more, this end leaves the
 * sockhash, and the peer's next bytes wake the reader natively. Until then this end goes on to
 * redirect, through the psock that the reader holds. Where no reader is asleep, this costs only the
 * look at a queue that is empty or has a single entry. */
static __always_inline bool reader_is_blocked(struct conn *conn)
{
	struct socket_wq *wq = READ_AS(struct sock, conn->tp, sk_wq);
	void *head = address_of(wq, struct socket_wq, wait.head);
	void *first = wq ? READ_AS(struct socket_wq, wq, wait.head.next) : head;
	if (first == head)
		return false;
	void *entry = object_of(first, struct wait_queue_entry, entry);
	struct kernel_facts *facts = single(&kernel_facts);
	if (facts &&
	    (__u64)READ_AS(struct wait_queue_entry, entry, func) == facts->functions[IN_RECV])
		return true;
	return READ_AS(struct list_head, first, next) != head && sleepers(conn->tp);
}

/* Notes which task reads at the other end, if one is asleep there when a message comes. It may wake
 * up meanwhile, and what is read of its entry then is anything, which would pass for a second
 * reader: so the entry has to be there still once the task was read. */
static __always_inline void note_reader(struct conn *conn, __u64 peer)
{
	struct socket_wq *wq = READ_AS(struct sock, peer, sk_wq);
	void *head = address_of(wq, struct socket_wq, wait.head);
	void *first = wq ? READ_AS(struct socket_wq, wq, wait.head.next) : head;
	if (first == head)
		return;
	struct wait_queue_entry *entry = object_of(first, struct wait_queue_entry, entry);
	__u64 waiter = (__u64)READ_AS(struct wait_queue_entry, entry, private);
	if (!waiter ||
	    waiter == conn->peer_waiter) /* the entry is an epoll's, or the same as before */
		return;
	__u64 function = (__u64)READ_AS(struct wait_queue_entry, entry, func);
	if (kind_of(function) == IN_RECV) {
		__u64 task = task_of(entry);
		if (!is_there(head, entry, function) || !(wish(task) & READER))
			return; /* it is looked at again when it sleeps in recv() next */
		if (conn->peer_reader != task)
			conn->peer_reader = conn->peer_reader ? MANY : task;
	}
	conn->peer_waiter = waiter;
}

/* Notes that another thread reads while this one writes, and sends the flow back to TCP. This is
 * looked at in the first messages of a flow, and whenever its backlog grows: in between the sender
 * is not near its limit, and every message would pay for the look. */
static __always_inline void detect_duplex(struct conn *conn)
{
	if (conn->duplex || !reader_is_blocked(conn))
		return;
	conn->duplex = 1;
	mark_incompatible(conn, RETIRED_DUPLEX);
	note_reason(&conn->parties, RETIRED_DUPLEX);
	hand_to_janitor(conn, conn->peer);
}

#endif
