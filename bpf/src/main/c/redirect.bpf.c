// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The verdict on each message of an enrolled socket: to the peer's queue, or to TCP
 * (docs/datapath.md, 2 and 3). It always passes: nothing is ever dropped. */
#include "address.h"
#include "gears.h"
#include "habit.h"
#include "leaving.h"
#include "remember.h"
#include "selected.h"

/* Of some 200 ns each. */
#define LATE_PEER_LOOKS 40

/* Of the low mark of TCP's memory (tcp_mem[0]), one part in so many: up to the mark
 * __sk_mem_raise_allocated() refuses nobody, and what is queued must leave room for the rest of the
 * node. */
#define WHOLE 1
#define HALF  2

/* The smallest that a kernel has: with larger ones a message counts as more than it is. */
#define PAGE 4096

/* Of what TCP may send, one part in so many comes on top for its buffers. */
#define WINDOW_OVERHEAD 8
/* Of the receive buffer, one part in so many may be redirected whatever the window is. */
#define LEAST_ROOM 8

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

/* Who reads at the other end, as far as he is asleep when a message comes. */
static __always_inline void note_reader(struct conn *conn, __u64 peer)
{
	struct socket_wq *wq = READ_FAST(struct sock, peer, sk_wq);
	void *head = address_of(wq, struct socket_wq, wait.head);
	void *first = wq ? READ_FAST(struct socket_wq, wq, wait.head.next) : head;
	if (first == head)
		return;
	struct wait_queue_entry *entry = object_of(first, struct wait_queue_entry, entry);
	__u64 waiter = (__u64)READ_FAST(struct wait_queue_entry, entry, private);
	if (!waiter || waiter == conn->peer_waiter) /* an epoll, or the same as before */
		return;
	conn->peer_waiter = waiter;
	if (kind_of((__u64)READ_FAST(struct wait_queue_entry, entry, func)) != IN_RECV)
		return;
	__u64 task = (__u64)BPF_CORE_READ(entry, private); /* a number, to the verifier */
	if (conn->peer_reader != task && wish(task) & READER)
		conn->peer_reader = conn->peer_reader ? MANY : task;
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

static __always_inline __u64 peer_looks(struct conn *conn)
{
	return conn->peer_state + __builtin_offsetof(struct conn, looking) -
	       __builtin_offsetof(struct conn, retired);
}

/* bpf_tcp_ingress() takes the peer's lock, which a reader has while it copies. One whose memory
 * faults has it for as long as it likes, and TCP would not have its sender wait. */
static __always_inline bool is_locked(struct conn *conn, __u64 peer)
{
	if (!protects(LOCKED) || !READ_FAST(struct sock, peer, sk_lock.owned))
		return false;
	*(volatile __u32 *)&conn->looking = 1;
	bool stays = stays_locked(peer, peer_looks(conn));
	*(volatile __u32 *)&conn->looking = 0;
	return stays;
}

/* How long a message may wait for room in a full queue, and how long of it for a reader that does
 * nothing: it has no CPU, or is busy otherwise. */
#define ROOM_PATIENCE_NS 100000ULL
#define STILL_NS	 20000ULL
#define ROOM_LOOKS	 32

static __always_inline __u64 first_message(__u64 tp)
{
	struct sk_psock *psock = psock_of(tp);
	return psock ? (__u64)READ_FAST(struct sk_psock, psock, ingress_msg.next) : 0;
}

/* Until the reader has taken a message; false where it does not. One in recv() has the lock, and so
 * has a thread of its own that waits here for us. */
__noinline int awaits_room(__u64 peer, __u64 peer_looks, __u64 until)
{
	__u64 first = first_message(peer), still_until = bpf_ktime_get_ns() + STILL_NS;
	for (int i = 0; i < ROOM_LOOKS; i++) {
		__u64 now = spin();
		if (first_message(peer) != first)
			return true;
		if (READ_FAST(struct sock, peer, sk_lock.owned) && !(__u32)word_at(peer_looks))
			still_until = now + STILL_NS;
		if (now > still_until || now > until)
			break;
	}
	return false;
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

/* What TCP may still send to a socket without asking, and takes in the memory of that. */
static __always_inline __u32 window(__u64 tp)
{
	__u32 end =
		READ_FAST(struct tcp_sock, tp, rcv_wup) + READ_FAST(struct tcp_sock, tp, rcv_wnd);
	__s32 left = end - READ_FAST(struct tcp_sock, tp, rcv_nxt);
	return left > 0 ? left + left / WINDOW_OVERHEAD : 0;
}

/* What is redirected takes room of the buffer that TCP receives into (sk_rmem_alloc), from 6.13 on
 * and in older kernels that have that fix. Once a direction goes by TCP, that may send up to the
 * window that it was told; what finds no room is dropped, and sent again after 200 ms. A buffer
 * that nobody chose grows by itself up to tcp_rmem[2] (tcp_clamp_window()). */
static __always_inline __u32 room_beside_tcp(__u64 peer, bool chosen)
{
	struct sock *sk = (void *)peer;
	__u32 all = READ_FAST(struct sock, peer, sk_rcvbuf), tcps = window(peer);
	__u32 most =
		chosen ? 0 : BPF_CORE_READ(sk, __sk_common.skc_net.net, ipv4.sysctl_tcp_rmem[2]);
	if (most > all)
		all = most;
	__u32 least = all / LEAST_ROOM;
	return all > tcps + least ? all - tcps : least;
}

/* What the peer may have unread: the setting, or what there is room for. */
static __always_inline __u32 byte_limit(struct settings *s, __u64 peer)
{
	bool chosen = has_chosen_buffer(peer);
	__u32 limit = s->max_backlog_bytes;
	__u32 room = chosen || gears_in_force(s) ? room_beside_tcp(peer, chosen) : limit;
	return room < limit ? room : limit;
}

/* Why a queue that holds what backlog_messages and backlog_bytes say takes no message of this size,
 * or 0. */
static __always_inline __u32 is_full(struct conn *conn, __u32 size, __u32 bytes, __u32 messages)
{
	if (conn->backlog_messages && conn->backlog_messages >= messages)
		return RETIRED_BACKLOG_MESSAGES;
	return conn->backlog_bytes + size > bytes ? RETIRED_BACKLOG_BYTES : 0;
}

/* So often a message may wait for a part of the room that it needs. */
#define ROOM_TRIES 4
/* From one wait of a direction to the next. */
#define ROOM_PAUSE_NS 1000000ULL

/* Who sends may be held up: by the socket, and by the call. */
static __always_inline bool may_block(__u64 tp, __u64 task)
{
	struct sock *sk = (void *)tp;
	return !(send_flags(task) & MSG_DONTWAIT) &&
	       !(BPF_CORE_READ(sk, sk_socket, file, f_flags) & O_NONBLOCK);
}

/* The bounds are used up, or seem to be: they are upper ones. */
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
		full = is_full(conn, size, bytes, messages);
		if (!full || !waits)
			break;
		conn->waited_at = now;
		*(volatile __u32 *)&conn->looking = 1;
		bool came = awaits_room(peer, peer_looks(conn), until);
		*(volatile __u32 *)&conn->looking = 0;
		if (!came)
			break;
	}
	return full;
}

