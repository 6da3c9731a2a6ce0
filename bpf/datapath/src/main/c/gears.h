/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A direction need not be given up for an obstacle that passes. It shifts: its messages go by TCP,
 * and both ends stay in the sockhash. A reader takes what was redirected before TCP's bytes. So the
 * order of bytes is kept if nothing is redirected again until the reader has taken the last byte
 * that TCP was given (docs/datapath/gears-and-returns.md). */
#ifndef PODWIRE_GEARS_H
#define PODWIRE_GEARS_H

#include "wait_queue.h"

#define EPOLLET (1U << 31)
/* A message that passes costs more than one of a socket that left. So a direction owes a unit for
 * each 4 KiB of it or a part of that, and pays four times as fast with what is redirected again. It
 * retires with more debt than this: its reader never catches up, or has a file with a second owner.
 * Who corks a message as a rule corks the next one too, so a corked message owes more. Small
 * messages that outrun their reader TCP would send many at a time: over loopback three times as
 * fast. So each of those that wait then owes, too. */
#define MAX_DEBT    16384
#define PAID_BACK   4
#define OF_CORKED   1024
#define OF_SMALL    64
#define DEBT(bytes) (1 + (bytes) / 4096)

/* Whether directions shift instead of being retired. Before 5.17 tcp_recvmsg() gave the lock away
 * with bytes copied, and before 6.1 nobody wakes a reader that becomes edge-triggered later. */
static __always_inline bool gears_in_force(struct settings *s)
{
#if OLDEST < 515
	return false;
#elif OLDEST < 602
	if (LINUX_KERNEL_VERSION < KERNEL_VERSION(6, 1, 0))
		return false;
#endif
	struct kernel_facts *facts = s->gears == GEARS_AUTO ? single(&kernel_facts) : 0;
	return facts ? facts->counts_both : s->gears == GEARS_ON;
}

/* The counter of a shift for a reason to retire, where the obstacle passes; else 0. */
static __always_inline __u32 shift_for(__u32 reason)
{
	switch (reason) {
	case RETIRED_BACKLOG_BYTES:
		return SHIFTED_BACKLOG_BYTES;
	case RETIRED_BACKLOG_MESSAGES:
		return SHIFTED_BACKLOG_MESSAGES;
	case RETIRED_BULK:
		return SHIFTED_BULK;
	case RETIRED_MEMORY:
		return SHIFTED_MEMORY;
	case RETIRED_RCVLOWAT:
		return SHIFTED_RCVLOWAT;
	case RETIRED_SEQUENCE:
		return SHIFTED_SEQUENCE;
	case RETIRED_LOCKED:
		return SHIFTED_LOCKED;
	case RETIRED_CORK:
		return SHIFTED_CORK;
	}
	return 0;
}

/* Whether this entry of a wait queue is an edge-triggered epoll's. A function of its own, so that
 * the verifier looks at it once and not for each turn of a loop. */
__noinline int waits_for_edge(__u64 wait_queue_entry)
{
	struct eppoll_entry *in_epoll =
		object_of((struct wait_queue_entry *)wait_queue_entry, struct eppoll_entry, wait);
	return (READ(in_epoll, base, event.events) & EPOLLET) != 0;
}

/* Whether somebody is told only of what is new on the socket. TCP's bytes would spend that edge
 * while he reads what was redirected, so such a socket has to leave (waking.h). */
__noinline int is_edge_triggered(__u64 tp)
{
	struct socket_wq *wq = READ((struct sock *)tp, sk_wq);
	struct list_head *head = address_of(wq, struct socket_wq, wait.head);
	struct list_head *n = wq ? next_of(head) : 0;

	for (int i = 0; i < MAX_WAITERS && n && n != head; i++) {
		struct wait_queue_entry *entry = object_of(n, struct wait_queue_entry, entry);
		if (kind_of((__u64)READ(entry, func)) == IN_EPOLL && waits_for_edge((__u64)entry))
			return true;
		n = next_of(n);
	}
	return false;
}

/* Whether the application chose the receive buffer by SO_RCVBUF. TCP cannot make room there beside
 * what is redirected, and is slow with what is left. */
static __always_inline bool has_chosen_buffer(__u64 tp)
{
	struct sock *sk = (void *)tp;
	return READ_BITFIELD(sk, sk_userlocks) & SOCK_RCVBUF_LOCK;
}

/* Whether the peer has read every byte that TCP was given. A reader has the socket's lock from
 * before it moves copied_seq until it has returned or is on the wait queue. So whoever moved it is
 * seen by the lock now, or by the queue from now on. */
static __always_inline bool has_read_all(__u64 tp, __u64 peer)
{
	__u32 fence = 0;
	if (READ_AS(struct tcp_sock, tp, write_seq) != READ_AS(struct tcp_sock, peer, copied_seq))
		return false;
	load_barrier(&fence);
	return !READ_AS(struct sock, peer, sk_lock.owned);
}

/* Whether none of the peer's threads is inside TCP's own recv(), or can get there before TCP is
 * given more: what is redirected would not wake it. To be asked after has_read_all(). */
__noinline int reads_from_psock(__u64 peer)
{
	__u32 fence = 0;
	struct tcp_sock *sk = (void *)peer;
	struct sock *reader = (void *)peer;

	load_barrier(&fence);
	if (wishes(peer) & READERS)
		return false;
	int asleep = sleepers(peer), waiting = waiters_with_file(peer);
	int inside = threads_in_psock(peer);
	load_barrier(&fence);
	long files = file_references(peer);
	load_barrier(&fence);
	int still_inside = threads_in_psock(peer), still_waiting = waiters_with_file(peer);
	/* Every thread asleep must sleep in the psock, to which it holds a reference then. */
	if (asleep > (inside < still_inside ? inside : still_inside))
		return false;
	/* With as many files as waiters no thread is between its look at TCP's queue and the lock.
	 */
	if (files > 1 + (waiting < still_waiting ? waiting : still_waiting))
		return false;
	return !READ(sk, urg_data) && READ(reader, sk_rcvlowat) <= 1 &&
	       !READ(reader, sk_lock.owned);
}

#endif
