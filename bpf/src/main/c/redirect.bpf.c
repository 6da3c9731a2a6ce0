// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The verdict on each message of an enrolled socket: to the peer's queue, or to TCP and never back
 * (docs/datapath.md, 2 and 3). It always passes: nothing is ever dropped. */
#include "address.h"
#include "habit.h"
#include "leaving.h"
#include "remember.h"

/* Of some 200 ns each. */
#define LATE_PEER_LOOKS 40

/* Of the low mark of TCP's memory (tcp_mem[0]), one part in so many: up to the mark
 * __sk_mem_raise_allocated() refuses nobody, and what is queued must leave room for the rest of the
 * node. */
#define WHOLE 1
#define HALF  2

/* The smallest that a kernel has: with larger ones a message counts as more than it is. */
#define PAGE 4096

__noinline __u64 blink(void)
{
	__u64 now = 0;
	for (int i = 0; i < 6; i++)
		now = bpf_ktime_get_ns();
	return now;
}

/* The client's first message may overtake the server's join: wait for it, a few microseconds at
 * most. */
static __always_inline __u64 find_peer(struct conn *conn)
{
	struct rendezvous *rv = bpf_map_lookup_elem(&handshakes, &conn->self.handshake);
	__u64 peer = 0;
	for (int i = 0; rv && i < LATE_PEER_LOOKS; i++) {
		peer = *(volatile __u64 *)&rv->end[other(conn->self.role)];
		__u64 state = *(volatile __u64 *)&rv->state[other(conn->self.role)];
		if (peer && state) { /* stored in the other order, but arm64 may load it before */
			conn->peer_state = state;
			break;
		}
		peer = 0;
		blink();
	}
	bpf_map_delete_elem(&handshakes, &conn->self.handshake);
	conn->peer = peer;
	return peer;
}

/* With so many bytes more TCP would have more memory on this node than that part of its low mark.
 */
static __always_inline bool memory_is_short(__u64 tp, __u32 size, __u32 part)
{
	struct proto *tcp = READ_FAST(struct sock, tp, __sk_common.skc_prot);
	__s64 pages = word_at((__u64)READ_FAST(struct proto, tcp, memory_allocated));
	__s64 low = word_at((__u64)READ_FAST(struct proto, tcp, sysctl_mem));
	return (pages + size / PAGE + 1) * part > low;
}

/* How many messages the queues of a direction may hold: no more than an even share of what all may
 * take. The kernel counts the joined ends, so the number never drifts. */
static __always_inline __u32 message_limit(struct settings *s)
{
	__u32 ends = ((struct bpf_shtab *)&flows)->count.counter;
	__u32 share = s->max_backlog_memory / (MESSAGE_BYTES * SHARED_PART) / (ends ?: 1);
	return share < s->max_backlog_messages ? share : s->max_backlog_messages;
}

/* Another thread sleeps in recv() on this socket. tcp_bpf_recvmsg() takes any wake-up for data, and
 * returns EAGAIN for the one that frees the send buffer once TCP holds the sender up. So the reader
 * must be plain TCP's before that: the peer redirects no more, this end leaves the sockhash, and
 * the peer's next bytes wake the reader natively. Until then this end goes on to redirect, through
 * the psock that the reader holds. A reader that is not asleep costs only the look at an empty
 * queue, or at one with a single entry. */
static __always_inline bool reader_is_blocked(struct conn *conn)
{
	struct socket_wq *wq = READ_FAST(struct sock, conn->tp, sk_wq);
	void *head = address_of(wq, struct socket_wq, wait.head);
	void *first = wq ? READ_FAST(struct socket_wq, wq, wait.head.next) : head;
	if (first == head)
		return false;
	void *entry = object_of(first, struct wait_queue_entry, entry);
	struct learnt *l = single(&learnt);
	if (l && (__u64)READ_FAST(struct wait_queue_entry, entry, func) == l->functions[IN_RECV])
		return true;
	return READ_FAST(struct list_head, first, next) != head && sleepers(conn->tp);
}

/* Looked at in the first messages of a flow, and whenever its backlog grows: in between the sender
 * is not near its limit, and the look would be paid for by every message. */
static __always_inline void watch_reader(struct conn *conn)
{
	if (conn->duplex || !reader_is_blocked(conn))
		return;
	conn->duplex = 1;
	remember(conn, RETIRED_DUPLEX);
	hand_to_janitor(conn, conn->peer);
}

/* How long a redirect may wait for the lock of the peer. Of 464,000 messages of many kinds on two
 * busy CPUs 49 found it taken, and none for 128 us; on busier ones some reader loses its CPU for
 * longer now and then. That ends one flow's acceleration and says nothing of the next. */
#define LOCK_PATIENCE_NS 1000000ULL
/* Of about four microseconds each, since the verifier follows every one. */
#define LOCK_LOOKS 500

/* Returns the time at its end. */
__noinline __u64 spin(void)
{
	__u64 now = 0;
	for (int i = 0; i < 128; i++)
		now = bpf_ktime_get_ns();
	return now;
}

