/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How the two ends of a connection find each other: the listener announces the handshake, the
 * client claims it, the server completes it (docs/datapath/pairing.md). */
#ifndef PODWIRE_RENDEZVOUS_H
#define PODWIRE_RENDEZVOUS_H

#include "address.h"
#include "break_even.h"
#include "incompatible.h"
#include "leaving.h"
#include "observe.h"
#include "reaper.h"
#include "reason.h"
#include "selected.h"
#include "waking.h"

/* The socket of a callback. ctx->sk is NULL for a request socket, so it is taken from the kernel's
 * own context. A request socket and a full one begin with the same sock_common. */
static __always_inline struct sock_common *socket_of(struct bpf_sock_ops *ctx)
{
	return (void *)word_at((__u64)address_of(ctx, struct bpf_sock_ops_kern, sk));
}

/* Whether io_uring waits for a listener or a socket: it uses the connection later, too. */
static __always_inline bool is_strange(__u64 sk)
{
	if (!protects(IO_URING) || !(wishes(sk) & STRANGER))
		return false;
	mark_container_incompatible(sk, RETIRED_IO_URING);
	return true;
}

/* Whether what earlier connections of these two were like keeps this one out. */
static __always_inline bool stays_on_tcp(struct parties *parties, struct settings *s)
{
	if (!pays(parties, s)) {
		keep_out(parties, SKIPPED_SHORT);
		return true;
	}
	if (are_incompatible(parties)) {
		keep_out(parties, SKIPPED_INCOMPATIBLE);
		return true;
	}
	return false;
}

/* A SYN reached a listener. */
static __always_inline void announce(struct bpf_sock_ops *ctx)
{
	struct settings *s = enabled_settings();
	if (ctx->is_fullsock || !s)
		return;
	struct sock_common *sk = socket_of(ctx);
	struct rendezvous rv = { .epoch = s->epoch, .policy_epoch = s->policy_epoch };
	struct listener *listener = &rv.parties.listener;
	rv.parties.client = remote_address(sk);
	/* This is asked first, since most clients are elsewhere. */
	if (!is_local_client(&rv.parties.client))
		return;
	listener->address = local_address(sk);
	listener->netns = netns_of(sk);
	if (!is_ours(&listener->address, listener->netns))
		return;
	listener->port = READ_AS(struct sock_common, sk, skc_num);
	if (is_stale()) {
		keep_out(&rv.parties, SKIPPED_STALE);
		return;
	}
	/* Of a masqueraded client nothing is known by this address. claim() looks again, by its
	 * own. */
	if (stays_on_tcp(&rv.parties, s))
		return;
	struct sock *listening = READ_AS(struct sock_common, sk, skc_listener);
	if (is_container_incompatible((__u64)listening)) {
		keep_out(&rv.parties, SKIPPED_CONTAINER);
		return;
	}
	if (is_strange((__u64)listening)) {
		refuse_join(&rv.parties, JOIN_REFUSED_IO_URING);
		return;
	}
	learn_namespace(listener->netns, &listener->address);
	struct tcp_request_sock *request = (void *)sk;
	struct handshake handshake = { READ(request, rcv_isn), READ(request, snt_isn) };
	if (!bpf_map_update_elem(&handshakes, &handshake, &rv, BPF_NOEXIST))
		count(ANNOUNCED);
}

/* Why the send or receive path of the socket is not plain TCP's, as an enum counter; 0 where it is.
 * `same` is the address of `tp`. */
static __always_inline __u32 why_refused(struct tcp_sock *tp, __u64 same)
{
	if (READ_BITFIELD((struct sock *)same, sk_kern_sock))
		return JOIN_REFUSED;
	/* It sent data in its SYN. */
	if (tp->write_seq != tp->snd_una)
		return JOIN_REFUSED;
	if (is_strange(same))
		return JOIN_REFUSED_IO_URING;
	if (!protects(JOIN_REFUSAL))
		return 0;
	/* A thread that is in recv() already sees TCP's queue alone. */
	if (wishes(same) & ~STRANGER)
		return JOIN_REFUSED_READER;
	return has_refused_option(same) ? JOIN_REFUSED_OPTION : 0;
}

