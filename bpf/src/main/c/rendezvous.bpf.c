// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How the two ends of a connection find each other: the listener announces the handshake, the
 * client claims it, the server completes it (docs/datapath.md, 1). Attached to the cgroup v2 root.
 */
#include "address.h"
#include "habit.h"
#include "leaving.h"
#include "remember.h"
#include "selected.h"
#include "sweeper.h"
#include "waking.h"

/* For about 0.4 ms altogether: a thread inside send() on another CPU is usually out by then. Few,
 * with pauses, since the verifier follows each: with all of what it calls before 5.15. */
#if OLDEST >= 515
#define LEAVE_TRIES 250
#define PAUSE	    40 /* looks at the clock */
#else
#define LEAVE_TRIES 32
#define PAUSE	    400
#endif

/* ctx->sk is NULL for a request socket, so take it from the kernel's own context. A request socket
 * and a full one begin with the same sock_common. */
static __always_inline struct sock_common *socket_of(struct bpf_sock_ops *ctx)
{
	struct sock_common *sk = 0;
	bpf_probe_read_kernel(&sk, sizeof(sk),
			      (void *)ctx + bpf_core_field_offset(struct bpf_sock_ops_kern, sk));
	return sk;
}

/* A listener or a socket that is waited for by io_uring is used by it later. */
static __always_inline bool is_strange(__u64 sk)
{
	if (!protects(IO_URING) || !(wishes(sk) & STRANGER))
		return false;
	remember_container(sk, RETIRED_IO_URING);
	return true;
}

/* By what earlier connections of these two were like. */
static __always_inline bool stays_on_tcp(struct parties *parties, struct settings *s)
{
	if (!pays(parties, s)) {
		count(SKIPPED_SHORT);
		return true;
	}
	if (is_remembered(parties)) {
		count(SKIPPED_REMEMBERED);
		return true;
	}
	return false;
}

/* A SYN reached a listener. */
static __always_inline void announce(struct bpf_sock_ops *ctx)
{
	struct settings *s = joining();
	if (ctx->is_fullsock || !s)
		return;
	struct sock_common *sk = socket_of(ctx);
	struct rendezvous rv = { .epoch = s->epoch, .policy_epoch = s->policy_epoch };
	struct listener *listener = &rv.parties.listener;
	rv.parties.client = remote_address(sk);
	if (!is_local_client(&rv.parties.client)) /* first: most clients are elsewhere */
		return;
	listener->address = local_address(sk);
	listener->netns = netns_of(sk);
	if (!is_ours(&listener->address, listener->netns))
		return;
	listener->port = READ_FAST(struct sock_common, sk, skc_num);
	if (is_stale()) {
		count(SKIPPED_STALE);
		return;
	}
	/* of a masqueraded client nothing is known by this address: claim() looks again */
	if (stays_on_tcp(&rv.parties, s))
		return;
	struct sock *listening = READ_FAST(struct sock_common, sk, skc_listener);
	if (is_remembered_container((__u64)listening)) {
		count(SKIPPED_CONTAINER);
		return;
	}
	if (is_strange((__u64)listening)) {
		count(JOIN_REFUSED);
		return;
	}
	learn_namespace(listener->netns, &listener->address);
	struct tcp_request_sock *request = (void *)sk;
	struct handshake handshake = { BPF_CORE_READ(request, rcv_isn),
				       BPF_CORE_READ(request, snt_isn) };
	if (!bpf_map_update_elem(&handshakes, &handshake, &rv, BPF_NOEXIST))
		count(ANNOUNCED);
}

/* Sockets whose send or receive path is not plain TCP's. */
static __always_inline bool is_refused(struct tcp_sock *tp, __u64 same)
{
	if (BPF_CORE_READ_BITFIELD_PROBED((struct sock *)same, sk_kern_sock) ||
	    tp->write_seq != tp->snd_una) /* data in the SYN: TCP fast open */
		return true;
	if (is_strange(same))
		return true;
	return protects(JOIN_REFUSAL) &&
	       (wishes(same) & ~STRANGER || /* in recv() already: it sees TCP's queue alone */
		has_refused_option(same));
}

static __always_inline bool join(struct bpf_sock_ops *ctx, struct handshake handshake, __u32 role,
				 struct rendezvous *rv)
{
	struct bpf_sock *sk = ctx->sk;
	if (!sk)
		return false;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return false;
	if (bpf_sk_storage_get(&former, sk, 0, 0) ||
	    is_refused(tp, (__u64)socket_of(ctx))) { /* to the verifier, a number */
		count(JOIN_REFUSED);
		return false;
	}
	struct conn *conn = bpf_sk_storage_get(&conns, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!conn) {
		count(JOIN_FAILED);
		return false;
	}
	struct flow_key self = { handshake, role };
	conn->self = self;
	conn->peer_key.handshake = handshake;
	conn->peer_key.role = other(role);
	conn->tp = (__u64)tp;
	conn->peer = rv->end[other(role)];
	conn->peer_state = rv->state[other(role)];
	conn->parties = rv->parties;
	conn->first_seq = tp->write_seq;
	conn->begin = first_received(&self);
	conn->proven = 1;
	conn->epoch = rv->epoch;
	conn->policy_epoch = rv->policy_epoch;
	conn->joined_at = bpf_ktime_get_ns();