/* A sender has the lock of its own socket in the verdict. So two ends that send at once would wait
 * for each other: who sees that the other looks goes on, and bpf_tcp_ingress() waits until that one
 * has left its verdict, which releases its lock before it takes another. */
__noinline int stays_locked(__u64 peer, __u64 peer_looks)
{
	__u64 end = bpf_ktime_get_ns() + LOCK_PATIENCE_NS;
	for (int i = 0; i < LOCK_LOOKS; i++) {
		if (!READ_FAST(struct sock, peer, sk_lock.owned) || (__u32)word_at(peer_looks))
			return false;
		if (spin() > end)
			break;
	}
	return true;
}

/* bpf_tcp_ingress() takes the peer's lock, which a reader has while it copies. One whose memory
 * faults has it for as long as it likes, and TCP would not have its sender wait. */
static __always_inline bool is_locked(struct conn *conn, __u64 peer)
{
	if (!protects(LOCKED) || !READ_FAST(struct sock, peer, sk_lock.owned))
		return false;
	__u64 peer_looks = conn->peer_state + __builtin_offsetof(struct conn, looking) -
			   __builtin_offsetof(struct conn, retired);
	*(volatile __u32 *)&conn->looking = 1;
	bool stays = stays_locked(peer, peer_looks);
	*(volatile __u32 *)&conn->looking = 0;
	return stays;
}

/* Why a reader that waits so needs what the psock cannot give it, or 0: TCP's bytes it gets as it
 * wishes, since tcp_bpf_recvmsg() hands over to tcp_recvmsg() with its flags, and one in splice(2)
 * sleeps in TCP itself. An io_uring is told by tcp_recvmsg() what is left unread. */
static __always_inline __u32 needs_tcp(__u32 wishes, bool has_bytes)
{
	if (protects(IO_URING) && wishes & STRANGER)
		return RETIRED_IO_URING;
	/* with bytes to read none sleeps in recv() */
	if (protects(RECV_FLAGS) && !has_bytes && wishes & (MSG_WAITALL | MSG_TRUNC | SPLICES))
		return RETIRED_RECV_FLAGS;
	return 0;
}

/* What the peer may have unread: the setting, or what it chose by SO_RCVBUF, if that is less. */
static __always_inline __u32 byte_limit(struct settings *s, __u64 peer)
{
	__u32 chosen = READ_FAST(struct sock, peer, sk_rcvbuf);
	bool locked =
		BPF_CORE_READ_BITFIELD_PROBED((struct sock *)peer, sk_userlocks) & SOCK_RCVBUF_LOCK;
	return locked && chosen < s->max_backlog_bytes ? chosen : s->max_backlog_bytes;
}

/* The kernel puts no limit on the queue. Why the message must not go into it, or 0. */
static __always_inline __u32 backlog_limit(struct conn *conn, struct settings *s, __u64 peer,
					   struct sk_psock *psock, __u32 size)
{
	bool empty = queue_empty(psock);
	__u32 need = needs_tcp(wishes(peer), !empty);
	if (need)
		return need;
	if (empty) {
		conn->backlog_messages = 1;
		conn->backlog_bytes = size;
		/* bpf_tcp_ingress() would say ENOMEM where TCP waits */
		return protects(BACKLOG) && memory_is_short(conn->tp, size, WHOLE) ? RETIRED_MEMORY
										   : 0;
	}
	if (!protects(BACKLOG))
		return 0;
	watch_reader(conn);
	if (memory_is_short(conn->tp, size, HALF))
		return RETIRED_MEMORY;
	__u32 bytes = byte_limit(s, peer), messages = message_limit(s);
	if (conn->backlog_messages >= messages || conn->backlog_bytes + size > bytes) {
		struct unread unread = unread_in(peer); /* the cheap upper bound is used up */
		conn->backlog_messages = unread.messages;
		conn->backlog_bytes = unread.bytes;
		if (conn->backlog_messages && conn->backlog_messages >= messages)
			return RETIRED_BACKLOG_MESSAGES;
		if (conn->backlog_bytes + size > bytes)
			return RETIRED_BACKLOG_BYTES;
	}
	conn->backlog_messages++;
	conn->backlog_bytes += size;
	return 0;
}

/* The policies of the pod that has this socket changed since. */
static __always_inline bool changed_since(__u64 tp, __u32 policy_epoch)
{
	struct address pod = local_address((struct sock_common *)tp);
	struct policy *policy = bpf_map_lookup_elem(&policies, &pod);
	return policy && (__s32)(policy->epoch - policy_epoch) > 0;
}

/* Of both ends, since either may send next. Only after a change somewhere on the node. */
__noinline int policies_changed(__u64 tp, __u64 peer, __u32 policy_epoch)
{
	return changed_since(tp, policy_epoch) || changed_since(peer, policy_epoch);
}

