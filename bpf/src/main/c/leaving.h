/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a socket leaves the sockhash without losing a byte. Deleting it there frees its psock with
 * everything queued in it, so it may go only when its queue is empty and no redirect can still be
 * on its way into it (docs/datapath.md, 4). */
#ifndef PODWIRE_LEAVING_H
#define PODWIRE_LEAVING_H

#include "maps.h"
#include "syscall.h"

#define MAX_WAITERS 32
/* Maps that a socket is in: ours, and another generation's. */
#define MAX_LINKS 4

static __always_inline struct sk_psock *psock_of(__u64 tp)
{
	__u64 data = (__u64)READ_FAST(struct sock, tp, sk_user_data);
	return (struct sk_psock *)(data & ~7ULL); /* SK_USER_DATA_* flags */
}

static __always_inline bool queue_empty(struct sk_psock *psock)
{
	return READ_FAST(struct sk_psock, psock, ingress_msg.next) ==
	       address_of(psock, struct sk_psock, ingress_msg);
}

struct unread {
	__u32 messages;
	__u32 bytes;
};

/* The verifier follows each turn of a loop, but looks once at a function that is not static; before
 * 5.12 that is only for those without pointers. So where it can be, a long loop is one of short
 * ones. */
#if OLDEST >= 515
#define SOME_MESSAGES 32
#else
#define SOME_MESSAGES MAX_BACKLOG_MESSAGES
#endif

/* On its way through the queue of a socket. */
struct walk {
	__u64 message, head;
	struct unread unread;
};

static __always_inline void walk_some(struct walk *walk)
{
	struct list_head *n = (void *)walk->message, *head = (void *)walk->head;
	struct unread unread = walk->unread;
	for (int i = 0; i < SOME_MESSAGES && n && n != head; i++) {
		unread.bytes += BPF_CORE_READ(object_of(n, struct sk_msg, list), sg.size);
		unread.messages++;
		n = BPF_CORE_READ(n, next);
	}
	walk->message = (__u64)n;
	walk->unread = unread;
}

#if OLDEST >= 515
__noinline int walk_on(struct walk *walk)
{
	if (walk) /* for the verifier, which looks at this function by itself */
		walk_some(walk);
	return 0;
}
#else
#define walk_on walk_some
#endif

/* What waits in the queue of a socket, as far as the verdict lets one grow. */
static __always_inline struct unread unread_in(__u64 tp)
{
	/* by a probe read: memory that is given to a function holds numbers, not pointers */
	__u64 data = (__u64)BPF_CORE_READ((struct sock *)tp, sk_user_data);
	struct sk_psock *psock = (void *)(data & ~7ULL);
	struct walk walk = {
		.message = psock ? (__u64)BPF_CORE_READ(psock, ingress_msg.next) : 0,
		.head = (__u64)address_of(psock, struct sk_psock, ingress_msg),
	};
	for (int i = 0; i < MAX_BACKLOG_MESSAGES / SOME_MESSAGES; i++) {
		if (!walk.message || walk.message == walk.head)
			break;
		walk_on(&walk);
	}
	return walk.unread;
}

/* Bytes that came by TCP and are not read: a FIN is none. */
static __always_inline __u32 unread_by_tcp(struct tcp_sock *tp)
{
	__u32 unread = BPF_CORE_READ(tp, rcv_nxt) - BPF_CORE_READ(tp, copied_seq);
	bool end = BPF_CORE_READ((struct sock *)tp, __sk_common.skc_flags) &
		   1ULL << bpf_core_enum_value(enum sock_flags, SOCK_DONE);
	return unread - (unread && end);
}

/* The kind of waiter whose function this is; WAITERS for one that is none of ours to know: of
 * io_uring, or aio. Before anything was learnt, all are. */
static __always_inline __u32 kind_of(__u64 function)
{
	struct learnt *l = single(&learnt);
	if (!l || !function)
		return WAITERS;
	for (__u32 kind = 0; kind < WAITERS; kind++)
		if (l->functions[kind] == function)
			return kind;
	return WAITERS;
}

/* Threads asleep on the socket in recv() or in sk_stream_wait_memory(): they hold a reference to
 * the psock, and are not between a verdict and its redirect. */
