// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Has connections join that are open already, and those join again that went back to TCP
 * (docs/datapath.md, 9). An iterator over the TCP sockets of a network namespace, because this type
 * of program may put a socket into a sockhash, and the kernel has the socket's lock meanwhile (from
 * 6.5 on). From 6.12 on it may also have the sockops program called for the socket.
 *
 * An end is visited several times. First it is noted under its initial sequence numbers. Then each
 * end finds the other, by the same numbers. Then the client's end is enrolled, and as soon as it is
 * visited after that, the server's. Whatever is sent meanwhile, and until the verdict has made sure
 * that it may redirect, goes by TCP. */
#include "address.h"
#include "gears.h"
#include "leaving.h"
#include "remember.h"
#include "selected.h"
#include "sweeper.h"
#include "waking.h"

#define TCP_BPF_SOCK_OPS_CB_FLAGS 1008

/* A flow that outran its reader must have paused for so long before it returns, and any other where
 * TCP's bytes may not wait in an enrolled socket. */
#define QUIET_NS 100000000ULL
/* So long it stays out, and after each return twice as long, unless it was redirected for 16 times
 * as long since. */
#define BACK_OFF_NS 100000000ULL
#define MAX_DOUBLED 10
/* Of nested cgroups. */
#define MAX_DEPTH 32

/* Where the readers of a socket are while its lock is taken. */
enum readers {
	UNKNOWN,
	ELSEWHERE,   /* none is in tcp_recvmsg(), nor on its way there */
	NATIVE_ONCE, /* one may be, and no other; who comes after it reads from the psock */
};

/* In the lower half how many threads may be told by this entry of a wait queue, in the upper half
 * whether it is an epoll that nobody sleeps in. A function of its own, so that the verifier looks
 * at it once and not for each turn of a loop. */
__noinline __u64 who_polls(__u64 wait_queue_entry)
{
	struct wait_queue_entry *entry = (void *)wait_queue_entry;
	__u32 kind = kind_of((__u64)BPF_CORE_READ(entry, func));
	if (kind != IN_EPOLL)
		return kind == IN_POLL;
	struct eppoll_entry *in_epoll = object_of(entry, struct eppoll_entry, wait);
	struct eventpoll *epoll = BPF_CORE_READ(in_epoll, base, ep);
	struct list_head *head = address_of(epoll, struct eventpoll, wq.head);
	return epoll && BPF_CORE_READ(epoll, wq.head.next) != head ? 1 : 1ULL << 32;
}

static __always_inline __u64 all_who_poll(__u64 tp)
{
	struct socket_wq *wq = BPF_CORE_READ((struct sock *)tp, sk_wq);
	struct list_head *head = address_of(wq, struct socket_wq, wait.head);
	struct list_head *n = wq ? BPF_CORE_READ(wq, wait.head.next) : 0;
	__u64 found = 0;

	for (int i = 0; i < MAX_WAITERS && n && n != head; i++) {
		found += who_polls((__u64)object_of(n, struct wait_queue_entry, entry));
		n = BPF_CORE_READ(n, next);
	}
	return found;
}

/* FIONREAD counts TCP's bytes in an enrolled socket. */
static __always_inline bool counts_both(void)
{
	struct learnt *l = single(&learnt);
	return l && l->counts_both;
}

/* Or somebody chose to do without. */
static __always_inline bool may_hold_tcps_bytes(void)
{
	struct settings *s = single(&settings);
	return counts_both() || (s && gears_in_force(s));
}

/* A thread of a process with several threads holds a reference to the file while it is in a system
 * call. One without holds none, so it may be on its way into tcp_recvmsg(), unless it sleeps in
 * poll() or epoll_wait(). */
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
	/* Who is to come back to epoll_wait() may go by what FIONREAD says. So may who is in
	 * recv(), or nowhere, later; and of those in send() another may read. */
	if (asleep ? !(wishes(tp) & READER) : polls != 0)
		return UNKNOWN;
	return may_hold_tcps_bytes() ? NATIVE_ONCE : UNKNOWN;
}

/* Its programs are called for sockets of the cgroup that they are attached to. */
__noinline int is_in_cgroup(__u64 tp, __u64 id)
{
	struct cgroup *own = BPF_CORE_READ((struct sock *)tp, sk_cgrp_data.cgroup);
	int level = BPF_CORE_READ(own, level);
	__u64 ancestors = (__u64)address_of(own, struct cgroup, ancestors);
	for (int i = 0; i < MAX_DEPTH && i <= level; i++) {
		struct cgroup *ancestor = (void *)word_at(ancestors + i * sizeof(__u64));
		if (BPF_CORE_READ(ancestor, kn, id) == id)
			return true;
	}
	return false;
}

