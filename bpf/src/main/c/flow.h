/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs and Java share. Frozen for tools of other generations: the first two fields of
 * settings, and that a flow_key begins with its handshake. Java reads these by offset
 * (io.podwire.datapath.Layout): a change of any size or order here needs a new GENERATION, because
 * pinned maps outlive the programs. */
#ifndef PODWIRE_FLOW_H
#define PODWIRE_FLOW_H

#include <linux/types.h>

#define GENERATION 1

enum role {
	CLIENT,
	SERVER,
};

enum state {
	DISABLED,
	ENABLED,
	DRAINING,
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
	RETIRED_STOPPED,
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
	__u32 max_backlog_bytes;    /* per direction */
	__u32 max_backlog_messages; /* per direction */
	__u32 break_even_messages;  /* per flow; 0: every flow joins */
	__u32 max_flows;	    /* fixed at load */
};

struct counters {
	__u64 value[COUNTERS];
};

_Static_assert(sizeof(struct flow_key) == 12, "layout");
_Static_assert(sizeof(struct prefix) == 20, "layout");
_Static_assert(sizeof(struct listener) == 32, "layout");
_Static_assert(sizeof(struct settings) == 24, "layout");

#endif