/* TCP holds back what does not fill a segment. */
static __always_inline bool is_corked(__u64 tp)
{
	return READ_FAST_BITFIELD(struct tcp_sock, tp, nonagle) & TCP_NAGLE_CORK;
}

/* Why the direction must go back to TCP, or 0. */
static __always_inline __u32 obstacle(struct conn *conn, struct settings *s, __u64 task, __u32 size)
{
	if (conn->epoch != s->epoch)
		return RETIRED_STOPPED;
	if (protects(ONE_WAY) && READ_FAST(struct tcp_sock, conn->tp, write_seq) != conn->first_seq)
		return RETIRED_SEQUENCE;
	__u32 flags = send_flags(task);
	if (protects(URGENT) && flags & MSG_OOB)
		return RETIRED_OOB;
	if (protects(CORK) && (flags & MSG_MORE || is_corked(conn->tp)))
		return RETIRED_CORK;
	if (protects(IO_URING) && flags & BY_IO_URING)
		return RETIRED_IO_URING;
	__u64 peer = conn->peer ?: find_peer(conn);
	if (!peer)
		return RETIRED_LATE_PEER;
	__u32 policy_epoch = s->policy_epoch;
	if (conn->policy_epoch != policy_epoch) {
		if (policies_changed(conn->tp, peer, conn->policy_epoch))
			return RETIRED_POLICY;
		conn->policy_epoch = policy_epoch;
	}
	if (conn->messages < LONG_FLOW)
		watch_reader(conn); /* with the peer known: the janitor is told of both ends */
	struct sk_psock *psock = psock_of(peer);
	if (!psock)
		return NO_PEER;
	if (READ_FAST(struct sock, peer, sk_shutdown))
		return RETIRED_SHUTDOWN;
	__u64 peer_says = peer_word(conn);
	if (peer_says >> 32)
		return RETIRED_DUPLEX;
	if (peer_says && !conn->duplex && protects(ONE_WAY))
		return RETIRED_PEER;
	if (protects(LOW_WATER_MARK) && READ_FAST(struct sock, peer, sk_rcvlowat) > 1)
		return RETIRED_RCVLOWAT;
	if (is_locked(conn, peer))
		return RETIRED_LOCKED;
	return backlog_limit(conn, s, peer, psock, size);
}

/* A task redirects one message after the other, so one that is in the verdict has nothing on its
 * way. */
static __always_inline bool has_arrived(struct conn *conn, __u64 task)
{
	return !conn->writer || conn->writer == task ||
	       settled(conn->tp, 1, first_received(&conn->self));
}

/* A message of a retired direction. */
static __always_inline int pass(struct conn *conn, __u64 task)
{
	struct departure *departure = bpf_map_lookup_elem(&leaving, &conn->self.handshake);
	if (!departure)
		hand_to_janitor(conn, conn->peer); /* its queue was full */
	if (!conn->settled && has_arrived(conn, task)) {
		if (departure)
			departure->settled[conn->self.role & 1] = 1;
		conn->settled = 1;
		wake_janitor(); /* both ends can go, before the peer's reader comes back */
	}
	count(PASSED);
	return SK_PASS;
}

SEC("sk_msg") int podwire_verdict(struct sk_msg_md *msg)
{
	struct bpf_sock *sk = msg->sk;
	struct conn *conn = sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
	struct settings *s = single(&settings);
	if (!conn || !s)
		return SK_PASS;

	/* Either we see that an end has retired, or who retired it sees our reference. */
	load_barrier(&conn->fence);
	if (++conn->messages == LONG_FLOW)
		learn(conn);
	__u64 task = bpf_get_current_task();
	if (conn->retired && protects(ONE_WAY))
		return pass(conn, task);

	__u32 size = msg->size;
	__u32 reason = obstacle(conn, s, task, size);
	if (!reason &&
	    bpf_msg_redirect_hash(msg, &flows, &conn->peer_key, BPF_F_INGRESS) != SK_PASS)
		reason = NO_PEER;
	if (reason) {
		conn->retired = reason; /* from here on nothing of this direction is redirected */
		count(reason);
		/* not for a splice: who sends by one can look like that */
		if (reason == RETIRED_RECV_FLAGS && wishes(conn->peer) & (MSG_WAITALL | MSG_TRUNC))
			remember_container(conn->peer, reason);
		if (reason == RETIRED_IO_URING)
			remember_container(send_flags(task) & BY_IO_URING ? conn->tp : conn->peer,
					   reason);
		hand_to_janitor(conn, conn->peer);
		return pass(conn, task);
	}
	if (conn->writer != task)
		conn->writer = conn->writer ? MANY : task;
	conn->redirected++;
	conn->redirected_bytes += size;
	struct counters *c = single(&counters);
	if (c) {
		/* not atomic, as count() is: two lock prefixes would be a visible part of this
		 * path. Where the kernel preempts just between the load and the store, what
		 * others counted on this CPU meanwhile is lost */
		c->value[REDIRECTED]++;
		c->value[REDIRECTED_BYTES] += size;
	}
	return SK_PASS;
}
