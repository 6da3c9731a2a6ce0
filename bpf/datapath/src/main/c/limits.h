/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How much may be queued unread, in messages, in bytes and in memory. */
#ifndef PODWIRE_LIMITS_H
#define PODWIRE_LIMITS_H

#include "gears.h"

/* TCP on this node may have this part, one in so many, of the low mark of its memory (tcp_mem[0]).
 * Up to the mark __sk_mem_raise_allocated() refuses nobody, and what is queued must leave room for
 * the rest of the node. */
#define WHOLE 1
#define HALF  2

/* The smallest page size of a kernel, in bytes. With larger pages a message counts as more than it
 * is. */
#define PAGE 4096

/* TCP needs room for its buffers beside what it may send: one part in this many of that. */
#define WINDOW_OVERHEAD 8
/* One part in this many of the receive buffer may be redirected whatever the window is. */
#define LEAST_ROOM 8

/* Whether with `size` bytes more TCP on this node would have more memory than one part in `part` of
 * its low mark. */
static __always_inline bool memory_is_short(__u64 tp, __u32 size, __u32 part)
{
	struct proto *tcp = READ_AS(struct sock, tp, __sk_common.skc_prot);
	__s64 pages = word_at((__u64)READ_AS(struct proto, tcp, memory_allocated));
	__s64 low = word_at((__u64)READ_AS(struct proto, tcp, sysctl_mem));
	return (pages + size / PAGE + 1) * part > low;
}

/* The number of messages that the queue of an end may hold: at most an even share of what all
 * queues may. The kernel counts the joined ends, so that number never drifts. */
static __always_inline __u32 message_limit(struct settings *s)
{
	__u32 ends = ((struct bpf_shtab *)&flows)->count.counter;
	__u32 share = s->max_backlog_memory / (MESSAGE_BYTES * SHARED_PART) / (ends ?: 1);
	return share < s->max_backlog_messages ? share : s->max_backlog_messages;
}

/* The memory, in bytes, of what TCP may still send to a socket without asking. */
static __always_inline __u32 window(__u64 tp)
{
	__u32 end = READ_AS(struct tcp_sock, tp, rcv_wup) + READ_AS(struct tcp_sock, tp, rcv_wnd);
	__s32 left = end - READ_AS(struct tcp_sock, tp, rcv_nxt);
	return left > 0 ? left + left / WINDOW_OVERHEAD : 0;
}

/* The bytes that the receive buffer has room for beside what TCP may send. What is redirected takes
 * room of that buffer (sk_rmem_alloc) from 6.13 on, and in older kernels that have that fix. Once a
 * direction goes by TCP, that may send up to the window that it was told; what finds no room is
 * dropped, and sent again after 200 ms. A buffer that nobody chose grows by itself up to
 * tcp_rmem[2] (tcp_clamp_window()). */
static __always_inline __u32 room_beside_tcp(__u64 peer, bool chosen)
{
	struct sock *sk = (void *)peer;
	__u32 all = READ_AS(struct sock, peer, sk_rcvbuf), tcps = window(peer);
	__u32 most = chosen ? 0 : READ(sk, __sk_common.skc_net.net, ipv4.sysctl_tcp_rmem[2]);
	if (most > all)
		all = most;
	__u32 least = all / LEAST_ROOM;
	return all > tcps + least ? all - tcps : least;
}

/* The bytes that the peer may have unread: as many as the setting says, or there is room for. */
static __always_inline __u32 byte_limit(struct settings *s, __u64 peer)
{
	bool chosen = has_chosen_buffer(peer);
	__u32 limit = s->max_backlog_bytes;
	__u32 room = chosen || gears_in_force(s) ? room_beside_tcp(peer, chosen) : limit;
	return room < limit ? room : limit;
}

/* Why a queue that holds backlog_messages and backlog_bytes takes no message of this size: an enum
 * counter, or 0. */
static __always_inline __u32 why_full(struct conn *conn, __u32 size, __u32 bytes, __u32 messages)
{
	if (conn->backlog_messages && conn->backlog_messages >= messages)
		return RETIRED_BACKLOG_MESSAGES;
	return conn->backlog_bytes + size > bytes ? RETIRED_BACKLOG_BYTES : 0;
}

#endif