/* What keeps an end out for good, or 0. */
__noinline int refusal_of(__u64 tp)
{
	struct sock *sk = (void *)tp;
	__u32 wish = wishes(tp);
	if (has_refused_option(tp) || BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock) ||
	    BPF_CORE_READ(sk, sk_shutdown) || BPF_CORE_READ(sk, sk_err) ||
	    BPF_CORE_READ(sk, sk_rcvlowat) > 1 || BPF_CORE_READ((struct tcp_sock *)tp, urg_data) ||
	    wish & (MSG_WAITALL | MSG_TRUNC | SPLICES | STRANGER))
		return REFUSED_SOCKET;
	if (is_remembered_container(tp))
		return REFUSED_REMEMBERED;
	return 0;
}

/* Reasons to go back to TCP that pass. */
static __always_inline bool may_return(__u32 why)
{
	return !why || shift_for(why) || why == NO_PEER || why == RETIRED_PEER ||
	       why == RETIRED_LATE_PEER || why == RETIRED_STOPPED;
}

static __always_inline struct isns isns_of(__u64 tp)
{
	struct tcp_sock *sk = (void *)tp;
	return (struct isns){
		BPF_CORE_READ(sk, rcv_nxt) - (__u32)BPF_CORE_READ(sk, bytes_received) - 1,
		BPF_CORE_READ(sk, snd_una) - (__u32)BPF_CORE_READ(sk, bytes_acked),
	};
}

/* Nothing is on its way, nor unread. */
__noinline int is_drained(__u64 a, __u64 b)
{
	struct tcp_sock *one = (void *)a, *another = (void *)b;
	return BPF_CORE_READ(one, write_seq) == BPF_CORE_READ(another, copied_seq) &&
	       BPF_CORE_READ(another, write_seq) == BPF_CORE_READ(one, copied_seq);
}

/* Two sockets of one connection, one of which is visited. */
struct pair {
	__u64 own, peer;       /* tcp_socks, as numbers */
	__u64 peer_state;      /* address of the peer's conn.retired */
	struct handshake isns; /* of the client and the server */
	__u32 role;	       /* of the one that is visited */
	__u64 began;	       /* ns, monotonic: the enrolment of a client */
};

/* The other end of a socket; 0 where it was not seen in this walk or the last. */
static __always_inline struct candidate *other_end(struct isns *own, __u32 pass, struct pair *pair)
{
	struct isns key = { own->local, own->remote + 1 };
	struct candidate *found = bpf_map_lookup_elem(&candidates, &key);
	pair->role = CLIENT;
	pair->isns = (struct handshake){ own->local, own->remote };
	if (!found) {
		key = (struct isns){ own->local - 1, own->remote };
		found = bpf_map_lookup_elem(&candidates, &key);
		pair->role = SERVER;
		pair->isns = (struct handshake){ own->remote, own->local - 1 };
	}
	if (!found || found->pass + 1 < pass)
		return 0;
	struct isns again = isns_of(found->tp); /* it may have been closed since */
	return again.remote == key.remote && again.local == key.local ? found : 0;
}

static __always_inline struct parties parties_of(struct sock_common *client,
						 struct sock_common *server)
{
	struct parties parties = {};
	parties.listener.netns = netns_of(server);
	parties.listener.address = local_address(server);
	parties.listener.port = READ_FAST(struct sock_common, server, skc_num);
	parties.client = local_address(client);
	return parties;
}

/* Before a flow returns, and where an enrolled socket may not hold TCP's bytes, its connection must
 * have paused. */
static __always_inline bool is_quiet(struct conn *conn, __u64 tp, __u64 now)
{
	struct tcp_sock *sk = (void *)tp;
	__u32 mark = BPF_CORE_READ(sk, write_seq) + 31 * BPF_CORE_READ(sk, rcv_nxt);
	if (conn->mark != mark) {
		conn->mark = mark;
		conn->quiet_since = now;
	}
	return now - conn->quiet_since >= QUIET_NS;
}

static __always_inline bool backs_off(struct conn *conn, __u64 now)
{
	__u64 back_off = BACK_OFF_NS << (conn->backed_off & 15);
	if (!conn->out_since) {
		conn->out_since = now;
		if (now - conn->joined_at > 16 * back_off)
			conn->backed_off = 0;
	}
	return now - conn->out_since < BACK_OFF_NS << (conn->backed_off & 15);
}