	long error = bpf_sock_hash_update(ctx, &flows, &self, BPF_NOEXIST);
	if (error) {
		bpf_sk_storage_delete(&conns, sk);
		count(JOIN_FAILED);
		if (error == -EBUSY)
			count(JOIN_FAILED_BUSY);
		else if (error == -E2BIG)
			count(JOIN_FAILED_FULL);
		return false;
	}
	rv->state[role & 1] = (__u64)&conn->retired;
	publish(&rv->end[role & 1], (__u64)tp);
	bpf_sock_ops_cb_flags_set(ctx, ctx->bpf_sock_ops_cb_flags | JOINED_CALLBACKS);
	return true;
}

/* A connection tracker forgets a connection that sends no packets, and drops its FIN when it comes
 * at last. An accelerated one is busy without packets, so let it send some: keepalive probes. */
static __always_inline void keep_tracked(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct conn *conn = sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
	if (conn)
		keep_alive(ctx, conn, TRACKED);
}

/* The SYN-ACK reached the client; the ACK goes out after this, so the server finds the claim. */
static __always_inline void claim(struct bpf_sock_ops *ctx)
{
	struct handshake handshake = { ctx->snd_nxt - 1, ctx->rcv_nxt - 1 };
	struct rendezvous *rv = bpf_map_lookup_elem(&handshakes, &handshake);
	struct settings *s = joining();
	if (!rv || !s)
		return;
	struct sock_common *sk = socket_of(ctx);
	struct address local = local_address(sk);
	__u64 netns = netns_of(sk);
	if (!is_ours(&local, netns))
		return;
	learn_namespace(netns, &local);
	if (is_remembered_container((__u64)sk)) {
		count(SKIPPED_CONTAINER);
		return;
	}
	/* that one may be on its way into the kernel still, and wait for nothing; or another task
	 * is that the SYN-ACK interrupted, so its container is not remembered */
	if (protects(IO_URING) && send_flags(bpf_get_current_task()) & BY_IO_URING) {
		count(JOIN_REFUSED);
		return;
	}
	struct address dialed = remote_address(sk);
	bool masqueraded = !is_same(&local, &rv->parties.client);
	bool translated = masqueraded || !is_same(&dialed, &rv->parties.listener.address);
	if (masqueraded) { /* as are others, under the same address */
		rv->parties.client = local;
		if (stays_on_tcp(&rv->parties, s))
			return;
	}
	if (!join(ctx, handshake, CLIENT, rv))
		return;
	count(CLAIMED);
	prepare_to_sweep();
	if (translated)
		keep_tracked(ctx);
}

/* The ACK reached the server. A client that joined is never left alone in the sockhash. */
static __always_inline void complete(struct bpf_sock_ops *ctx)
{
	struct handshake handshake = { ctx->rcv_nxt - 1, ctx->snd_nxt - 1 };
	struct rendezvous *rv = bpf_map_lookup_elem(&handshakes, &handshake);
	if (!rv)
		return;
	if (rv->end[CLIENT] && join(ctx, handshake, SERVER, rv)) {
		count(COMPLETED);
		return;
	}
	if (rv->end[CLIENT]) {
		struct departure departure = { .tp = { rv->end[CLIENT] },
					       .begin = { handshake.server_isn + 1 } };
		start_leaving(&handshake, &departure);
	}
	bpf_map_delete_elem(&handshakes, &handshake);
}

/* What the peer redirected has arrived, by what its own end says and the janitor. */
static __always_inline bool peer_is_settled(struct conn *conn, __u64 peer)
{
	struct handshake handshake = conn->self.handshake;
	struct departure *departure = bpf_map_lookup_elem(&leaving, &handshake);
	if (departure && departure->settled[other(conn->self.role)])
		return true;
	if (conn->peer_state && !(__u32)PEER_WORD(conn, proven))
		return true; /* it never redirected */
	return settled(peer, 0, begin_of_peer(conn));
}

/* Takes the socket out of the sockhash if nothing can be lost by it. To be called when the peer
 * redirects no more: its verdict looks at conn.retired and at our sk_shutdown. */
global_function int leave(struct conn *conn, __u64 peer)
{
	if (!conn) /* for the verifier, which looks at this function by itself, and once */
		return true;
	struct sk_psock *psock = psock_of(conn->tp);
	if (!psock)
		return true;
	struct flow_key self = conn->self;
	if (!queue_empty(psock) || !peer || !peer_is_settled(conn, peer))
		return false;
	load_barrier(&conn->fence);
	if (!queue_empty(psock)) /* what was on its way may have arrived between the two looks */
		return false;
	if (!bpf_map_delete_elem(&flows, &self))
		count(LEFT);
	bpf_map_delete_elem(&handshakes, &self.handshake); /* no peer completes after this */
	return true;
}