__noinline int sleepers(__u64 tp)
{
	struct socket_wq *wq = BPF_CORE_READ((struct sock *)tp, sk_wq);
	struct list_head *head = address_of(wq, struct socket_wq, wait.head);
	struct list_head *n = wq ? BPF_CORE_READ(wq, wait.head.next) : 0;
	struct learnt *l = single(&learnt);
	int asleep = 0;

	for (int i = 0; i < MAX_WAITERS && l && n && n != head; i++) {
		struct wait_queue_entry *entry = object_of(n, struct wait_queue_entry, entry);
		if ((__u64)BPF_CORE_READ(entry, func) == l->functions[IN_RECV])
			asleep++;
		n = BPF_CORE_READ(n, next);
	}
	return asleep;
}

/* Somebody reads; more than one does. In place of MSG_FASTOPEN and MSG_CMSG_CLOEXEC, which do not
 * matter here. */
#define READER	0x20000000U
#define READERS (READER << 1)
/* Somebody waits in a way that we do not know: io_uring or aio, which want to be told how much is
 * left unread, and a psock does not. No MSG_ flag has this bit. */
#define STRANGER (READER >> 1)

/* What a thread that sleeps on a socket waits for in recv(); 0 where it sends or connects. */
__noinline __u32 wish(__u64 task)
{
	return is_sending(task) ? 0
				: READER | (receive_flags(task) & ~(READER | READERS | STRANGER));
}

/* An entry lies on the stack of who waits, and what is read there once it has been taken off the
 * queue is anything. So a stranger is one that is still linked, and says the same again. */
static __always_inline bool is_there(struct list_head *before, struct wait_queue_entry *entry,
				     __u64 function)
{
	__u32 fence = 0;
	struct list_head *linked = address_of(entry, struct wait_queue_entry, entry);
	load_barrier(&fence);
	if (BPF_CORE_READ(before, next) != linked || BPF_CORE_READ(linked, prev) != before)
		return false;
	load_barrier(&fence);
	return function && (__u64)BPF_CORE_READ(entry, func) == function;
}

/* What the threads asleep in recv() on a socket wait for, together; and whether there is a
 * STRANGER. */
__noinline __u32 wishes(__u64 tp)
{
	struct socket_wq *wq = READ_FAST(struct sock, tp, sk_wq);
	struct list_head *head = address_of(wq, struct socket_wq, wait.head);
	struct list_head *n = wq ? READ_FAST(struct socket_wq, wq, wait.head.next) : head;
	struct list_head *before = head;
	__u32 all = 0;

	for (int i = 0; i < MAX_WAITERS && n && n != head; i++) {
		struct wait_queue_entry *entry = object_of(n, struct wait_queue_entry, entry);
		__u64 function = (__u64)READ_FAST(struct wait_queue_entry, entry, func);
		__u32 kind = kind_of(function);
		if (kind == WAITERS) {
			if (is_there(before, entry, function))
				all |= STRANGER;
		} else if (kind == IN_RECV) {
			/* by a probe read: a function is given a number, not a pointer */
			__u32 one = wish((__u64)BPF_CORE_READ(entry, private));
			all |= one | (all & one & READER) << 1;
		}
		before = n;
		n = READ_FAST(struct list_head, n, next);
	}
	return all;
}

/* The sequence number of the first payload byte that an end of a handshake receives. */
static __always_inline __u32 first_received(struct flow_key *end)
{
	return (end->role == CLIENT ? end->handshake.server_isn : end->handshake.client_isn) + 1;
}

/* A field of the conn whose `retired` is at this address, and whatever follows it in eight bytes.
 */
#define WORD_OF(state, field)                                                                      \
	word_at((state) + __builtin_offsetof(struct conn, field) -                                 \
		__builtin_offsetof(struct conn, retired))

/* The same of the peer's conn. */
#define PEER_WORD(conn, field) WORD_OF((conn)->peer_state, field)

/* The peer's conn.begin. A peer that this end does not know yet joined by its handshake. */
static __always_inline __u64 begin_of_peer(struct conn *conn)
{
	struct flow_key peer = conn->peer_key;
	return conn->peer_state ? PEER_WORD(conn, begin) : first_received(&peer);
}

