/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps, the same in every object: the loader pins each by its name, and an object finds those
 * that are pinned. */
#ifndef PODWIRE_MAPS_H
#define PODWIRE_MAPS_H

#include "flow.h"
#include "kernel.h"
#include "protection.h"

#define MANY 1 /* tasks */

/* TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT */
#define KEEPALIVE_TIMES 3

/* Whose SO_KEEPALIVE is. Ours is not to be seen. */
enum keepalive {
	THEIRS,
	TRACKED, /* ours, for connection trackers, as long as the connection lives */
	PROBING, /* ours, while the socket is watched */
};

/* One end that is enrolled while its connection lives waits so long for the other. */
#define AWAITED_NS 1000000000ULL

/* Of conn.begin. */
#define NATIVE_READER (1ULL << 32)

/* What an enrolled socket knows of itself; freed with the socket. The verdict runs under the
 * socket's lock, and so does the iterator that enrols sockets which are open already. */
struct conn {
	struct flow_key self;
	struct flow_key peer_key;
	__u64 tp;   /* its tcp_sock, as a number */
	__u64 peer; /* the other tcp_sock; may be stale, so only for probe reads. 0: not known yet
		     */
	__u64 peer_state; /* address of the peer's conn.retired; as good as peer */
	/* the peer reads these two as one word */
	__u32 retired;	/* enum counter: why this direction went back to TCP, for good */
	__u32 duplex;	/* one thread reads while another writes */
	__u64 messages; /* seen by the verdict */
	__u64 redirected;
	__u64 redirected_bytes;
	__u64 joined_at; /* ns, monotonic */
	struct parties parties;
	__u32 first_seq;	/* write_seq for as long as this direction is redirected */
	__u32 shifted;		/* enum counter: why it goes by TCP for now */
	__u32 debt;		/* of messages that went by TCP meanwhile, in 4 KiB (gears.h) */
	__u32 epoch;		/* settings.epoch at the claim */
	__u32 backlog_messages; /* upper bounds of what the peer has not read */
	__u32 backlog_bytes;
	__u64 peer_reader;    /* the only task that was seen asleep in the peer's recv(); MANY */
	__u64 peer_waiter;    /* the task that was seen to wait for the peer last; only compared */
	__u64 writer;	      /* the only task that redirected so far; MANY */
	__u32 known_settled;  /* retired, and none of its redirects is still on its way */
	__u32 length_counted; /* its length counts in the average of its parties */
	__u32 keepalive;      /* enum keepalive */
	__u32 lent_keepalive; /* seconds between two probes (waking.h); 0: none, it is not watched
			       */
	__u32 keepalive_times[KEEPALIVE_TIMES]; /* the application's, while they are lent; or 0 */
	__u32 peer_closed;
	__u64 sent_at;	 /* the last segment, after bytes came by TCP */
	__u64 waited_at; /* a message, for room in the peer's queue */
	__u32 fence;
	__u32 in_wait;	    /* the verdict waits for the peer, and has the lock of its own socket */
	__u32 policy_epoch; /* settings.policy_epoch when it was looked up last */
	/* the next byte that its reader was to get when it was enrolled; and NATIVE_READER, where
	 * one may have been inside TCP's own recv() */
	__u64 begin;
	__u32 proven;  /* this direction may have redirected since the end was enrolled */
	__u32 joining; /* enum joining */
	__u32 shifts;  /* so often it went by TCP for a while */
	__u32 returns; /* so often it was enrolled again */
	/* of one that is not enrolled, by the adopting iterator */
	__u32 backed_off;     /* so often its back-off was doubled */
	__u32 seen_sequences; /* of its sequence numbers at the last look; 0: none */
	__u64 quiet_since;    /* ns, monotonic: they did not change */
	__u64 out_since;      /* ns, monotonic: seen outside; 0: not yet */
};

/* A connection between its SYN and its first message; indexed by role. */
struct rendezvous {
	__u64 end[2];	/* conn.tp of an end that joined; set last */
	__u64 state[2]; /* and the address of its conn.retired */
	struct parties parties;
	__u32 epoch;
	__u32 policy_epoch;
};

/* The sequence numbers that an established socket began with, as they follow from how many bytes it
 * received and sent since. */
struct isns {
	__u32 remote;
	__u32 local; /* and 1, at the end that accepted: its SYN does not count there */
};

/* One that has such numbers. */
struct candidate {
	__u64 tp;
	__u64 state; /* address of its conn.retired; 0 until its peer was seen */
	__u32 pass;  /* adoption.pass, in which it was seen last */
	__u32 pad;
};

struct janitor {
	struct bpf_timer timer;
	__u64 rests_until; /* ns, monotonic */
};

struct reaper {
	struct bpf_timer timer;
	__u32 ready;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 131072);
	__type(key, struct flow_key);
	__type(value, __u64);
} flows SEC(".maps");

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

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct handshake);
	__type(value, struct rendezvous);
} handshakes SEC(".maps");

/* A flow on its way back to TCP. Times in ns, monotonic. */
struct departure {
	__u64 since;
	__u64 looked_at; /* by the janitor */
	__u64 next_look;
	__u64 tp[2];		/* by role: the ends, also after they left; for probe reads */
	__u64 begin[2];		/* by role: conn.begin */
	__u32 known_settled[2]; /* by role: conn.known_settled */
	__u32 epoch;		/* settings.epoch when it began */
	__u32 awaits;		/* it is about to join: one that has by `since` does not leave */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct handshake);
	__type(value, struct departure);
} leaving SEC(".maps");

/* The same flows in the order in which the janitor looks at them; each once. A walk of the hash
 * would cost its size, however few there are. */
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

/* Ends that the janitor found free to go, and the timer that has the sockops program delete them.
 */
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

/* How many sockets are watched: they need the sockops program still after they left. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} lent_keepalives SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, __u32); /* enum selection */
} selection SEC(".maps");

/* The node's own addresses: where masqueraded connections of local pods come from. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct address);
	__type(value, __u32);
} nodes SEC(".maps");

/* Network namespaces (by cookie) that used an address; selected while that address is. For loopback
 * within a pod. */
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

/* Containers (by cgroup id) that were seen to need it: the same for all of their connections. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct incompatibility);
} incompatible_containers SEC(".maps");

/* Addresses of pods for which network policies changed. Far more than a node has pods: one that is
 * evicted is forgotten by flows that sent nothing since. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct address);
	__type(value, struct policy);
} policies SEC(".maps");

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

/* When new joins end (ns, monotonic) unless the agent moves it on; 0: no agent watches. */
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

/* Atomic although per CPU: a verdict can be preempted by another on the same CPU. */
static __always_inline void count(__u32 which)
{
	struct counters *c = single(&counters);
	if (c && which < COUNTERS)
		__sync_fetch_and_add(&c->value[which], 1);
}

#endif