/* Whether to try again: somebody was on his way out of the kernel. */
global_function int try_to_leave(struct conn *conn, __u64 peer)
{
	if (!conn) /* for the verifier, which looks at this function by itself */
		return false;
	struct sk_psock *psock = psock_of(conn->tp);
	if (!peer || !psock)
		return false;
	if (!queue_empty(psock)) {
		/* who reads that, then blocks, can be too early: not a second time */
		remember(conn, RETIRED_SHUTDOWN);
		return false;
	}
	/* our own threads too: what they redirect must arrive before the FIN that we are about to
	 * send */
	return (conn->proven && !settled(conn->tp, 0, conn->begin)) || !leave(conn, peer);
}

__noinline int pause(void)
{
	__u64 now = 0;
	for (int i = 0; i < PAUSE; i++)
		now = bpf_ktime_get_ns();
	return now != 0;
}

/* After shutdown(SHUT_WR) a blocking recv() of an enrolled socket fails with EAGAIN:
 * tcp_bpf_recvmsg() takes the wake-up of the state change for data. So be plain TCP by then:
 * sk_shutdown was set before the state changed. */
static __always_inline void half_closed(struct conn *conn)
{
	struct sock *own = (void *)conn->tp;
	if (BPF_CORE_READ(own, sk_shutdown) == SHUTDOWN_MASK)
		return; /* close(): the kernel has taken the socket out already */
	__u64 peer = peer_of(conn);
	retire(conn, RETIRED_SHUTDOWN);
	full_barrier(&conn->fence);
	hand_to_janitor(conn, peer); /* for the other end, or for both */
	for (int i = 0; i < LEAVE_TRIES && try_to_leave(conn, peer); i++)
		pause();
}

/* Bytes that went through TCP were acknowledged, and what the peer answers is not received yet: the
 * last moment to be plain TCP before a reader wakes up and comes back. */
static __always_inline void acknowledged(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct conn *conn = sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
	if (!conn || !conn->retired || !protects(LEAVING))
		return;
	full_barrier(&conn->fence);
	/* A duplex peer goes on to redirect although we are retired: only its own retirement ends
	 * that. */
	if ((__u32)peer_word(conn) && leave(conn, peer_of(conn)))
		bpf_sock_ops_cb_flags_set(ctx,
					  ctx->bpf_sock_ops_cb_flags & ~BPF_SOCK_OPS_RTT_CB_FLAG);
}

/* The socket lives on without its connection, and must not read on. */
static __always_inline void forget(struct bpf_sock_ops *ctx, struct bpf_sock *sk, struct conn *conn)
{
	struct flow_key self = conn->self;
	unwatch(ctx, conn);
	if (conn->keepalive != THEIRS)
		keep_alive_no_more(ctx, conn);
	bpf_sk_storage_get(&former, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	bpf_map_delete_elem(&flows, &self);
	bpf_sk_storage_delete(&conns, sk);
}

static __always_inline void closed(struct bpf_sock_ops *ctx, struct bpf_sock *sk, struct conn *conn)
{
	struct flow_key self = conn->self;
	struct sock *own = (void *)conn->tp;
	bpf_map_delete_elem(&handshakes, &self.handshake);
	learn(conn);
	unwatch(ctx, conn);
	if (BPF_CORE_READ(own, sk_shutdown) == SHUTDOWN_MASK)
		return; /* the kernel takes it out */
	if (BPF_CORE_READ(own, sk_err)) {
		/* a reset: tcp_bpf_sendmsg() would report it for ever, and tcp_sendmsg() does once.
		 * What is queued can still be read. */
		leave(conn, peer_of(conn));
	} else if (protects(DISCONNECT)) {
		forget(ctx, sk, conn); /* connect(AF_UNSPEC) */
	}
}

/* A socket that connects, or listens. Where an earlier connection of it was closed when
 * connect(AF_UNSPEC) came, by a reset or both FINs, tcp_disconnect() changed no state. */
static __always_inline void begins_anew(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct conn *conn = sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
	if (conn && protects(ANEW))
		forget(ctx, sk, conn);
}

static __always_inline void state_changed(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct conn *conn = sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
	if (!conn)
		return;
	switch (ctx->args[1]) {
	case BPF_TCP_FIN_WAIT1:
	case BPF_TCP_FIN_WAIT2:
		if (protects(HALF_CLOSE))
			half_closed(conn);
		break;
	case BPF_TCP_CLOSE:
		closed(ctx, sk, conn);
		break;
	}
}

SEC("sockops") int podwire_sockops(struct bpf_sock_ops *ctx)
{
	switch (ctx->op) {
	case BPF_SOCK_OPS_RWND_INIT:
		announce(ctx);
		break;
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		begins_anew(ctx);
		break;
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		claim(ctx);
		break;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		complete(ctx);
		break;
	case BPF_SOCK_OPS_STATE_CB:
		state_changed(ctx);
		break;
	case BPF_SOCK_OPS_RTT_CB:
		acknowledged(ctx);
		break;
	case BPF_SOCK_OPS_HDR_OPT_LEN_CB:
		look_at_reader(ctx);
		break;
	}
	return 1;
}
