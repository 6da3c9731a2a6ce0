/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs and Java share. Frozen for tools of other generations: settings and identity,
 * whose new fields go to their ends, and that a flow_key begins with its handshake. Java reads
 * these by offset (io.podwire.datapath.Layout): a change of any size or order here needs a new
 * GENERATION, because pinned maps outlive the programs. */
#ifndef PODWIRE_FLOW_H
#define PODWIRE_FLOW_H

#include <linux/types.h>

#define GENERATION 11

/* How far a queue is counted; settings.max_backlog_messages goes no further. */
#define MAX_BACKLOG_MESSAGES 1024
/* What a queued message takes of the kernel's memory beside its bytes, charged to nobody: a sk_msg,
 * from kmalloc-1k. */
#define MESSAGE_BYTES 1024
/* Of settings.max_backlog_memory, one part in so many is shared out evenly among the ends that are
 * joined. A queue that filled while they were fewer keeps what it has: n queues that filled one
 * after the other hold share + share/2 + ... + share/n, and where none has more than
 * MAX_BACKLOG_MESSAGES that is at most share * (1 + ln(MAX_BACKLOG_MESSAGES)), less than 8 shares.
 */
#define SHARED_PART 8

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

/* Whether an obstacle that passes suspends the redirection of a direction, or ends it. */
enum gears {
	GEARS_AUTO, /* where FIONREAD counts both queues of a joined socket */
	GEARS_ON,
	GEARS_OFF,
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
	SKIPPED_INCOMPATIBLE,
	SKIPPED_CONTAINER,
	REDIRECTED,
	REDIRECTED_BYTES,
	PASSED,
	NO_PEER,
	LEFT,
	WOKEN,
	RETIRED_LATE_PEER,
	RETIRED_SHUTDOWN,
	RETIRED_PEER,
	RETIRED_BACKLOG_BYTES,
	RETIRED_BACKLOG_MESSAGES,
	RETIRED_MEMORY,
	RETIRED_RCVLOWAT,
	RETIRED_SEQUENCE,
	RETIRED_DUPLEX,
	RETIRED_LOCKED,
	RETIRED_OOB,
	RETIRED_CORK,
	RETIRED_RECV_FLAGS,
	RETIRED_OPTION,
	RETIRED_STOPPED,
	RETIRED_POLICY,
	RETIRED_IO_URING,
	SHIFTED_BACKLOG_BYTES,
	SHIFTED_BACKLOG_MESSAGES,
	SHIFTED_MEMORY,
	SHIFTED_RCVLOWAT,
	SHIFTED_SEQUENCE,
	SHIFTED_LOCKED,
	SHIFTED_CORK,
	SHIFTED_ADOPTED,
	SHIFTED_RETURNED,
	RESUMED,
	REFUSED_OPTION,
	REFUSED_SPLICE,
	NO_MEMORY,
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

/* Who talks to whom: the listener as it sees itself, the client by its own address, whatever NAT
 * made of that. */
struct parties {
	struct listener listener;
	struct address client;
};

/* How long the flows of a client and a listener are. Updates race and may lose a sample: it is an
 * estimate. */
struct flow_length {
	__u32 average; /* messages per flow, in 1/256 */
	__u32 skipped; /* connections kept out since one joined */
};

/* What a joined socket could not keep, seen last. */
struct incompatibility {
	__u64 at;  /* ns, monotonic */
	__u32 why; /* enum counter */
	__u32 pad;
};

/* So long after it an offence is forgotten. */
#define INCOMPATIBLE_NS 3600000000000LL

struct settings {
	__u32 state;
	__u32 epoch;		    /* a flow that joined in another one goes back to TCP */
	__u32 authority;	    /* enum authority: who set the state */
	__u32 policy_epoch;	    /* the highest of policies */
	__u32 max_backlog_bytes;    /* per direction */
	__u32 max_backlog_messages; /* per direction */
	__u32 break_even_messages;  /* per flow; 0: every flow joins */
	__u32 max_flows;	    /* fixed at load */
	__u32 max_backlog_memory;   /* bytes, of all queues together, beside what they hold */
	__u32 gears;		    /* enum gears */
};

/* Which build this set of programs is; no program reads it. */
struct identity {
	__u8 sha256[32]; /* of the object that was loaded */
	__u64 turn; /* connections join the set with the highest; 0: its load came not so far */
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

/* How an end joined. */
enum joining {
	BY_HANDSHAKE,
	BY_ADOPTION, /* its connection was open already */
};

/* One joined end, as inspect.h writes it. */
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
	__u32 shifted; /* enum counter: why this direction goes by TCP for now; 0: it does not */
	__u32 shifts;  /* so often it went by TCP for a while */
	__u32 returns; /* so often it joined again */
	__u32 joining;
};

/* What became of a pair of sockets in a walk of adopt.bpf.c; io.podwire.datapath.Finding. */
enum finding {
	ADOPTED,
	RETURNED,
	AWAITED,       /* its first end is enrolled */
	BUSY_BYTES,    /* bytes are on their way, or were a moment ago */
	BUSY_READER,   /* a thread may be about to read, where is not known */
	BUSY_LEAVING,  /* it is on its way back to TCP */
	BUSY_RETURNED, /* it returned, and left again, not long ago */
	REFUSED_SOCKET,
	REFUSED_INCOMPATIBLE,
	REFUSED_REASON, /* for which it went back to TCP */
	REFUSED_POLICY,
	REFUSED_ROOM,
	FINDINGS,
};

/* What a walk is told, and what it found. */
struct adoption {
	__u64 cgroup; /* id: where the programs are attached */
	__u32 pass;   /* another one for each walk over all network namespaces */
	__u32 ends;   /* of pairs that are not joined */
	__u32 found[FINDINGS];
	__u32 outcome[FINDINGS]; /* of the last attempt, of several walks; no program reads it */
};

/* Who can wait on a socket: in recv() or a blocking send(), in poll() or select(), in an epoll, in
 * accept(). */
enum waiter {
	IN_RECV,
	IN_POLL,
	IN_EPOLL,
	IN_ACCEPT,
	WAITERS,
};

/* What the loader had to see for itself in the running kernel (waiters.h). */
struct kernel_facts {
	__u64 functions[WAITERS]; /* that a wait queue has for each of them */
	__u64 call_flags;	  /* 1: the flags of a blocked system call were found */
	__u64 counts_both;	  /* 1: FIONREAD counts both queues of a joined socket */
};

/* Which socket, in network order, and who waits on it. */
struct waiter_record {
	__u32 local;
	__u32 remote;
	__u16 local_port;
	__u16 remote_port;
	__u32 waiters;	/* from here on it is an answer */
	__u64 function; /* of the first of them */
	__u32 flags;	/* with which that one receives */
	__u32 pad;
};

_Static_assert(sizeof(struct flow_key) == 12, "layout");
_Static_assert(sizeof(struct prefix) == 20, "layout");
_Static_assert(sizeof(struct listener) == 32, "layout");
_Static_assert(sizeof(struct parties) == 48, "layout");
_Static_assert(sizeof(struct incompatibility) == 16, "layout");
_Static_assert(sizeof(struct settings) == 40, "layout");
_Static_assert(sizeof(struct identity) == 40, "layout");
_Static_assert(sizeof(struct policy) == 8, "layout");
_Static_assert(sizeof(struct flow_record) == 120, "layout");
_Static_assert(sizeof(struct adoption) == 112, "layout");
_Static_assert(sizeof(struct kernel_facts) == 48, "layout");
_Static_assert(sizeof(struct waiter_record) == 32, "layout");

#endif