/* Whether a thread may be inside tcp_recvmsg() since before the socket was enrolled, where nothing
 * that is redirected wakes it. Once a byte was read that came by TCP, it has come back. */
static __always_inline bool may_read_natively(__u64 tp, __u64 begin)
{
	return begin & NATIVE_READER && READ_FAST(struct tcp_sock, tp, copied_seq) == (__u32)begin;
}

static __always_inline int references(struct sk_psock *psock)
{
	return BPF_CORE_READ(psock, refcnt.refs.counter);
}

/* Those that links of maps hold. */
static __always_inline int links(struct sk_psock *psock)
{
	struct list_head *head = address_of(psock, struct sk_psock, link);
	struct list_head *n = BPF_CORE_READ(psock, link.next);
	int found = 0;

	for (int i = 0; i < MAX_LINKS && n && n != head; i++) {
		found++;
		n = BPF_CORE_READ(n, next);
	}
	return found;
}

/* Each thread in tcp_bpf_recvmsg() or tcp_bpf_sendmsg() holds a reference to the psock. */
static __always_inline int threads_in_psock(__u64 tp)
{
	struct sk_psock *psock = psock_of(tp);
	return psock ? references(psock) - links(psock) : 0;
}

/* References to the file of a socket. In a process with several threads each of them holds one
 * while it is in a system call on the socket. */
static __always_inline long file_references(__u64 tp)
{
	struct file *file = BPF_CORE_READ((struct sock *)tp, sk_socket, file);
	if (!file)
		return 0;
	if (bpf_core_field_exists(file->f_ref))
		return BPF_CORE_READ(file, f_ref.refcnt.counter) + 1;
	return BPF_CORE_READ((struct file___before_6_13 *)file, f_count.counter);
}

/* Whether a task that waits for the socket holds a reference to its file: in poll() for each entry
 * of a wait queue (__pollwait()), in recv() and send() where others have its table of files
 * (__fget_light()). */
__noinline int holds_file(__u64 wait_queue_entry)
{
	struct wait_queue_entry *entry = (void *)wait_queue_entry;
	struct task_struct *task = BPF_CORE_READ(entry, private);
	__u32 kind = kind_of((__u64)BPF_CORE_READ(entry, func));

	return kind == IN_POLL ||
	       (kind == IN_RECV && BPF_CORE_READ(task, files, count.counter) > 1);
}

/* How many of those that wait in recv(), send() or poll() do. */
__noinline int waiters_with_file(__u64 tp)
{
	struct socket_wq *wq = BPF_CORE_READ((struct sock *)tp, sk_wq);
	struct list_head *head = address_of(wq, struct socket_wq, wait.head);
	struct list_head *n = wq ? BPF_CORE_READ(wq, wait.head.next) : 0;
	int found = 0;

	for (int i = 0; i < MAX_WAITERS && n && n != head; i++) {
		found += holds_file((__u64)object_of(n, struct wait_queue_entry, entry));
		n = BPF_CORE_READ(n, next);
	}
	return found;
}

/* Nobody is in a system call on the socket but who sleeps there, and `self` known ones: each other
 * thread of a process with several holds a reference to the file, and one without others sleeps, or
 * is not there. */
static __always_inline bool only_sleepers_are_inside(__u64 tp, int self)
{
	struct task_struct *current = (void *)bpf_get_current_task();
	long files = file_references(tp);
	int own = self && BPF_CORE_READ(current, files, count.counter) > 1;
	return files && files <= 1 + own + waiters_with_file(tp);
}

/* A thread asleep in tcp_bpf_recvmsg() or tcp_bpf_sendmsg() holds a psock reference. One in
 * tcp_splice_read() does not, nor one in tcp_recvmsg(), which can be there once bytes came by TCP,
 * if it waits for more than a byte, skipped an urgent one, or another reader was faster. */
static __always_inline bool sleepers_hold_references(__u64 tp, __u64 begin)
{
	struct tcp_sock *sk = (void *)tp;
	__u32 asleep = wishes(tp);
	if (asleep & SPLICES)
		return false;
	if (BPF_CORE_READ(sk, rcv_nxt) == (__u32)begin)
		return true;
	return !(asleep & (MSG_WAITALL | READERS)) && !BPF_CORE_READ(sk, urg_data) &&
	       BPF_CORE_READ((struct sock *)tp, sk_rcvlowat) <= 1;
}