static __always_inline bool left_before(struct conn *conn, struct pair *pair)
{
	return conn->retired && (conn->proven || (__u32)WORD_OF(pair->peer_state, proven));
}

/* What keeps a pair out for good, or 0; asked of the client. */
static __always_inline int refusal_of_pair(struct conn *conn, struct pair *pair)
{
	struct sock_common *client = (void *)pair->own, *server = (void *)pair->peer;
	struct address dialing = remote_address(server);
	__u64 peer_says = word_at(pair->peer_state);
	__u32 peer_policy_epoch = WORD_OF(pair->peer_state, policy_epoch);
	int refusal;

	if (!is_local_client(&dialing))
		return REFUSED_SOCKET;
	if (!may_return(conn->retired) || !may_return(peer_says) || conn->duplex || peer_says >> 32)
		return REFUSED_REASON;
	if ((refusal = refusal_of(pair->own)) || (refusal = refusal_of(pair->peer)))
		return refusal;
	struct parties parties = parties_of(client, server);
	if (is_remembered(&parties))
		return REFUSED_REMEMBERED;
	/* Since they joined last, if ever: what was cut must not live on. Where each direction
	 * begins with a byte by TCP it does not. */
	if (!counts_both() && (changed_since(pair->own, conn->policy_epoch) ||
			       changed_since(pair->peer, peer_policy_epoch)))
		return REFUSED_POLICY;
	return 0;
}

/* Why a pair that is not refused has to wait, or 0; asked of the client. */
static __always_inline int wait_of_pair(struct conn *conn, struct pair *pair, struct settings *s)
{
	struct handshake before = conn->self.handshake;
	__u64 now = bpf_ktime_get_ns();
	__u32 peer_retired = word_at(pair->peer_state);
	/* not because somebody switched it off */
	bool outran = left_before(conn, pair) && conn->retired != RETIRED_STOPPED &&
		      peer_retired != RETIRED_STOPPED;

	if (conn->watched || (__u32)WORD_OF(pair->peer_state, watched))
		return BUSY_LEAVING;
	if (conn->retired && bpf_map_lookup_elem(&leaving, &before))
		return BUSY_LEAVING;
	if (!is_drained(pair->own, pair->peer))
		return BUSY_BYTES;
	if (!is_quiet(conn, pair->own, now) && (outran || !gears_in_force(s)))
		return BUSY_BYTES;
	if (outran && backs_off(conn, now))
		return BUSY_RETURNED;
	if (readers_of(pair->own) == UNKNOWN || readers_of(pair->peer) == UNKNOWN)
		return BUSY_READER;
	return 0;
}

/* Its sockops program is called for the socket, as for those that joined by their handshake. */
static __always_inline bool call_back(struct tcp_sock *tp, int flags)
{
	return !bpf_setsockopt(tp, SOL_TCP, TCP_BPF_SOCK_OPS_CB_FLAGS, &flags, sizeof(flags));
}

/* Puts the visited end into the sockhash; 0, or why not. The peer redirects nothing to it before
 * the lock is given away: has_read_all(). So it can go again at once. */
static __always_inline int enrol(struct tcp_sock *tp, struct conn *conn, struct pair *pair,
				 struct flow_key *key, __u32 why, struct settings *s)
{
	struct tcp_sock *own = (void *)pair->own;
	__u64 begin = BPF_CORE_READ(own, copied_seq);
	__u32 retired = conn->retired, proven = conn->proven, fence = 0;
	bool client = key->role == CLIENT;
	int callbacks = tp->bpf_sock_ops_cb_flags;

	if (!call_back(tp, callbacks | JOINED_CALLBACKS))
		return REFUSED_SOCKET;
	conn->self = *key;
	conn->peer_key.handshake = key->handshake;
	conn->peer_key.role = other(key->role);
	conn->tp = pair->own;
	conn->peer = pair->peer;
	conn->peer_state = pair->peer_state;
	conn->parties = parties_of((void *)(client ? pair->own : pair->peer),
				   (void *)(client ? pair->peer : pair->own));
	conn->duplex = 0;
	conn->messages = 0;
	conn->joined_at = bpf_ktime_get_ns();
	conn->shifted = why;
	conn->debt = 0;
	conn->epoch = s->epoch;
	conn->peer_reader = 0;
	conn->peer_waiter = 0;
	conn->writer = 0;
	conn->peer_closed = 0;
	conn->settled = 0;
	conn->proven = 0;
	conn->begin = begin | NATIVE_READER;
	conn->retired = 0;

