/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The psock that the kernel gives to a socket in a sockhash, and the queue in it. Its
 * references, and those to the socket's file, tell which threads are inside a system call. */
#ifndef PODWIRE_PSOCK_H
#define PODWIRE_PSOCK_H

#include "maps.h"

/* A socket is in this many maps at most: ours, and those of other generations. */
#define MAX_LINKS 4

/* The psock of a socket in a sockhash; 0 for any other. */
static __always_inline struct sk_psock *psock_of(__u64 tp)
{
	__u64 data = (__u64)READ_AS(struct sock, tp, sk_user_data);
	return (struct sk_psock *)(data & ~7ULL); /* SK_USER_DATA_* flags */
}

static __always_inline bool queue_empty(struct sk_psock *psock)
{
	return READ_AS(struct sk_psock, psock, ingress_msg.next) ==
	       address_of(psock, struct sk_psock, ingress_msg);
}

/* What waits in a queue. */
struct unread {
	__u32 messages;
	__u32 bytes;
};

/* Messages that one function walks past. The verifier follows each turn of a loop, but looks once
 * at a function that is not static; before 5.12 only at those without pointers. So where it can be,
 * a long loop is one of short ones. */
#if OLDEST >= 515
#define SOME_MESSAGES 32
#else
#define SOME_MESSAGES MAX_BACKLOG_MESSAGES
#endif

/* A walk through the queue of a socket. */
struct queue_walk {
	__u64 message, head;
	struct unread unread;
};

static __always_inline void walk_some(struct queue_walk *walk)
{
	struct list_head *n = (void *)walk->message, *head = (void *)walk->head;
	struct unread unread = walk->unread;
	for (int i = 0; i < SOME_MESSAGES && n && n != head; i++) {
		unread.bytes += READ(object_of(n, struct sk_msg, list), sg.size);
		unread.messages++;
		n = READ(n, next);
	}
	walk->message = (__u64)n;
	walk->unread = unread;
}

#if OLDEST >= 515
__noinline int walk_on(struct queue_walk *walk)
{
	if (walk) /* for the verifier, which looks at this function by itself */
		walk_some(walk);
	return 0;
}
#else
#define walk_on walk_some
#endif

/* What waits in the queue of a socket, counted as far as the verdict lets one grow. */
static __always_inline struct unread unread_in(__u64 tp)
{
	struct sk_psock *psock = psock_of(tp);
	__u64 first = (__u64)address_of(psock, struct sk_psock, ingress_msg.next);
	/* Memory that is given to a function holds numbers, not pointers. */
	struct queue_walk walk = {
		.message = psock ? word_at(first) : 0,
		.head = (__u64)address_of(psock, struct sk_psock, ingress_msg),
	};
	for (int i = 0; i < MAX_BACKLOG_MESSAGES / SOME_MESSAGES; i++) {
		if (!walk.message || walk.message == walk.head)
			break;
		walk_on(&walk);
	}
	return walk.unread;
}

/* The bytes that came by TCP and are not read; a FIN is none. */
static __always_inline __u32 unread_by_tcp(struct tcp_sock *tp)
{
	__u32 unread = READ(tp, rcv_nxt) - READ(tp, copied_seq);
	bool end = READ((struct sock *)tp, __sk_common.skc_flags) &
		   1ULL << bpf_core_enum_value(enum sock_flags, SOCK_DONE);
	return unread - (unread && end);
}

static __always_inline int references(struct sk_psock *psock)
{
	return READ(psock, refcnt.refs.counter);
}

/* The references to a psock that links of maps hold. */
static __always_inline int links(struct sk_psock *psock)
{
	struct list_head *head = address_of(psock, struct sk_psock, link);
	struct list_head *n = READ(psock, link.next);
	int found = 0;

	for (int i = 0; i < MAX_LINKS && n && n != head; i++) {
		found++;
		n = READ(n, next);
	}
	return found;
}

/* The threads in tcp_bpf_recvmsg() or tcp_bpf_sendmsg(): each holds a reference to the psock. */
static __always_inline int threads_in_psock(__u64 tp)
{
	struct sk_psock *psock = psock_of(tp);
	return psock ? references(psock) - links(psock) : 0;
}

/* The references to the file of a socket. In a process with several threads each of them holds one
 * while it is in a system call on the socket. */
static __always_inline long file_references(__u64 tp)
{
	struct file *file = READ((struct sock *)tp, sk_socket, file);
	if (!file)
		return 0;
	if (bpf_core_field_exists(file->f_ref))
		return READ(file, f_ref.refcnt.counter) + 1;
	return READ((struct file___before_6_13 *)file, f_count.counter);
}

#endif
