/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs and Java share: the keys and values of the maps that Java reads or writes, and
 * the packets of test runs. Java has each struct in io.podwire.datapath.Layout, and LayoutTest
 * compares the two by the BTF of the built objects.
 *
 * Pinned maps outlive the programs, so a change of any size or order here needs a new GENERATION.
 * Tools of other generations also read settings and identity, whose new fields go to their ends,
 * and departure.since; and they rely on a flow_key beginning with its handshake. */
#ifndef PODWIRE_FLOW_H
#define PODWIRE_FLOW_H

#include <linux/types.h>

/* Numbers that Java has too. */
enum number {
	/* The layout of the maps. */
	GENERATION = 11,
	/* After this long an incompatibility is forgotten. */
	INCOMPATIBLE_SECONDS = 3600,
	/* Queues are counted no further than this many messages; settings.max_backlog_messages is
	 * at most this. */
	MAX_BACKLOG_MESSAGES = 1024,
	/* All sockets together send at most about this many keepalive probes of ours. A reader that
	 * never reads is probed for as long, and twenty thousand of them with a probe a second each
	 * took a tenth of a stream's rate from others. */
	PROBES_A_SECOND = 4096,
};

#define INCOMPATIBLE_NS (INCOMPATIBLE_SECONDS * 1000000000LL)

/* A queued message takes this much of the kernel's memory beside its bytes, charged to nobody: a
 * sk_msg, from kmalloc-1k. */
#define MESSAGE_BYTES 1024
/* One part in this many of settings.max_backlog_memory is shared out evenly among the joined ends.
 * A queue that filled while there were fewer ends keeps what it has: n queues that filled one after
 * the other hold share + share/2 + ... + share/n, and where none has more than MAX_BACKLOG_MESSAGES
 * that is at most share * (1 + ln(MAX_BACKLOG_MESSAGES)), less than 8 shares. */
#define SHARED_PART 8
/* Bucket n of leaving_times counts the flows that took less than 2^n microseconds from their
 * retirement until both ends had left. */
#define LEAVING_BUCKETS 32

enum role {
	CLIENT,
	SERVER,
};

enum state {
	DISABLED,
	ENABLED,
	DRAINING,
};

/* Who switched the datapath on or off last; no program reads it. */
enum authority {
	NOBODY,
	LOCAL,
	NODE,
	AGENT,
};

/* Whether an obstacle that passes suspends the redirection of a direction, or ends it. */
enum gears {
	GEARS_AUTO, /* suspends where FIONREAD counts both queues of a joined socket */
	GEARS_ON,
	GEARS_OFF,
};

enum selection {
	SELECTED,
	EXCLUDED,
};

/* io.podwire.datapath.Counter says what each one means. */
enum counter {
	ANNOUNCED,
	CLAIMED,
	COMPLETED,
	JOIN_FAILED,
	JOIN_FAILED_BUSY,
	JOIN_FAILED_FULL,
	JOIN_REFUSED,
	JOIN_REFUSED_OPTION,
	JOIN_REFUSED_READER,
	JOIN_REFUSED_IO_URING,
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
	RETIRED_BULK,
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
	SHIFTED_BULK,
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
	OBSERVED,
	OBSERVED_SHORT,
	OBSERVED_MESSAGES,
	OBSERVED_BYTES,
	COUNTERS,
};

/* Both ends of a connection know these two numbers, whatever NAT made of its addresses. */
struct handshake {
	__u32 client_isn; /* initial sequence number; of an adopted flow, a random number */
	__u32 server_isn;
};

/* One end of a flow; the other end's key has the other role. */
struct flow_key {
	struct handshake handshake;
	enum role role;
};

/* An IPv6 address, or an IPv4 address mapped to one; in network order. */
struct address {
	__u32 word[4];
};

/* A key of the map selection. */
struct prefix {
	__u32 length; /* bits of the address that count, 0 to 128 */
	struct address address;
};

struct listener {
	__u64 netns;		/* cookie of its network namespace */
	struct address address; /* the listener's own, also behind DNAT */
	__u32 port;		/* host order */
	__u32 pad;
};

/* Who talks to whom: the listener as it sees itself, and the client by its own address, whatever
 * NAT made of that. */
struct parties {
	struct listener listener;
	struct address client;
};

/* The last time that a client and a listener, or a container, needed what a joined socket cannot
 * keep. Any program that sees it writes it whole. */
struct incompatibility {
	__u64 at;	  /* ns, monotonic */
	enum counter why; /* the reason for which a direction was retired, or WOKEN */
	__u32 pad;
};

/* Why a connection of a client and a listener did not join, or went back to TCP: the last one that
 * was noted. Any program writes it, and no lock holds others off: two at once may mix what they
 * write. */
struct reason {
	__u64 at;	  /* ns, monotonic */
	enum counter why; /* JOIN_..., SKIPPED_... or RETIRED_... */
	__u32 times;	  /* one after the other for this reason */
};

/* The loader writes all of it, under the lock of the pin directory; the programs only read. */
struct settings {
	enum state state;
	__u32 epoch; /* a flow that joined in another one goes back to TCP */
	enum authority authority;
	__u32 policy_epoch;	    /* the highest epoch of all policies */
	__u32 max_backlog_bytes;    /* per direction */
	__u32 max_backlog_messages; /* per direction */
	__u32 break_even_messages;  /* per flow; 0 lets every flow join */
	__u32 max_flows;	    /* flows that the maps were sized for; fixed at load */
	__u32 max_backlog_memory;   /* bytes of MESSAGE_BYTES of all queues together */
	enum gears gears;
	__u32 observes; /* 1: connections that would join are counted, and stay as they are */
};

