/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps, the same in every object: the loader pins each by its name, and an object finds those
 * that are pinned. */
#ifndef PODWIRE_MAPS_H
#define PODWIRE_MAPS_H

#include "flow.h"
#include "kernel.h"
#include "protection.h"

/* In place of the address of a task: there was more than one. */
#define MANY 1

/* The options TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT, in the order of their numbers. */
#define KEEPALIVE_TIMES 3

/* Who set SO_KEEPALIVE on a socket. The application does not see that we did. */
enum keepalive {
	THEIRS,
	TRACKED, /* we did, for connection trackers, for as long as the connection lives */
	PROBING, /* we did, while keepalive is lent (keepalive.h) */
};

/* An end that is enrolled while its connection lives waits this long for the other end. */
#define AWAITED_NS 1000000000ULL

/* A bit of conn.begin: a thread may be inside TCP's own recv() since before the end was enrolled.
 */
#define NATIVE_READER (1ULL << 32)

/* What an enrolled socket knows of itself; freed with the socket.
 *
 * The verdict, the sockops callbacks, the guards of socket options and the adopting iterator write
 * it, all under the socket's lock. The janitor and the guards of recv() and of memory have no lock:
 * they write only `retired` (from 0 to a reason), `duplex` (to 0), `known_settled` (to 1) and
 * `fence`. The peer's programs only read it, by READ(). */
struct conn {
	struct flow_key self;
	struct flow_key peer_key;
	__u64 tp;	  /* address of its own tcp_sock */
	__u64 peer;	  /* address of the peer's tcp_sock; may be stale; 0: not known yet */
	__u64 peer_state; /* address of the peer's conn.retired; 0: not known yet */
	/* The peer reads these two as one word. */
	__u32 retired;	  /* enum counter: why this direction went back to TCP, for good; or 0 */
	__u32 duplex;	  /* 1: one thread reads while another writes (duplex.h) */
	__u64 messages;	  /* seen by the verdict since the end was enrolled */
	__u64 redirected; /* messages */
	__u64 redirected_bytes; /* of those messages */
	__u64 joined_at;	/* ns, monotonic: when it was enrolled last */
	struct parties parties;
	__u32 first_seq;	/* tcp_sock.write_seq for as long as nothing goes by TCP */
	__u32 shifted;		/* enum counter: why this direction goes by TCP for now; or 0 */
	__u32 debt;		/* of messages that went by TCP meanwhile, in 4 KiB (gears.h) */
	__u32 epoch;		/* settings.epoch when it was announced or adopted */
	__u32 backlog_messages; /* upper bound of the messages that the peer has not read */
	__u32 backlog_bytes;	/* upper bound of their bytes */
	__u64 peer_reader; /* address of the only task seen asleep in the peer's recv(), or MANY */
	__u64 peer_waiter; /* address of the task seen to wait for the peer last; only compared */
	__u64 writer;	   /* address of the only task that redirected so far, or MANY */
	__u32 known_settled;  /* 1: it retired, and all that it redirected has arrived */
	__u32 length_counted; /* 1: its length counts in the average of its parties */
	__u32 keepalive;      /* enum keepalive */
	__u32 lent_keepalive; /* seconds between two probes; 0: keepalive is not lent */
	__u32 keepalive_times[KEEPALIVE_TIMES]; /* the application's, while they are lent; or 0 */
	__u32 peer_closed;			/* 1: the peer had closed at the last probe */
	__u64 sent_at;	    /* ns, monotonic: the last segment, after bytes came by TCP */
	__u64 waited_at;    /* ns, monotonic: a message waited for room in the peer's queue */
	__u32 fence;	    /* counts barriers, and means nothing */
	__u32 in_wait;	    /* 1: its verdict, which has the socket's lock, waits for the peer */
	__u32 policy_epoch; /* settings.policy_epoch when the policies were looked up last */
	__u32 answers;	    /* messages of the peer when it was looked for bulk last (bulk.h) */
	__u32 unanswered;   /* bytes of large messages since then, as bulk.h counts them */
	/* Sequence number of the next byte that its reader was to get by TCP when the end was
	 * enrolled, and NATIVE_READER. */
	__u64 begin;
	__u32 proven;  /* 1: it may have redirected since it was enrolled */
	__u32 joining; /* enum joining */
	__u32 shifts;  /* times that this direction went by TCP for a while */
	__u32 returns; /* times that the end was enrolled again */
	/* Only the adopting iterator has these, for an end that is not enrolled. */
	__u32 backed_off;     /* times that its back-off was doubled */
	__u32 seen_sequences; /* mixed from its sequence numbers at the last look; 0: none */
	__u64 quiet_since;    /* ns, monotonic: they have not changed since */
	__u64 out_since;      /* ns, monotonic: first seen outside; 0: not yet */
};

/* How long the flows of a client and a listener are. Programs write it without a lock: updates race
 * and may lose a sample, since it is an estimate. */
struct flow_length {
	__u32 average; /* messages per flow, in 1/256 */
	__u32 skipped; /* connections kept out since one joined */
};

/* An end that would have joined. */
struct observation {
	__u64 tp;    /* address of its tcp_sock */
	__u64 since; /* ns, monotonic */
	struct parties parties;
	__u32 role;
	__u32 pad;
};

/* A connection between its SYN and its first message. The sockops program writes it: first for the
 * listener, then under the lock of the client's socket, then of the server's. */