/* The kernel puts no limit on the queue. Why the message must not go into it, or 0. */
static __always_inline __u32 backlog_limit(struct conn *conn, struct settings *s, __u64 peer,
					   struct sk_psock *psock, __u64 task, __u32 size)
{
	bool empty = queue_empty(psock);
	__u32 need = needs_tcp(wishes(peer), !empty);
	if (need)
		return need;
	if (empty) {
		conn->backlog_messages = 1;
		conn->backlog_bytes = size;
		if (!protects(BACKLOG))
			return 0;
		/* An empty queue takes whatever does not get into TCP's way later. */
		if (size > PAGE && gears_in_force(s) && !has_chosen_buffer(peer) &&
		    size > byte_limit(s, peer))
			return RETIRED_BACKLOG_BYTES;
		/* bpf_tcp_ingress() would say ENOMEM where TCP waits; who resumes does not do it
		 * for one message */
		__u32 part = conn->shifted ? HALF : WHOLE;
		return memory_is_short(conn->tp, size, part) ? RETIRED_MEMORY : 0;
	}
	if (!protects(BACKLOG))
		return 0;
	watch_reader(conn);
	if (memory_is_short(conn->tp, size, HALF))
		return RETIRED_MEMORY;
	__u32 bytes = byte_limit(s, peer), messages = message_limit(s);
	if (conn->backlog_messages >= messages || conn->backlog_bytes + size > bytes) {
		__u32 full = look_for_room(conn, s, peer, task, size, bytes, messages);
		if (full)
			return full;
	}
	conn->backlog_messages++;
	conn->backlog_bytes += size;
	return 0;
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

/* A task redirects one message after the other, so one that is in the verdict has nothing on its
 * way: nor does another have a reference to the peer's psock, which would pass for a reader's. */
static __always_inline bool has_arrived(struct conn *conn, __u64 task)
{
	return !conn->proven || !conn->writer || conn->writer == task ||
	       settled(conn->tp, 1, conn->begin);
}

/* The other end of a flow that is enrolled while it lives can be found ready so much later. */
static __always_inline bool is_awaited(struct conn *conn)
{
	return !conn->proven && bpf_ktime_get_ns() - conn->joined_at < AWAITED_NS;
}

/* The first redirect of an end that was enrolled while its connection lived. Who retires an end
 * looks afterwards whether it was proven, and does not wait for one that was not: so either we see
 * that an end has retired, or he sees this. */
static __always_inline __u32 prove(struct conn *conn)
{
	conn->proven = 1;
	full_barrier(&conn->fence);
	return conn->retired || (__u32)peer_word(conn) ? RETIRED_PEER : 0;
}

/* Why the direction must go back to TCP, or 0. */
static __always_inline __u32 obstacle(struct conn *conn, struct settings *s, __u64 task, __u32 size)
{
	if (conn->epoch != s->epoch)
		return RETIRED_STOPPED;
	__u32 write_seq = READ_FAST(struct tcp_sock, conn->tp, write_seq);
	/* not by the number alone, which comes back after 4 GiB */
	bool in_order = (write_seq == conn->first_seq && !conn->shifted) || !protects(ONE_WAY);
	if (!in_order && !gears_in_force(s) && conn->proven)
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
	note_reader(conn, peer);
	struct sk_psock *psock = psock_of(peer);
	if (!psock)
		return is_awaited(conn) ? RETIRED_SEQUENCE : NO_PEER;
	if (READ_FAST(struct sock, peer, sk_shutdown))
		return RETIRED_SHUTDOWN;
	__u64 peer_says = peer_word(conn);
	if (peer_says >> 32)
		return RETIRED_DUPLEX;
	if (peer_says && !conn->duplex && protects(ONE_WAY))
		return RETIRED_PEER;
	if (protects(LOW_WATER_MARK) && READ_FAST(struct sock, peer, sk_rcvlowat) > 1)
		return RETIRED_RCVLOWAT;
	if (!in_order && protects(CAUGHT_UP)) {
		if (!has_read_all(conn->tp, peer))
			return RETIRED_SEQUENCE;
		__u32 need = needs_tcp(wishes(peer), false);
		if (need)
			return need;
		if (protects(NATIVE_READERS) &&
		    (!reads_from_psock(peer) || may_read_natively(peer, begin_of_peer(conn))))
			return RETIRED_SEQUENCE;
		if (sleepers(peer) && !has_arrived(conn, task))
			return RETIRED_SEQUENCE;
	}
	conn->first_seq = write_seq;
	if (is_locked(conn, peer))
		return RETIRED_LOCKED;
	__u32 limit = backlog_limit(conn, s, peer, psock, task, size);
	if (conn->shifted && !limit && !conn->proven)
		return prove(conn);
	return limit;
}

/* Without gears a direction that was not proven may pass so much, 4 MiB, by its debt. */
#define MAX_UNPROVEN_DEBT 1024

/* A direction that redirected nothing since its end was enrolled may go on by TCP. But without
 * gears FIONREAD may not count TCP's bytes, so none may wait in an enrolled socket that is polled:
 * its first message is redirected, or none is. */
static __always_inline bool may_go_on_unproven(struct conn *conn, struct settings *s)
{
	if (gears_in_force(s) || !psock_of(conn->peer))
		return true;
	return conn->debt < MAX_UNPROVEN_DEBT && begin_of_peer(conn) & NATIVE_READER;
}

/* Whether this message goes by TCP and the direction need not be retired for it. */
static __always_inline bool shift(struct conn *conn, struct settings *s, __u64 task, __u32 size,
				  __u32 reason)
{
	__u32 shifted = shift_for(reason);
	if (!shifted || !conn->peer || conn->debt > MAX_DEBT)
		return false;
	if (conn->proven ? !gears_in_force(s) || is_edge_triggered(conn->peer) ||
				   has_chosen_buffer(conn->peer)
			 : !may_go_on_unproven(conn, s))
		return false;
	/* Another thread reads. It may come back while this one is held up by TCP: see
	 * reader_is_blocked(). */
	__u64 reader = own_reader(conn);
	if (reader && reader != task)
		return false;
	watch_reader(conn); /* the sender may be held up by TCP now */
	if (conn->duplex)
		return false;
	if (!conn->shifted) {
		conn->shifted = shifted;
		conn->shifts++;
		count(shifted);
	}
	conn->debt += DEBT(size) * (reason == RETIRED_CORK ? OF_CORKED : 1);
	return true;
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
	if (reason && shift(conn, s, task, size, reason)) {
		count(PASSED);
		return SK_PASS;
	}
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
	if (conn->shifted) {
		conn->shifted = 0;
		count(RESUMED);
	}
	if (conn->debt) {
		__u32 paid = PAID_BACK * DEBT(size);
		conn->debt -= paid < conn->debt ? paid : conn->debt;
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
