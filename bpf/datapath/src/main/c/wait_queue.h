/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who waits on a socket, and for what. */
#ifndef PODWIRE_WAIT_QUEUE_H
#define PODWIRE_WAIT_QUEUE_H

#include "psock.h"
#include "syscall.h"

/* Entries of a wait queue beyond these are not seen. */
#define MAX_WAITERS 32

/* The enum waiter whose function this is. WAITERS for a waiter that we do not know (of io_uring, or
 * aio), and for all before the loader has written kernel_facts. */
static __always_inline __u32 kind_of(__u64 function)
{
	struct kernel_facts *facts = single(&kernel_facts);
	if (!facts || !function)
		return WAITERS;
	for (__u32 kind = 0; kind < WAITERS; kind++)
		if (facts->functions[kind] == function)
			return kind;
	return WAITERS;
}

/* The task that waits by this entry of a wait queue, as a number. */
static __always_inline __u64 task_of(struct wait_queue_entry *entry)
{
	return word_at((__u64)address_of(entry, struct wait_queue_entry, private));
}

/* The number of threads asleep on the socket in recv() or in sk_stream_wait_memory(). They hold a
 * reference to the psock, and are not between a verdict and its redirect. */
__noinline int sleepers(__u64 tp)
{
	struct socket_wq *wq = READ((struct sock *)tp, sk_wq);
	struct list_head *head = address_of(wq, struct socket_wq, wait.head);
	struct list_head *n = wq ? READ(wq, wait.head.next) : 0;
	struct kernel_facts *facts = single(&kernel_facts);
	int asleep = 0;

	for (int i = 0; i < MAX_WAITERS && facts && n && n != head; i++) {
		struct wait_queue_entry *entry = object_of(n, struct wait_queue_entry, entry);
		if ((__u64)READ(entry, func) == facts->functions[IN_RECV])
			asleep++;
		n = READ(n, next);
	}
	return asleep;
}

/* In the wishes of readers: a thread reads, and more than one does. These bits are those of
 * MSG_FASTOPEN and MSG_CMSG_CLOEXEC, which do not matter here. */
#define READER	0x20000000U
#define READERS (READER << 1)
/* In the wishes of readers: somebody waits in a way that we do not know. That is io_uring or aio,
 * which want to be told how much is left unread, and a psock does not tell. No MSG_ flag has this
 * bit. */
#define STRANGER (READER >> 1)

/* The flags with which a thread that sleeps on a socket waits in recv(), and READER; 0 where it
 * sends or connects. */
__noinline __u32 wish(__u64 task)
{
	return is_sending(task) ? 0
				: READER | (receive_flags(task) & ~(READER | READERS | STRANGER));
}

/* Whether an entry of a wait queue is there still. It lies on the stack of who waits, and what is
 * read there once it has been taken off the queue is anything. So a stranger is one that is still
 * linked, and says the same again. */
static __always_inline bool is_there(struct list_head *before, struct wait_queue_entry *entry,
				     __u64 function)
{
	__u32 fence = 0;
	struct list_head *linked = address_of(entry, struct wait_queue_entry, entry);
	load_barrier(&fence);
	if (READ(before, next) != linked || READ(linked, prev) != before)
		return false;
	load_barrier(&fence);
	return function && (__u64)READ(entry, func) == function;
}

/* What the threads asleep in recv() on a socket wait for, together: their flags, READER, READERS,
 * and STRANGER where there is one. */
__noinline __u32 wishes(__u64 tp)
{
	struct socket_wq *wq = READ_AS(struct sock, tp, sk_wq);
	struct list_head *head = address_of(wq, struct socket_wq, wait.head);
	struct list_head *n = wq ? READ_AS(struct socket_wq, wq, wait.head.next) : head;
	struct list_head *before = head;
	__u32 all = 0;

	for (int i = 0; i < MAX_WAITERS && n && n != head; i++) {
		struct wait_queue_entry *entry = object_of(n, struct wait_queue_entry, entry);
		__u64 function = (__u64)READ_AS(struct wait_queue_entry, entry, func);
		__u32 kind = kind_of(function);
		if (kind == WAITERS) {
			if (is_there(before, entry, function))
				all |= STRANGER;
		} else if (kind == IN_RECV) {
			__u32 one = wish(task_of(entry));
			all |= one | (all & one & READER) << 1;
		}
		before = n;
		n = READ_AS(struct list_head, n, next);
	}
	return all;
}

/* Whether a task that waits for the socket holds a reference to its file: in poll() for each entry
 * of a wait queue (__pollwait()), in recv() and send() where others share its table of files
 * (__fget_light()). */
__noinline int holds_file(__u64 wait_queue_entry)
{
	struct wait_queue_entry *entry = (void *)wait_queue_entry;
	struct task_struct *task = READ(entry, private);
	__u32 kind = kind_of((__u64)READ(entry, func));

	return kind == IN_POLL || (kind == IN_RECV && READ(task, files, count.counter) > 1);
}

/* The number of those that wait in recv(), send() or poll() and hold a reference to the file. */
__noinline int waiters_with_file(__u64 tp)
{
	struct socket_wq *wq = READ((struct sock *)tp, sk_wq);
	struct list_head *head = address_of(wq, struct socket_wq, wait.head);
	struct list_head *n = wq ? next_of(head) : 0;
	int found = 0;

	for (int i = 0; i < MAX_WAITERS && n && n != head; i++) {
		found += holds_file((__u64)object_of(n, struct wait_queue_entry, entry));
		n = next_of(n);
	}
	return found;
}

#endif