	int error = 0, readers = UNKNOWN;
	if (bpf_map_update_elem(&flows, key, tp, BPF_NOEXIST)) {
		error = REFUSED_ROOM;
	} else {
		full_barrier(&conn->fence);
		readers = readers_of(pair->own);
		if (readers == UNKNOWN)
			error = BUSY_READER;
		/* the janitor may have looked already: for the client's end, or for the server's
		 * that comes too late */
		else if (client ? bpf_ktime_get_ns() - pair->began > AWAITED_NS / 2
				: (__u32)word_at(pair->peer_state))
			error = BUSY_LEAVING;
		/* switched off meanwhile */
		else if (s->state != ENABLED || s->epoch != conn->epoch)
			error = BUSY_BYTES;
		/* a message may be on its way past a verdict that did not see this end yet */
		else if (READ_FAST(struct sock, pair->peer, sk_lock.owned))
			error = BUSY_BYTES;
		load_barrier(&fence);
		if (!is_drained(pair->own, pair->peer))
			error = BUSY_BYTES;
		if (error)
			bpf_map_delete_elem(&flows, key);
	}
	if (error) {
		conn->retired = retired;
		conn->proven = proven;
		call_back(tp, callbacks);
		return error;
	}
	/* With a byte through TCP first, where FIONREAD counts it, a connection that a policy cut
	 * without our knowledge stays cut. */
	if (readers == ELSEWHERE && !counts_both())
		conn->begin = begin;
	conn->out_since = 0;
	if (why == SHIFTED_ADOPTED) {
		conn->joining = BY_ADOPTION;
	} else {
		conn->returns++;
		conn->backed_off += conn->backed_off < MAX_DOUBLED;
	}
	return 0;
}

/* The client's end, and the janitor takes it out again if the server's does not follow. */
static __always_inline int enrol_client(struct tcp_sock *tp, struct conn *conn, struct pair *pair,
					struct settings *s)
{
	struct sock_common *client = (void *)pair->own, *server = (void *)pair->peer;
	/* another key each time: one that left may be in free_to_go still */
	struct flow_key key = {
		{ pair->isns.client_isn ^ bpf_get_prandom_u32(), pair->isns.server_isn }, CLIENT
	};
	__u32 why = left_before(conn, pair) ? SHIFTED_RETURNED : SHIFTED_ADOPTED;
	__u32 clients_begin = READ_FAST(struct tcp_sock, pair->own, copied_seq);
	__u32 servers_begin = READ_FAST(struct tcp_sock, pair->peer, copied_seq);
	pair->began = bpf_ktime_get_ns();
	struct departure departure = {
		.since = pair->began + AWAITED_NS,
		.next_look = pair->began + AWAITED_NS,
		.tp = { pair->own, pair->peer },
		.begin = { clients_begin | NATIVE_READER, servers_begin | NATIVE_READER },
		.awaits = 1,
	};
	prepare_to_sweep();
	start_leaving(&key.handshake, &departure);
	if (!bpf_map_lookup_elem(&leaving, &key.handshake))
		return REFUSED_ROOM;
	int error = enrol(tp, conn, pair, &key, why, s);
	if (error) {
		look_now(&key.handshake); /* only the janitor takes a flow off its list */
		return error;
	}
	struct address local = local_address(client), remote = remote_address(client);
	struct address seen = remote_address(server), dialed = local_address(server);
	if (!is_same(&local, &seen) || !is_same(&remote, &dialed)) /* a connection tracker did it */
		keep_alive(tp, conn, TRACKED);
	return 0;
}

/* Of a client's end that waits for the visited server's. */
static __always_inline struct handshake awaited(struct pair *pair)
{
	__u64 isns = WORD_OF(pair->peer_state, self.handshake);
	return (struct handshake){ isns, isns >> 32 };
}

/* The server's, whose client's end waits for it. */
static __always_inline int enrol_server(struct tcp_sock *tp, struct conn *conn, struct pair *pair,
					struct settings *s)
{
	struct flow_key key = { awaited(pair), SERVER };
	bool returns = (__u32)WORD_OF(pair->peer_state, shifted) == SHIFTED_RETURNED;
	__u32 why = returns ? SHIFTED_RETURNED : SHIFTED_ADOPTED;
	int refusal = refusal_of(pair->own);
	if (refusal)
		return refusal;
	if (readers_of(pair->own) == UNKNOWN)
		return BUSY_READER;
	if (!is_drained(pair->own, pair->peer))
		return BUSY_BYTES;
	conn->policy_epoch = WORD_OF(pair->peer_state, policy_epoch);
	int error = enrol(tp, conn, pair, &key, why, s);
	if (error)
		return error;
	count(why); /* for each direction */
	count(why);
	return returns ? RETURNED : ADOPTED;
}

