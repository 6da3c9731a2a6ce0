/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verdict on each message of an enrolled socket: to the peer's queue, or to TCP
 * (docs/datapath/redirecting.md and docs/datapath/backlog.md). It always passes: nothing is ever
 * dropped. */
#ifndef PODWIRE_VERDICT_H
#define PODWIRE_VERDICT_H

#include "break_even.h"
#include "bulk.h"
#include "duplex.h"
#include "gears.h"
#include "incompatible.h"
#include "late_peer.h"
#include "leaving.h"
#include "limits.h"
#include "peer_lock.h"
#include "reason.h"
#include "room.h"
#include "selected.h"

/* Why a reader with these wishes needs what the psock cannot give it: an enum counter, or 0. TCP's
 * bytes it gets as it wishes, since tcp_bpf_recvmsg() hands over to tcp_recvmsg() with its flags,
 * and one in splice(2) sleeps in TCP itself. An io_uring is told by tcp_recvmsg() what is left
 * unread. */
static __always_inline __u32 needs_tcp(__u32 wishes, bool has_bytes)
{
	if (protects(IO_URING) && wishes & STRANGER)
		return RETIRED_IO_URING;
	/* With bytes to read no thread sleeps in recv(). */
	if (protects(RECV_FLAGS) && !has_bytes && wishes & (MSG_WAITALL | MSG_TRUNC | SPLICES))
		return RETIRED_RECV_FLAGS;
	return 0;
}

/* Why the message must not go into the peer's queue, which the kernel puts no limit on: an enum
 * counter, or 0. */
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
		if (size > PAGE && gears_in_force(s)) {
			if (is_bulk(conn, s, peer, size))
				return RETIRED_BULK;
			/* An empty queue takes whatever does not get into TCP's way later. */
			if (!has_chosen_buffer(peer) && size > byte_limit(s, peer))
				return RETIRED_BACKLOG_BYTES;
		}
		/* bpf_tcp_ingress() would say ENOMEM where TCP waits. A direction does not
		 * resume for one message alone. */
		__u32 part = conn->shifted ? HALF : WHOLE;
		return memory_is_short(conn->tp, size, part) ? RETIRED_MEMORY : 0;
	}
	if (!protects(BACKLOG))
		return 0;
	detect_duplex(conn);
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

/* Whether the policies of one end changed, since either may send next. Asked only after a change
 * somewhere on the node. */
__noinline int policies_changed(__u64 tp, __u64 peer, __u32 policy_epoch)
{
	return changed_since(tp, policy_epoch) || changed_since(peer, policy_epoch);
}

/* Whether TCP holds back what does not fill a segment. */
static __always_inline bool is_corked(__u64 tp)
{
	return READ_BITFIELD_AS(struct tcp_sock, tp, nonagle) & TCP_NAGLE_CORK;
}

/* Whether all that this end redirected has arrived. A task redirects one message after the other,
 * so one that is in the verdict has nothing on its way: nor does another have a reference to the
 * peer's psock, which would pass for a reader's. */
static __always_inline bool has_arrived(struct conn *conn, __u64 task)
{
	return !conn->proven || !conn->writer || conn->writer == task ||
	       is_settled(conn->tp, 1, conn->begin);
}

/* Whether the other end of a flow that was enrolled while it lived can still be found ready. */
static __always_inline bool is_awaited(struct conn *conn)
{
	return !conn->proven && bpf_ktime_get_ns() - conn->joined_at < AWAITED_NS;
}

/* The first redirect of an end that was enrolled while its connection lived. Who retires an end
 * looks afterwards whether it was proven, and does not wait for one that was not: so either this
 * end sees that one has retired, or who retired it sees `proven`. */
static __always_inline __u32 prove(struct conn *conn)
{
	conn->proven = 1;
	full_barrier(&conn->fence);
	return conn->retired || (__u32)peer_word(conn) ? RETIRED_PEER : 0;
}