/* Whether an end may join, as far as we can tell. */
static __always_inline bool may_join(struct bpf_sock_ops *ctx, struct bpf_sock *sk,
				     struct tcp_sock *tp, struct rendezvous *rv)
{
	__u64 number = (__u64)socket_of(ctx); /* as the verifier has it */
	__u32 why = bpf_sk_storage_get(&former, sk, 0, 0) ? JOIN_REFUSED : why_refused(tp, number);
	if (why) {
		refuse_join(&rv->parties, why);
		return false;
	}
	/* Another program has the socket in a map. The kernel refuses it only if both have a
	 * program of the same kind for it; one of another kind would not see what is redirected. */
	if (psock_of(number)) {
		count(JOIN_FAILED);
		keep_out(&rv->parties, JOIN_FAILED_BUSY);
		return false;
	}
	return true;
}

/* Puts an end into the sockhash, or only takes it down where the node observes; returns whether it
 * has joined. */
static __always_inline bool join(struct bpf_sock_ops *ctx, struct handshake handshake, __u32 role,
				 struct rendezvous *rv, bool observes)
{
	struct bpf_sock *sk = ctx->sk;
	if (!sk)
		return false;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	if (!tp || !may_join(ctx, sk, tp, rv))
		return false;
	if (observes) {
		observe(ctx, (__u64)tp, role, rv);
		return false;
	}
	struct conn *conn = bpf_sk_storage_get(&conns, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!conn) {
		keep_out(&rv->parties, JOIN_FAILED);
		return false;
	}
	struct flow_key self = { handshake, role };
	conn->self = self;
	conn->peer_key.handshake = handshake;
	conn->peer_key.role = other_role(role);
	conn->tp = (__u64)tp;
	conn->peer = rv->end[other_role(role)];
	conn->peer_state = rv->state[other_role(role)];
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
			keep_out(&rv->parties, JOIN_FAILED_BUSY);
		else if (error == -E2BIG)
			keep_out(&rv->parties, JOIN_FAILED_FULL);
		else
			note_reason(&rv->parties, JOIN_FAILED);
		return false;
	}
	rv->state[role & 1] = (__u64)&conn->retired;
	publish(&rv->end[role & 1], (__u64)tp);
	bpf_sock_ops_cb_flags_set(ctx, ctx->bpf_sock_ops_cb_flags | JOINED_CALLBACKS);
	return true;
}

/* Has a socket send packets whose addresses a connection tracker translates: keepalive probes. The
 * tracker forgets a connection that sends no packets, and drops its FIN when it comes at last; and
 * an accelerated one is busy without packets. */
static __always_inline void keep_tracked(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct conn *conn = sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
	if (conn)
		keep_alive(ctx, conn, TRACKED);
}

/* The SYN-ACK reached the client. The ACK goes out after this, so the server finds the claim. */
static __always_inline void claim(struct bpf_sock_ops *ctx)
{
	struct handshake handshake = { ctx->snd_nxt - 1, ctx->rcv_nxt - 1 };
	struct rendezvous *rv = bpf_map_lookup_elem(&handshakes, &handshake);
	struct settings *s = enabled_settings();
	if (!rv || !s)
		return;
	struct sock_common *sk = socket_of(ctx);
	struct address local = local_address(sk);
	__u64 netns = netns_of(sk);
	if (!is_ours(&local, netns))
		return;
	learn_namespace(netns, &local);
	struct address dialed = remote_address(sk);
	bool masqueraded = !is_same(&local, &rv->parties.client);
	bool translated = masqueraded || !is_same(&dialed, &rv->parties.listener.address);
	if (masqueraded) /* other clients are masqueraded under the same address */
		rv->parties.client = local;
	if (is_container_incompatible((__u64)sk)) {
		keep_out(&rv->parties, SKIPPED_CONTAINER);
		return;
	}
	/* An io_uring may be on its way into the kernel still, and wait for nothing. Or the current
	 * task is another one, which the SYN-ACK interrupted: so its container is not noted. */
	if (protects(IO_URING) && send_flags(bpf_get_current_task()) & BY_IO_URING) {
		refuse_join(&rv->parties, JOIN_REFUSED_IO_URING);
		return;
	}
	if (masqueraded && stays_on_tcp(&rv->parties, s))
		return;
	if (!join(ctx, handshake, CLIENT, rv, s->observes))
		return;
	count(CLAIMED);
	prepare_to_reap();
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
	if ((rv->end[CLIENT] || rv->observed) && join(ctx, handshake, SERVER, rv, rv->observed)) {
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

#endif