/* Which build these programs are. The loader writes it, under the lock of the pin directory;
 * no program reads it. */
struct identity {
	__u8 sha256[32]; /* of the object that was loaded */
	__u64 turn; /* connections join the build with the highest; 0 until its load is complete */
};

/* The network policies of a pod's address. The agent writes it, under the lock of the pin
 * directory, before it raises settings.policy_epoch. */
struct policy {
	__u32 epoch; /* flows that were announced in an earlier one go back to TCP */
	__u32 mark;  /* the agent's own note of which policies that was for */
};

/* Per CPU. Added to atomically, since a program can be preempted by another on its CPU; only
 * REDIRECTED and REDIRECTED_BYTES are not (verdict.h). */
struct counters {
	__u64 value[COUNTERS]; /* by enum counter */
};

/* A flow on its way back to TCP. Who retires a direction inserts it whole (start_leaving()). After
 * that the janitor writes all fields but `since` and `epoch`; a verdict also writes known_settled
 * of its own end, under its socket's lock, and who waits for the flow sets next_look to 0. */
struct departure {
	__u64 since;		/* ns, monotonic: when its first direction was retired */
	__u64 looked_at;	/* ns, monotonic: the last round in which it was its turn */
	__u64 next_look;	/* ns, monotonic: it is left alone until then */
	__u64 tp[2];		/* tcp_socks by role, kept after they left; only for READ() */
	__u64 begin[2];		/* conn.begin by role */
	__u32 known_settled[2]; /* by role: 1 once the end is known to be settled */
	__u32 epoch;		/* settings.epoch when it was inserted */
	__u32 awaits;		/* 1: it is about to join, and stays joined if it has by `since` */
};

/* How an end joined. */
enum joining {
	BY_HANDSHAKE,
	BY_ADOPTION, /* its connection was open already */
};

/* One joined end. The program describe_end writes it into the packet of its test run, which begins
 * with the flow_key. */
struct flow_record {
	struct flow_key self;
	enum counter retired; /* why this direction went back to TCP; 0 where it did not */
	struct address local;
	struct address remote;
	__u32 local_port; /* host order */
	__u32 remote_port;
	__u64 netns;		/* cookie */
	__u64 container;	/* cgroup id */
	__u64 joined_at;	/* ns, monotonic */
	__u64 redirected;	/* messages that this end sent past TCP */
	__u64 redirected_bytes; /* of those messages */
	__u32 unread;		/* messages in this end's own queue */
	__u32 unread_bytes;	/* of those messages */
	enum counter shifted;	/* why this direction goes by TCP for now; 0 where it does not */
	__u32 shifts;		/* times that it went by TCP for a while */
	__u32 returns;		/* times that the end joined again */
	enum joining joining;
};

/* An end that was observed. The program describe_observed writes it into the packet of its
 * test run, which begins with the socket's cookie. */
struct observed_record {
	__u64 since; /* ns, monotonic */
	struct parties parties;
	enum role role;
	__u32 pad;
	__u64 messages; /* that it received, as estimated (observe.h) */
	__u64 bytes;	/* of those */
};

/* What became of a pair of sockets that the program adopt visited; io.podwire.datapath.Finding says
 * more. */
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
	REFUSED_REASON, /* it went back to TCP for a reason that does not pass */
	REFUSED_POLICY,
	REFUSED_ROOM,
	FINDINGS,
};

/* What a walk of the program adopt is told, and what it found. The loader writes it between walks,
 * under a lock of its own; the program adds to `ends` and `found` atomically. */
struct adoption {
	__u64 cgroup;		 /* id of the cgroup that the programs are attached to */
	__u32 pass;		 /* number of this walk over all network namespaces */
	__u32 ends;		 /* ends of pairs that are not joined */
	__u32 found[FINDINGS];	 /* pairs by enum finding, in this walk */
	__u32 outcome[FINDINGS]; /* pairs by enum finding, after the last attempt of several walks;
				    no program reads it */
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

/* What the loader had to see for itself in the running kernel (waiters.h). It writes this before it
 * attaches a program. */
struct kernel_facts {
	__u64 functions[WAITERS]; /* by enum waiter: the function that a wait queue has for each */
	__u64 call_flags;	  /* 1: the flags of a blocked system call were found */
	__u64 counts_both;	  /* 1: FIONREAD counts both queues of a joined socket */
};

/* The packet of a test run of describe_waiters. It begins with a socket, in network order; from
 * `waiters` on it is the program's answer. */
struct waiter_record {
	__u32 local;
	__u32 remote;
	__u16 local_port;
	__u16 remote_port;
	__u32 waiters;	/* entries in the socket's wait queue */
	__u64 function; /* of the first of them */
	__u32 flags;	/* with which that one receives */
	__u32 pad;
};

/* For the BTF of an object, which has only types that a map, a function or a variable is declared
 * with: those that LayoutTest needs and nothing else has. No program uses the variable, and libbpf
 * skips its section. */
#define TYPES_FOR_BTF                                                                              \
	struct {                                                                                   \
		struct flow_record flow_record;                                                    \
		struct observed_record observed_record;                                            \
		struct waiter_record waiter_record;                                                \
		enum finding finding;                                                              \
		enum waiter waiter;                                                                \
		enum number number;                                                                \
	} types_for_btf SEC("btf_types")

#endif