/* No thread but `self` known ones (0, or 1 for a verdict that asks for itself) is inside
 * tcp_bpf_sendmsg() of this socket: whatever it redirected has arrived. Each such thread holds a
 * psock reference, as each map link does, and each sleeper that sleepers_hold_references() vouches
 * for. It cannot for those who may sleep in tcp_recvmsg() since before the socket was enrolled. */
__noinline int settled(__u64 tp, int self, __u64 begin)
{
	struct sk_psock *psock = psock_of(tp);
	if (!psock)
		return 1;

	int before = references(psock), others = before - self - links(psock);
	if (others <= 0)
		return 1;
	__u32 fence = 0;
	load_barrier(&fence);
	int asleep = sleepers(tp);
	load_barrier(&fence);
	if (begin & NATIVE_READER)
		return only_sleepers_are_inside(tp, self);
	if (!sleepers_hold_references(tp, begin))
		return 0;
	int arrived = references(psock) - before; /* one of them may be among the sleepers */
	return others + (arrived > 0 ? arrived : 0) <= asleep;
}

/* The janitor looks at once, if it has rested. Without timers its rounds are the loader's. */
static __always_inline void wake_janitor(void)
{
#if OLDEST >= 515
	struct janitor *j = single(&janitor);
	__u64 now = bpf_ktime_get_ns();
	if (j)
		bpf_timer_start(&j->timer, j->rests_until > now ? j->rests_until - now : 0, 0);
#endif
}

/* Somebody waits for a flow to leave, whose reader did not read for long. */
static __always_inline void look_now(struct handshake *handshake)
{
	struct departure *departure = bpf_map_lookup_elem(&leaving, handshake);
	if (departure)
		departure->next_look = 0;
	wake_janitor();
}

/* Hands the flow to the janitor, which takes both ends out when nothing can be lost by it. Of the
 * departure the caller has set the ends, as far as they are known, and when it begins, if that is
 * not now. */
static __always_inline void start_leaving(struct handshake *handshake, struct departure *departure)
{
	if (!protects(LEAVING))
		return;
	struct settings *s = single(&settings);
	departure->epoch = s ? s->epoch : 0;
	if (!departure->since)
		departure->since = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&leaving, handshake, departure, BPF_NOEXIST)) {
		look_now(handshake); /* it may wait for its second end */
		return;
	}
	if (bpf_map_push_elem(&departures, handshake, 0))
		bpf_map_delete_elem(&leaving, handshake);
	wake_janitor();
}

/* The only task that was seen asleep in our recv(), by the peer's verdicts; or MANY, or 0. */
static __always_inline __u64 own_reader(struct conn *conn)
{
	if (!conn->peer_state)
		return 0;
	return PEER_WORD(conn, peer_reader);
}

/* The peer's conn.retired, and in the upper half conn.duplex: on a little-endian machine. */
static __always_inline __u64 peer_word(struct conn *conn)
{
	return word_at(conn->peer_state);
}

/* Says why, if no other reason was first. */
static __always_inline void retire(struct conn *conn, __u32 why)
{
	if (!conn->retired)
		conn->retired = why;
}

static __always_inline __u64 peer_of(struct conn *conn)
{
	struct handshake handshake = conn->self.handshake;
	struct rendezvous *rv = conn->peer ? 0 : bpf_map_lookup_elem(&handshakes, &handshake);
	return rv ? rv->end[other(conn->self.role)] : conn->peer;
}

static __always_inline void hand_to_janitor(struct conn *conn, __u64 peer)
{
	struct handshake handshake = conn->self.handshake;
	bool client = conn->self.role == CLIENT;
	__u64 own_begin = conn->begin, peers_begin = begin_of_peer(conn);
	struct departure departure = {
		.tp = { client ? conn->tp : peer, client ? peer : conn->tp },
		.begin = { client ? own_begin : peers_begin, client ? peers_begin : own_begin },
	};
	start_leaving(&handshake, &departure);
}

#endif