/* Why the message must not be redirected: an enum counter, or 0. */
static __always_inline __u32 obstacle(struct conn *conn, struct settings *s, __u64 task, __u32 size)
{
	if (conn->epoch != s->epoch)
		return RETIRED_STOPPED;
	__u32 write_seq = READ_AS(struct tcp_sock, conn->tp, write_seq);
	/* The number alone does not do: it comes back after 4 GiB. */
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
		detect_duplex(conn); /* with the peer known: the janitor is told of both ends */
	note_reader(conn, peer);
	struct sk_psock *psock = psock_of(peer);
	if (!psock)
		return is_awaited(conn) ? RETIRED_SEQUENCE : NO_PEER;
	if (READ_AS(struct sock, peer, sk_shutdown))
		return RETIRED_SHUTDOWN;
	__u64 peer_says = peer_word(conn);
	if (peer_says >> 32)
		return RETIRED_DUPLEX;
	if (peer_says && !conn->duplex && protects(ONE_WAY))
		return RETIRED_PEER;
	if (protects(LOW_WATER_MARK) && READ_AS(struct sock, peer, sk_rcvlowat) > 1)
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

/* Without gears a direction that was not proven may pass this much debt, 4 MiB, by TCP. */
#define MAX_UNPROVEN_DEBT 1024

/* Whether a direction may go on by TCP that redirected nothing since its end was enrolled. Without
 * gears FIONREAD may not count TCP's bytes, so none may wait in an enrolled socket that is polled:
 * its first message is redirected, or none is. */
static __always_inline bool may_go_on_unproven(struct conn *conn, struct settings *s)
{
	if (gears_in_force(s) || !psock_of(conn->peer))
		return true;
	return conn->debt < MAX_UNPROVEN_DEBT && begin_of_peer(conn) & NATIVE_READER;
}

/* What a direction owes for the messages that wait when it shifts: too little to retire for one
 * flood. */
static __always_inline __u32 debt_of_backlog(struct conn *conn, __u32 reason)
{
	bool small = conn->backlog_bytes < (__u64)PAGE * conn->backlog_messages;
	__u32 debt = OF_SMALL * conn->backlog_messages;
	if (reason != RETIRED_BACKLOG_MESSAGES || !small)
		return 0;
	return debt < MAX_DEBT / 2 ? debt : MAX_DEBT / 2;
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
	detect_duplex(conn); /* the sender may be held up by TCP now */
	if (conn->duplex)
		return false;
	if (!conn->shifted) {
		conn->shifted = shifted;
		conn->shifts++;
		conn->debt += debt_of_backlog(conn, reason);
		count(shifted);
	}
	conn->debt += DEBT(size) * (reason == RETIRED_CORK ? OF_CORKED : 1);
	return true;
}

/* Passes a message of a retired direction to TCP. */
static __always_inline int pass_retired(struct conn *conn, __u64 task)
{
	struct departure *departure = bpf_map_lookup_elem(&leaving, &conn->self.handshake);
	if (!departure)
		hand_to_janitor(conn, conn->peer); /* the queue of flows that leave was full */
	if (!conn->known_settled && has_arrived(conn, task)) {
		if (departure)
			departure->known_settled[conn->self.role & 1] = 1;
		conn->known_settled = 1;
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

	/* Either this verdict sees that an end has retired, or who retired it sees the reference of
	 * this thread. */
	load_barrier(&conn->fence);
	if (++conn->messages == LONG_FLOW)
		count_length(conn);
	__u64 task = bpf_get_current_task();
	if (conn->retired && protects(ONE_WAY))
		return pass_retired(conn, task);

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
		note_retired(conn, reason);
		/* A splice is left out: who sends by one can look like such a reader. */
		if (reason == RETIRED_RECV_FLAGS && wishes(conn->peer) & (MSG_WAITALL | MSG_TRUNC))
			mark_container_incompatible(conn->peer, reason);
		if (reason == RETIRED_IO_URING)
			mark_container_incompatible(
				send_flags(task) & BY_IO_URING ? conn->tp : conn->peer, reason);
		hand_to_janitor(conn, conn->peer);
		return pass_retired(conn, task);
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
		/* These are not atomic, as count() is: two lock prefixes would be a visible part of
		 * this path. Where the kernel preempts just between the load and the store, what
		 * others counted on this CPU meanwhile is lost. */
		c->value[REDIRECTED]++;
		c->value[REDIRECTED_BYTES] += size;
	}
	return SK_PASS;
}

#endif
