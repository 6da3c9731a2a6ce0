/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the threads that read a socket are, while the adopting iterator has its lock. */
#ifndef PODWIRE_ADOPT_READERS_H
#define PODWIRE_ADOPT_READERS_H

#include "gears.h"

/* Where the readers of a socket are while its lock is taken. */
enum readers {
	UNKNOWN,
	ELSEWHERE,   /* no thread is in tcp_recvmsg(), nor on its way there */
	NATIVE_ONCE, /* one thread may be, and no other; who comes after it reads from the psock */
};

/* Who may be told of the socket by this entry of its wait queue: in the lower half the number of
 * threads, in the upper half whether it is an epoll that nobody sleeps in. A function of its own,
 * so that the verifier looks at it once and not for each turn of a loop. */
__noinline __u64 who_polls(__u64 wait_queue_entry)
{
	struct wait_queue_entry *entry = (void *)wait_queue_entry;
	__u32 kind = kind_of((__u64)READ(entry, func));
	if (kind != IN_EPOLL)
		return kind == IN_POLL;
	struct eppoll_entry *in_epoll = object_of(entry, struct eppoll_entry, wait);
	struct eventpoll *epoll = READ(in_epoll, base, ep);
	struct list_head *head = address_of(epoll, struct eventpoll, wq.head);
	return epoll && READ(epoll, wq.head.next) != head ? 1 : 1ULL << 32;
}

static __always_inline __u64 all_who_poll(__u64 tp)
{
	struct socket_wq *wq = READ((struct sock *)tp, sk_wq);
	struct list_head *head = address_of(wq, struct socket_wq, wait.head);
	struct list_head *n = wq ? next_of(head) : 0;
	__u64 found = 0;

	for (int i = 0; i < MAX_WAITERS && n && n != head; i++) {
		found += who_polls((__u64)object_of(n, struct wait_queue_entry, entry));
		n = next_of(n);
	}
	return found;
}

/* Whether FIONREAD counts TCP's bytes in an enrolled socket. */
static __always_inline bool counts_both(void)
{
	struct kernel_facts *facts = single(&kernel_facts);
	return facts && facts->counts_both;
}

/* Whether TCP's bytes may wait in an enrolled socket: where FIONREAD counts them, or where somebody
 * switched gears on without that. */
static __always_inline bool may_hold_tcps_bytes(void)
{
	struct settings *s = single(&settings);
	return counts_both() || (s && gears_in_force(s));
}

/* Where the readers of a socket are: an enum readers. A thread of a process with several threads
 * holds a reference to the file while it is in a system call. One of a process without others holds
 * none, so it may be on its way into tcp_recvmsg() unless it sleeps in poll() or epoll_wait(). */
__noinline int readers_of(__u64 tp)
{
	__u64 polls = all_who_poll(tp);
	int asleep = sleepers(tp), inside = threads_in_psock(tp);
	long files = file_references(tp);
	if (!files || files > 1 + waiters_with_file(tp))
		return UNKNOWN;
	if (inside || asleep > 1)
		return UNKNOWN;
	if (!asleep && (__u32)polls)
		return ELSEWHERE;
	/* A thread that is to come back to epoll_wait() may go by what FIONREAD says. So may one
	 * later that is in recv() or in no call now; and of threads in send() another may read. */
	if (asleep ? !(wishes(tp) & READER) : polls != 0)
		return UNKNOWN;
	return may_hold_tcps_bytes() ? NATIVE_ONCE : UNKNOWN;
}

#endif