struct rendezvous {
	__u64 end[2];	/* by role: conn.tp of an end that joined; stored last */
	__u64 state[2]; /* by role: address of its conn.retired */
	struct parties parties;
	__u32 epoch;	    /* settings.epoch of the announcement */
	__u32 policy_epoch; /* settings.policy_epoch of the announcement */
	__u32 observed;	    /* 1: the client would have joined */
	__u32 pad;
};

/* The sequence numbers that an established socket began with, as they follow from how many bytes it
 * received and sent since. */
struct isns {
	__u32 remote;
	__u32 local; /* one more at the end that accepted, whose SYN does not count */
};

/* An established socket, by its struct isns. The adopting iterator writes it, under the socket's
 * lock. */
struct candidate {
	__u64 tp;    /* address of its tcp_sock */
	__u64 state; /* address of its conn.retired; 0 until its peer was seen */
	__u32 pass;  /* adoption.pass of the walk in which it was seen last */
	__u32 pad;
};

/* The janitor's timer; only the janitor writes rests_until. */
struct janitor {
	struct bpf_timer timer;
	__u64 rests_until; /* ns, monotonic */
};

/* The reaper's timer; the first program that has a client join prepares it. */
struct reaper {
	struct bpf_timer timer;
	__u32 ready; /* 1: the timer has its callback */
	__u32 pad;
};

/* The joined ends. The value is the kernel's: a socket. */
struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 131072);
	__type(key, struct flow_key);
	__type(value, __u64);
} flows SEC(".maps");

/* What each enrolled socket knows of itself. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct conn);
} conns SEC(".maps");

/* Sockets that were joined in a connection that they gave up. Their former peer can be between a
 * verdict and its redirect for as long as it gets no CPU, and the redirect then goes to whatever
 * the socket has joined by that time: so such a socket joins no more, in this build. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
} former SEC(".maps");

/* Connections between their SYN and their first message. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct handshake);
	__type(value, struct rendezvous);
} handshakes SEC(".maps");

/* The flows that are on their way back to TCP, or about to join. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct handshake);
	__type(value, struct departure);
} leaving SEC(".maps");

/* The flows of the map `leaving` in the order in which the janitor looks at them; each is in it
 * once. A walk of the hash would cost its size, however few there are. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 65536);
	__type(value, struct handshake);
} leaving_queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct janitor);
} janitor SEC(".maps");

/* Ends that the janitor found ready to be deleted; the reaper's timer has the sockops program do
 * that. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 65536);
	__type(value, struct flow_key);
} reapable SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct reaper);
} reaper SEC(".maps");

/* The number of sockets whose keepalive is lent: they need the sockops program still after they
 * left. Added to atomically. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} lent_keepalives SEC(".maps");

/* Whose connections may join; the loader writes it. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, enum selection);
} selection SEC(".maps");

/* The node's own addresses, where masqueraded connections of local pods come from. The value is 1.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct address);
	__type(value, __u32);
} nodes SEC(".maps");

/* An address that a network namespace (by its cookie) used. The namespace is selected while that
 * address is: for loopback within a pod. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct address);
} namespaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct parties);
	__type(value, struct flow_length);
} flow_lengths SEC(".maps");

/* Clients and listeners of which one end needed what a joined socket cannot keep; their later
 * connections do not join, for INCOMPATIBLE_NS. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct parties);
	__type(value, struct incompatibility);
} incompatible_parties SEC(".maps");

/* Containers (by cgroup id) that were seen to need what a joined socket cannot keep: the same holds
 * for all of their connections. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct incompatibility);
} incompatible_containers SEC(".maps");

/* Why connections of a client and a listener are not redirected (reason.h). */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct parties);
	__type(value, struct reason);
} reasons SEC(".maps");

/* The ends that would have joined while the node only observed, by their sockets' cookies, until
 * they close. The sockops program writes it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct observation);
} observed SEC(".maps");

/* Addresses of pods for which network policies changed. Far more than a node has pods: one that is
 * evicted is forgotten by flows that sent nothing since. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct address);
	__type(value, struct policy);
} policies SEC(".maps");

/* How long flows took to leave: see LEAVING_BUCKETS. Added to atomically. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LEAVING_BUCKETS);
	__type(key, __u32);
	__type(value, __u64);
} leaving_times SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kernel_facts);
} kernel_facts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct identity);
} identity SEC(".maps");

/* The time, ns monotonic, after which no connection joins unless the agent moves it on; 0: no agent
 * keeps a heartbeat. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} heartbeat SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counters SEC(".maps");

/* Established sockets that may be adopted, or return. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct isns);
	__type(value, struct candidate);
} candidates SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct adoption);
} adoption SEC(".maps");

/* The role of the other end; the mask tells the verifier that it is an index. */
static __always_inline __u32 other_role(__u32 role)
{
	return (role ^ 1) & 1;
}

/* The one entry of an array map. */
static __always_inline void *single(void *map)
{
	__u32 zero = 0;
	return bpf_map_lookup_elem(map, &zero);
}

/* Counts events. Atomic although it is per CPU: a verdict can be preempted by another on the same
 * CPU. */
static __always_inline void add(__u32 which, __u64 events)
{
	struct counters *c = single(&counters);
	if (c && which < COUNTERS)
		__sync_fetch_and_add(&c->value[which], events);
}

static __always_inline void count(__u32 which)
{
	add(which, 1);
}

#endif
