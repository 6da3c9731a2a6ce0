/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bulk to a reader that shares the sender's CPU. Each redirected message wakes that reader, which
 * takes it and sleeps again: two switches of the task a message. What it reads from TCP opens the
 * window, and brings it the next messages while it has the CPU. So TCP carries bulk there with an
 * eighth of the switches, unless it paces what it sends (docs/datapath/backlog.md). */
#ifndef PODWIRE_BULK_H
#define PODWIRE_BULK_H

#include "gears.h"
#include "peer.h"

/* One part in this many of the bytes that may be unread is bulk if it is sent without an answer. */
#define BULK_PART 4

/* The task that sleeps in recv() by this entry of a wait queue, or in epoll_wait() for an edge;
 * else 0. Another reader is not switched to for each message. */
static __always_inline __u64 reader_of(struct wait_queue_entry *entry)
{
	__u32 kind = kind_of((__u64)READ_FAST(struct wait_queue_entry, entry, func));
	if (kind == IN_RECV)
		return (__u64)READ_FAST(struct wait_queue_entry, entry, private);
	if (kind != IN_EPOLL)
		return 0;
	struct eppoll_entry *in_epoll = object_of(entry, struct eppoll_entry, wait);
	struct epitem *item = READ_FAST(struct eppoll_entry, in_epoll, base);
	if (!item || !(READ_FAST(struct epitem, item, event.events) & EPOLLET))
		return 0;
	struct eventpoll *epoll = READ_FAST(struct epitem, item, ep);
	struct list_head *head = address_of(epoll, struct eventpoll, wq.head);
	struct list_head *n = epoll ? READ_FAST(struct eventpoll, epoll, wq.head.next) : head;
	if (n == head)
		return 0;
	entry = object_of(n, struct wait_queue_entry, entry);
	return (__u64)READ_FAST(struct wait_queue_entry, entry, private);
}

/* `before` and these `size` bytes where such a reader sleeps that had this CPU last; 0 where
 * another one sleeps, or had another CPU; `before` where nobody sleeps. */
__noinline __u32 found_asleep_here(__u64 peer, __u32 before, __u32 size)
{
	struct socket_wq *wq = READ_FAST(struct sock, peer, sk_wq);
	struct list_head *head = address_of(wq, struct socket_wq, wait.head);
	struct list_head *first = wq ? READ_FAST(struct socket_wq, wq, wait.head.next) : head;
	if (first == head || !bpf_core_field_exists(struct task_struct, thread_info.cpu))
		return before;
	__u64 task = reader_of(object_of(first, struct wait_queue_entry, entry));
	if (!task ||
	    READ_FAST(struct task_struct, task, thread_info.cpu) != bpf_get_smp_processor_id())
		return 0;
	return before + size;
}

/* Whether a message is bulk that TCP carries better. To be asked when a large one finds the peer's
 * queue empty, so that TCP begins with a reader that has caught up: with one that is late it makes
 * its receive buffer as large as it may, and what waits in that is out of the CPU's caches. */
static __always_inline bool is_bulk_here(struct conn *conn, struct settings *s, __u64 peer,
					 __u32 size)
{
	if (READ_FAST(struct sock, conn->tp, sk_pacing_status))
		return false;
	__u32 answers = PEER_WORD(conn, messages);
	if (answers != conn->answers) {
		conn->answers = answers;
		conn->unanswered = 0;
	}
	__u32 bulk = s->max_backlog_bytes / BULK_PART;
	if (conn->unanswered <= bulk)
		conn->unanswered = found_asleep_here(peer, conn->unanswered, size);
	return conn->unanswered > bulk;
}

#endif
