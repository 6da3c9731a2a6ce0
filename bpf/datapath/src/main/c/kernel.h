/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The few kernel fields that the programs read. CO-RE relocates every access to the running
 * kernel's layout, so only names and types matter here, not order or size.
 *
 * What CO-RE cannot choose is compiled several times: OLDEST is the kernel that an object is for at
 * least, 510, 515 or 602 (Makefile). */
#ifndef PODWIRE_KERNEL_H
#define PODWIRE_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define AF_INET	      2
#define ENOENT	      2
#define EPERM	      1
#define E2BIG	      7
#define EBUSY	      16
#define EINVAL	      22
#define ENOPROTOOPT   92
#define EOPNOTSUPP    95
#define RCV_SHUTDOWN  1
#define SEND_SHUTDOWN 2
#define SHUTDOWN_MASK 3
#define SOL_SOCKET    1
#define SO_KEEPALIVE  9
#define SO_RCVLOWAT   18
#define SOL_TCP	      6
#define TCP_KEEPCNT   6
#define TCP_KEEPIDLE  4

/* A bit of sk_userlocks: SO_RCVBUF was set. */
#define SOCK_RCVBUF_LOCK 2
/* A bit of nonagle: TCP_CORK is set. */
#define TCP_NAGLE_CORK 2

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next, *prev;
};

struct timespec64 {
	__s64 tv_sec;
};

struct ns_common {
	__u32 inum;
};

struct netns_ipv4 {
	int sysctl_tcp_rmem[3];
};

struct net {
	__u64 net_cookie;
	struct ns_common ns;
	struct netns_ipv4 ipv4;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr___kernel {
	union {
		__u32 u6_addr32[4];
	} in6_u;
};

/* The operations of a protocol. A joined socket has a copy of its own, with TCP's pointers. */
struct proto {
	void *memory_allocated; /* to an atomic_long_t, in pages */
	void *sysctl_mem;	/* to three longs, in pages */
};

struct sock_common {
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct proto *skc_prot;
	__u16 skc_dport;
	union {
		unsigned long skc_flags;
		struct sock *skc_listener; /* of a request socket */
	};
	struct in6_addr___kernel skc_v6_daddr;
	struct in6_addr___kernel skc_v6_rcv_saddr;
};

typedef struct wait_queue_entry {
	void *private; /* the task */
	void *func;
	struct list_head entry;
} wait_queue_entry_t;

typedef struct wait_queue_head {
	struct list_head head;
} wait_queue_head_t;

struct socket_wq {
	wait_queue_head_t wait;
};

enum sock_flags { /* the values are relocated */
	SOCK_DONE = 1,
	SOCK_URGINLINE = 2,
	SOCK_KEEPOPEN = 3,
	SOCK_RCVTSTAMP = 9,
	SOCK_ZEROCOPY = 22,
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
	int level;		    /* 0: the root */
	struct cgroup *ancestors[]; /* by their level; the last one is the cgroup itself */
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct sock_cgroup_data___before_5_15 {
	__u64 val; /* address of the cgroup, if none of the lowest bits is set */
};

typedef struct {
	int owned; /* by a system call */
} socket_lock_t;

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	struct socket_wq *sk_wq;
	struct socket *sk_socket;
	void *sk_user_data;
	int sk_rcvlowat;
	int sk_rcvbuf;
	__u8 sk_userlocks : 4;
	__u8 sk_shutdown;
	int sk_err;
	int sk_peek_off;
	__u32 sk_pacing_status; /* 0: TCP does not pace what it sends */
	__u32 sk_tsflags;
	__u8 sk_kern_sock : 1;
	struct sock_cgroup_data sk_cgrp_data;
};

struct inet_sock {
	struct sock sk;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	const void *icsk_ulp_ops;
	struct {
		__u16 rcv_mss; /* bytes of the largest segment that came */
	} icsk_ack;
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 write_seq;
	__u32 snd_una;
	__u64 bytes_acked; /* of a socket that connected, its SYN counts too */
	__u32 rcv_nxt;
	__u32 rcv_wup;
	__u32 rcv_wnd;
	__u64 bytes_received;
	__u32 copied_seq;
	__u32 data_segs_in;
	__u32 data_segs_out;
	__u32 mss_cache; /* bytes of a full segment */
	__u8 bpf_sock_ops_cb_flags;
	__u16 urg_data;
	__u8 nonagle : 4;
	__u8 repair : 1;
	__u8 recvmsg_inq : 1;
};

struct tcp_request_sock {
	__u32 rcv_isn;
	__u32 snt_isn;
};

struct bpf_sock_ops_kern {
	struct sock *sk;
};

typedef struct {
	int counter;
} atomic_t;

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

struct sk_msg_sg {
	__u32 size;
};

struct sk_msg {
	struct sk_msg_sg sg;
	struct list_head list;
};

struct sk_psock {
	refcount_t refcnt;
	struct list_head ingress_msg;
	struct list_head link;
};

struct bpf_map {
	enum bpf_map_type map_type;
	__u32 id;
	char name[BPF_OBJ_NAME_LEN];
};

struct bpf_prog_aux {
	__u32 id;
	char name[BPF_OBJ_NAME_LEN];
};

struct bpf_prog {
	struct bpf_prog_aux *aux;
};

struct sk_psock_progs {
	struct bpf_prog *msg_parser;	 /* sk_msg */
	struct bpf_prog *stream_verdict; /* sk_skb, from 5.13 on */
	struct bpf_prog *skb_verdict;	 /* sk_skb */
};

struct bpf_stab { /* a sockmap */
	struct sk_psock_progs progs;
};

struct bpf_shtab { /* a sockhash */
	atomic_t count;
	struct sk_psock_progs progs;
};

struct sk_psock_link {
	struct list_head list;
	struct bpf_map *map;
};

struct socket {
	struct file *file;
	struct sock *sk;
};

struct inode {
	__u16 i_mode;
};

typedef struct {
	long counter;
} atomic_long_t;

typedef struct {
	atomic_long_t refcnt; /* 0 for one reference */
} file_ref_t;

struct file {
	file_ref_t f_ref;
	unsigned int f_flags;
	struct inode *f_inode;
	void *private_data;
};

struct file___before_6_13 {
	atomic_long_t f_count;
};

struct epoll_event {
	__u32 events;
};

struct eventpoll {
	wait_queue_head_t wq; /* who sleeps in epoll_wait() */
};

struct epitem {
	struct eventpoll *ep;
	struct epoll_event event;
};

/* What an epoll has on the wait queue of a file. */
struct eppoll_entry {
	struct epitem *base;
	wait_queue_entry_t wait;
};

struct files_struct {
	atomic_t count;
};

struct task_struct {
	void *stack;
	struct files_struct *files;
};

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__bpf_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
};

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
};

