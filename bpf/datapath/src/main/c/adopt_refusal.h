/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What keeps an open connection out, for good or for now. */
#ifndef PODWIRE_ADOPT_REFUSAL_H
#define PODWIRE_ADOPT_REFUSAL_H

#include "adopt_pair.h"
#include "adopt_readers.h"
#include "gears.h"
#include "incompatible.h"
#include "selected.h"

/* A flow that outran its reader must have paused for this long before it returns. So must any flow
 * where TCP's bytes may not wait in an enrolled socket. */
#define QUIET_NS 100000000ULL
/* A flow that outran its reader stays out for this long, and twice as long after each return,
 * unless it was redirected since for 16 times as long. */
#define BACK_OFF_NS 100000000ULL
#define MAX_DOUBLED 10

/* Why an end stays out for good: an enum finding, or 0. */
__noinline int refusal_of_end(__u64 tp)
{
	struct sock *sk = (void *)tp;
	__u32 wish = wishes(tp);
	if (has_refused_option(tp) || READ_BITFIELD(sk, sk_kern_sock) || READ(sk, sk_shutdown) ||
	    READ(sk, sk_err) || READ(sk, sk_rcvlowat) > 1 ||
	    READ((struct tcp_sock *)tp, urg_data) ||
	    wish & (MSG_WAITALL | MSG_TRUNC | SPLICES | STRANGER))
		return REFUSED_SOCKET;
	if (is_container_incompatible(tp))
		return REFUSED_INCOMPATIBLE;
	return 0;
}

/* Whether a flow that went back to TCP for this reason may join again: the reason passes. */
static __always_inline bool may_return(__u32 why)
{
	return !why || shift_for(why) || why == NO_PEER || why == RETIRED_PEER ||
	       why == RETIRED_LATE_PEER || why == RETIRED_STOPPED;
}

/* Whether the connection has sent and received nothing for QUIET_NS. */
static __always_inline bool is_quiet(struct conn *conn, __u64 tp, __u64 now)
{
	struct tcp_sock *sk = (void *)tp;
	__u32 mark = READ(sk, write_seq) + 31 * READ(sk, rcv_nxt);
	if (conn->seen_sequences != mark) {
		conn->seen_sequences = mark;
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

/* Why a pair stays out for good: an enum finding, or 0. It is asked at the client's end. */
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
	if ((refusal = refusal_of_end(pair->own)) || (refusal = refusal_of_end(pair->peer)))
		return refusal;
	struct parties parties = parties_of(client, server);
	if (are_incompatible(&parties))
		return REFUSED_INCOMPATIBLE;
	/* A connection that a policy cut since its ends joined last, if ever, must not live on.
	 * Where each direction begins with a byte by TCP it does not. */
	if (!counts_both() && (changed_since(pair->own, conn->policy_epoch) ||
			       changed_since(pair->peer, peer_policy_epoch)))
		return REFUSED_POLICY;
	return 0;
}

/* Why a pair that is not refused has to wait: an enum finding, or 0. It is asked at the client's
 * end. */
static __always_inline int wait_of_pair(struct conn *conn, struct pair *pair, struct settings *s)
{
	struct handshake before = conn->self.handshake;
	__u64 now = bpf_ktime_get_ns();
	__u32 peer_retired = word_at(pair->peer_state);
	/* Whether the flow outran its reader: not where it left because somebody switched it off.
	 */
	bool outran = left_before(conn, pair) && conn->retired != RETIRED_STOPPED &&
		      peer_retired != RETIRED_STOPPED;

	if (conn->lent_keepalive || (__u32)WORD_OF(pair->peer_state, lent_keepalive))
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

#endif
