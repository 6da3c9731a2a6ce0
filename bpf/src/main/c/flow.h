/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs and Java share. Frozen for tools of other generations: settings, whose new
 * fields go to its end, and that a flow_key begins with its handshake. Java reads these by offset
 * (io.podwire.datapath.Layout): a change of any size or order here needs a new GENERATION, because
 * pinned maps outlive the programs. */
#ifndef PODWIRE_FLOW_H
#define PODWIRE_FLOW_H

#include <linux/types.h>

#define GENERATION 7

/* How far a queue is counted; settings.max_backlog_messages goes no further. */
#define MAX_BACKLOG_MESSAGES 1024

enum role {
	CLIENT,
	SERVER,
};

enum state {
	DISABLED,
	ENABLED,
	DRAINING,
};

/* Who switched it last; no program reads it. */
enum authority {
	NOBODY,
	LOCAL,
	NODE,
	AGENT,
};

enum selection {
	SELECTED,
	EXCLUDED,
};

/* What each one means: io.podwire.datapath.Counter. */
enum counter {
	ANNOUNCED,
	CLAIMED,
	COMPLETED,
	JOIN_FAILED,
	JOIN_FAILED_BUSY,
	JOIN_FAILED_FULL,
	JOIN_REFUSED,
	SKIPPED_SHORT,
	SKIPPED_STALE,
	SKIPPED_REMEMBERED,
	SKIPPED_CONTAINER,
	REDIRECTED,
	REDIRECTED_BYTES,
	PASSED,
	NO_PEER,
	LEFT,
	RETIRED_LATE_PEER,
	RETIRED_SHUTDOWN,
	RETIRED_PEER,
	RETIRED_BACKLOG_BYTES,
	RETIRED_BACKLOG_MESSAGES,
	RETIRED_MEMORY,
	RETIRED_RCVLOWAT,
	RETIRED_SEQUENCE,
	RETIRED_DUPLEX,
	RETIRED_OOB,
	RETIRED_CORK,
	RETIRED_RECV_FLAGS,
	RETIRED_OPTION,
	RETIRED_STOPPED,
	RETIRED_POLICY,
	REFUSED_OPTION,
	REFUSED_SPLICE,
	COUNTERS,
};

/* Both ends of a connection know these two numbers, whatever NAT made of its addresses. */
struct handshake {
	__u32 client_isn;
	__u32 server_isn;
};

/* One end of a flow; the other end's key has the other role. */
struct flow_key {
	struct handshake handshake;
	__u32 role;
};

/* IPv6, or v4-mapped IPv4; network order. */
struct address {
	__u32 word[4];
};

struct prefix {
	__u32 length; /* bits of address, 0 to 128 */
	struct address address;
};

struct listener {
	__u64 netns; /* cookie */
	struct address address;
	__u32 port; /* host order */
	__u32 pad;
};

struct settings {
	__u32 state;
	__u32 epoch;		    /* a flow that joined in another one goes back to TCP */
	__u32 authority;	    /* enum authority: who set the state */
	__u32 policy_epoch;	    /* the highest of policies */
	__u32 max_backlog_bytes;    /* per direction */
	__u32 max_backlog_messages; /* per direction */
	__u32 break_even_messages;  /* per flow; 0: every flow joins */
	__u32 max_flows;	    /* fixed at load */
};

/* Of a pod's address. */
struct policy {
	__u32 epoch; /* flows that were announced in an earlier one go back to TCP */
	__u32 mark;  /* the agent's: which policies that was for */
};

struct counters {
	__u64 value[COUNTERS];
};

/* How long flows took from their retirement until both ends had left; bucket n: less than 2^n us.
 */
#define LEAVING_BUCKETS 32

/* One joined end, as inspect.bpf.c writes it. */
struct flow_record {
	struct flow_key self;
	__u32 retired; /* enum counter: why this direction went back to TCP; 0: it did not */
	struct address local;
	struct address remote;
	__u32 local_port; /* host order */
	__u32 remote_port;
	__u64 netns;	 /* cookie */
	__u64 container; /* cgroup id */
	__u64 joined_at; /* ns, monotonic */
	__u64 redirected;
	__u64 redirected_bytes;
	__u32 unread; /* in this end's own queue */
	__u32 unread_bytes;
};

_Static_assert(sizeof(struct flow_key) == 12, "layout");
_Static_assert(sizeof(struct prefix) == 20, "layout");
_Static_assert(sizeof(struct listener) == 32, "layout");
_Static_assert(sizeof(struct settings) == 32, "layout");
_Static_assert(sizeof(struct policy) == 8, "layout");
_Static_assert(sizeof(struct flow_record) == 104, "layout");

#endif
