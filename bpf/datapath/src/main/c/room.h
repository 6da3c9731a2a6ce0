/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Waiting for room in a peer's queue. */
#ifndef PODWIRE_ROOM_H
#define PODWIRE_ROOM_H

#include "limits.h"
#include "peer_lock.h"

/* A message waits at most this long for room in a full queue, and at most STILL_NS of it for a
 * reader that does nothing: it has no CPU, or is busy otherwise. */
#define ROOM_PATIENCE_NS 100000ULL
#define STILL_NS	 20000ULL
#define ROOM_LOOKS	 32

/* The address of the first message in the queue of a socket. */
static __always_inline __u64 first_message(__u64 tp)
{
	struct sk_psock *psock = psock_of(tp);
	return psock ? (__u64)READ_AS(struct sk_psock, psock, ingress_msg.next) : 0;
}

/* Waits until the reader has taken a message; false where it does not. A reader in recv() has the
 * lock, and so has a thread of that process that waits here for us. */
__noinline int awaits_room(__u64 peer, __u64 peer_in_wait, __u64 until)
{
	__u64 first = first_message(peer), still_until = bpf_ktime_get_ns() + STILL_NS;
	for (int i = 0; i < ROOM_LOOKS; i++) {
		__u64 now = spin();
		if (first_message(peer) != first)
			return true;
		if (READ_AS(struct sock, peer, sk_lock.owned) && !(__u32)word_at(peer_in_wait))
			still_until = now + STILL_NS;
		if (now > still_until || now > until)
			break;
	}
	return false;
}

/* A message waits at most this many times for a part of the room that it needs. */
#define ROOM_TRIES 4
/* A direction waits no sooner again than this after it began to wait. */
#define ROOM_PAUSE_NS 1000000ULL

/* Whether the task that sends may be held up: by the socket, and by the flags of its call. */
static __always_inline bool may_block(__u64 tp, __u64 task)
{
	struct sock *sk = (void *)tp;
	return !(send_flags(task) & MSG_DONTWAIT) &&
	       !(READ(sk, sk_socket, file, f_flags) & O_NONBLOCK);
}

/* Counts what the peer has really unread, where the upper bounds say that its queue is full, and
 * may wait for room. Why the message finds none: an enum counter, or 0. */
static __always_inline __u32 look_for_room(struct conn *conn, struct settings *s, __u64 peer,
					   __u64 task, __u32 size, __u32 bytes, __u32 messages)
{
	__u64 now = bpf_ktime_get_ns(), until = now + ROOM_PATIENCE_NS;
	bool waits = gears_in_force(s) && now - conn->waited_at > ROOM_PAUSE_NS &&
		     may_block(conn->tp, task);
	__u32 full = 0;
	for (int i = 0; i < ROOM_TRIES; i++) {
		struct unread unread = unread_in(peer);
		conn->backlog_messages = unread.messages;
		conn->backlog_bytes = unread.bytes;
		full = why_full(conn, size, bytes, messages);
		if (!full || !waits)
			break;
		conn->waited_at = now;
		*(volatile __u32 *)&conn->in_wait = 1;
		bool came = awaits_room(peer, peer_in_wait(conn), until);
		*(volatile __u32 *)&conn->in_wait = 0;
		if (!came)
			break;
	}
	return full;
}

#endif