/* Each pair is counted once in a walk: at the client's end, and while that waits, at the server's.
 */
static __always_inline void found(struct adoption *adoption, __u32 finding)
{
	if (finding < FINDINGS)
		__sync_fetch_and_add(&adoption->found[finding], 1);
}

/* Joined, and not on its way back to TCP. */
static __always_inline bool is_in(__u64 tp, __u64 state)
{
	return psock_of(tp) && WORD_OF(state, tp) == tp && !(__u32)word_at(state);
}

static __always_inline void visit_client(struct tcp_sock *tp, struct conn *conn, struct pair *pair,
					 struct settings *s, struct adoption *adoption)
{
	if (is_in(pair->own, (__u64)&conn->retired))
		return; /* joined, or the server's end tells */
	if (psock_of(pair->own) || psock_of(pair->peer)) {
		found(adoption, BUSY_LEAVING);
		return;
	}
	__u32 policy_epoch = s->policy_epoch; /* before the policies */
	int why = refusal_of_pair(conn, pair);
	if (!why)
		conn->policy_epoch = policy_epoch;
	if (!why)
		why = wait_of_pair(conn, pair, s);
	if (!why && bpf_sk_storage_get(&former, tp, 0, 0))
		why = REFUSED_SOCKET;
	if (!why)
		why = enrol_client(tp, conn, pair, s);
	found(adoption, why ?: AWAITED);
}

static __always_inline void visit_server(struct tcp_sock *tp, struct conn *conn, struct pair *pair,
					 struct settings *s, struct adoption *adoption)
{
	bool is_awaited =
		is_in(pair->peer, pair->peer_state) && WORD_OF(pair->peer_state, peer) == pair->own;
	if (!is_awaited || psock_of(pair->own))
		return;
	int finding = bpf_sk_storage_get(&former, tp, 0, 0) ? REFUSED_SOCKET
							    : enrol_server(tp, conn, pair, s);
	if (finding >= BUSY_BYTES && !counts_both()) {
		/* the client's end goes again: FIONREAD may not count what it gets by TCP */
		struct handshake handshake = awaited(pair);
		look_now(&handshake);
	}
	found(adoption, finding);
}

SEC("iter/tcp") int adopt(struct bpf_iter__tcp *ctx)
{
	struct sock_common *sk = ctx->sk_common;
	struct settings *s = joining();
	struct adoption *a = single(&adoption);
	if (!sk || !s || !a || is_stale() || sk->skc_state != BPF_TCP_ESTABLISHED)
		return 0;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct pair pair = {};
	bpf_probe_read_kernel(&pair.own, sizeof(pair.own), &ctx->sk_common);
	if (!tp)
		return 0;
	struct address local = local_address((void *)pair.own);
	__u64 netns = netns_of((void *)pair.own);
	if (!is_ours(&local, netns))
		return 0;

	struct isns own = isns_of(pair.own);
	struct candidate *self = bpf_map_lookup_elem(&candidates, &own);
	if (!self || self->tp != pair.own) {
		if (!is_in_cgroup(pair.own, a->cgroup))
			return 0;
		learn_namespace(netns, &local); /* its loopback is found in the next walk */
		struct candidate fresh = { .tp = pair.own, .pass = a->pass };
		bpf_map_update_elem(&candidates, &own, &fresh, BPF_ANY);
		return 0;
	}
	self->pass = a->pass;
	struct candidate *peer = other_end(&own, a->pass, &pair);
	if (!peer)
		return 0;
	struct conn *conn = bpf_sk_storage_get(&conns, tp, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!conn)
		return 0;
	self->state = (__u64)&conn->retired;
	pair.peer = peer->tp;
	pair.peer_state = peer->state;
	if (!pair.peer_state)
		return 0;
	if (is_in(pair.own, self->state) && is_in(pair.peer, pair.peer_state))
		return 0;
	__sync_fetch_and_add(&a->ends, 1);
	if (pair.role == CLIENT)
		visit_client(tp, conn, &pair, s, a);
	else
		visit_server(tp, conn, &pair, s, a);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
