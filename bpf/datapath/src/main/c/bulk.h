/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bulk to a reader that sleeps between messages. Each redirected message wakes that reader, which
 * takes it and sleeps again: two switches of the task a message, or an interrupt of another CPU.
 * What it reads from TCP opens the window, and brings it the next messages while it runs. So TCP
 * carries bulk to it with less of both, unless it is paced (docs/datapath/backlog.md). */
#ifndef PODWIRE_BULK_H
#define PODWIRE_BULK_H

#include "gears.h"
#include "peer.h"

/* One part in this many of the bytes that may be unread is bulk if it is sent without an answer. */
#define BULK_PART 4

/* Whether a task sleeps in recv() by this entry of a wait queue, or in epoll_wait() for an edge.
 * Another reader is not woken for each message. */
static __always_inline bool wakes_each_time(struct wait_queue_entry *entry)
{
	__u32 kind = kind_of((__u64)READ_AS(struct wait_queue_entry, entry, func));
	if (kind != IN_EPOLL)
		return kind == IN_RECV;
	if (!waits_for_edge((__u64)entry))
		return false;
	struct eppoll_entry *in_epoll = object_of(entry, struct eppoll_entry, wait);
	struct eventpoll *epoll = READ(in_epoll, base, ep);
	struct list_head *head = address_of(epoll, struct eventpoll, wq.head);
	return epoll && READ_AS(struct eventpoll, epoll, wq.head.next) != head;
}

/* `before` and these `size` bytes where such a reader sleeps; 0 where another one does; `before`
 * where nobody sleeps. */
__noinline __u32 found_asleep(__u64 peer, __u32 before, __u32 size)
{
	struct socket_wq *wq = READ_AS(struct sock, peer, sk_wq);
	struct list_head *head = address_of(wq, struct socket_wq, wait.head);
	struct list_head *first = wq ? next_of(head) : head;
	if (first == head)
		return before;
	bool each_time = wakes_each_time(object_of(first, struct wait_queue_entry, entry));
	return each_time ? before + size : 0;
}

/* Whether a message is bulk that TCP carries better. To be asked when a large one finds the peer's
 * queue empty, so that TCP begins with a reader that has caught up: with one that is late it makes
 * its receive buffer as large as it may, and what waits in that is out of the CPU's caches. */
static __always_inline bool is_bulk(struct conn *conn, struct settings *s, __u64 peer, __u32 size)
{
	if (READ_AS(struct sock, conn->tp, sk_pacing_status))
		return false;
	__u32 answers = PEER_WORD(conn, messages);
	if (answers != conn->answers) {
		conn->answers = answers;
		conn->unanswered = 0;
	}
	__u32 bulk = s->max_backlog_bytes / BULK_PART;
	if (conn->unanswered <= bulk)
		conn->unanswered = found_asleep(peer, conn->unanswered, size);
	return conn->unanswered > bulk;
}

#endif