struct pt_regs {
#if defined(__TARGET_ARCH_x86)
	unsigned long r9;
	unsigned long r10;
	unsigned long dx;
	unsigned long orig_ax;
	unsigned long cs;
#elif defined(__TARGET_ARCH_arm64)
	__u64 regs[31];
	__u64 pstate;
	int syscallno;
#endif
};

#pragma clang attribute pop

/* READ(object, field, field of what that points to...) reads a field of a kernel object at an
 * address that may be stale. A stale address reads as anything, or 0, but never faults. */
#if OLDEST >= 602
/* With this kfunc a read is a load, and no call of a helper: bpf_probe_read_kernel() would be
 * slower, and lockdown for confidentiality refuses it. */
extern void *bpf_rdonly_cast(const void *object, __u32 btf_id) __ksym;
#define KERNEL_OBJECT(object)                                                                      \
	((typeof(object))bpf_rdonly_cast((object), bpf_core_type_id_kernel(typeof(*(object)))))
#define READ(object, ...) ___arrow(KERNEL_OBJECT(object), __VA_ARGS__)
#define READ_BITFIELD(object, field)                                                               \
	({                                                                                         \
		typeof(object) object_ = KERNEL_OBJECT(object);                                    \
		BPF_CORE_READ_BITFIELD(object_, field);                                            \
	})
#else
/* The address is found first, since a field of ours in it is not to be relocated. */
#define READ(object, ...)                                                                          \
	({                                                                                         \
		typeof(object) object_ = (object);                                                 \
		BPF_CORE_READ(object_, __VA_ARGS__);                                               \
	})
#define READ_BITFIELD(object, field)                                                               \
	({                                                                                         \
		typeof(object) object_ = (object);                                                 \
		BPF_CORE_READ_BITFIELD_PROBED(object_, field);                                     \
	})
#endif
/* The same, of an object of this type. */
#define READ_AS(type, address, field)	       READ((type *)(address), field)
#define READ_BITFIELD_AS(type, address, field) READ_BITFIELD((type *)(address), field)

/* The eight bytes at an address, as a number: what READ() has of a field that is a pointer is a
 * pointer for the verifier, and a function that it looks at by itself takes numbers. They are read
 * through timespec64, which begins with 8 bytes that are no pointer, for want of a kernel type that
 * is no more than that. */
static __always_inline __u64 word_at(__u64 address)
{
	return READ_AS(struct timespec64, address, tv_sec);
}

#if OLDEST < 602
extern int LINUX_KERNEL_VERSION __kconfig;
#endif

/* Declares a function that the verifier looks at once and not for each of its calls, whatever
 * pointer it is given. Before 5.12 that is only for functions without pointers. */
#if OLDEST >= 515
#define global_function __noinline
#else
#define global_function static __noinline
#endif

/* Orders the stores before it and the loads after it, in all programs that pass one. Before 5.12
 * there are no atomics but an addition without result, which is a barrier on x86 alone. */
static __always_inline void full_barrier(__u32 *fence)
{
#if OLDEST >= 515
	__u32 before = __sync_fetch_and_add(fence, 1);
	asm volatile("" ::"r"(before)); /* without a use of the result it is no barrier on arm64 */
#else
	__sync_fetch_and_add(fence, 1);
#endif
}

/* Orders the loads after it after those before it, and after the references that the kernel counted
 * before it (refcount_inc_not_zero()): x86 keeps these in order by itself. */
static __always_inline void load_barrier(__u32 *fence)
{
#if defined(__TARGET_ARCH_arm64)
	full_barrier(fence);
#endif
}

/* Stores in what is 0, not before any other store. */
static __always_inline void publish(__u64 *where, __u64 value)
{
#if OLDEST >= 515
	__sync_lock_test_and_set(where, value);
#else
	__sync_fetch_and_add(where, value);
#endif
}

/* The kernel object that this is a member of. */
#define object_of(ptr, type, member) ((type *)((void *)(ptr)-bpf_core_field_offset(type, member)))

/* The address of a member of a kernel object, relocated; the object is not touched. */
#define address_of(ptr, type, member) ((void *)(ptr) + bpf_core_field_offset(type, member))

/* The next entry of a list, by a number. */
static __always_inline struct list_head *next_of(struct list_head *entry)
{
	return (void *)word_at((__u64)address_of(entry, struct list_head, next));
}

#endif
