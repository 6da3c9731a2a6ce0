// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the kernel's sockmap lacks on a joined socket, watched for by programs of which each is
 * optional: the loader takes those that the kernel takes, and says which (docs/contract.md). */
#include "leaving.h"
#include "remember.h"
#include "syscall.h"
#include "waking.h"

#define SO_ZEROCOPY	     60
#define SO_PEEK_OFF	     42
#define SO_OOBINLINE	     10
#define SO_TIMESTAMP	     29
#define SO_TIMESTAMPNS	     35
#define SO_TIMESTAMPING	     37
#define SO_TIMESTAMP_NEW     63
#define SO_TIMESTAMPNS_NEW   64
#define SO_TIMESTAMPING_NEW  65
#define TCP_ULP		     31
#define TCP_REPAIR	     19
#define TCP_ZEROCOPY_RECEIVE 35
#define TCP_INQ		     36
#define FIONREAD	     0x541b
#define MAY_READ	     4
#define S_IFMT		     0170000
#define S_IFSOCK	     0140000

/* How long a system call may wait for its socket to become plain TCP. A thread of either end may be
 * on its way out of send(), and the janitor at rest. */
#define PATIENCE_NS 4000000ULL
/* Of about eight microseconds each. Few, since the verifier takes every one of them: 2000 cost a
 * kernel 5.10 ten times as long to load as all other programs together. */
#define LOOKS_AT_IT 500
/* After so many of them the janitor is asked again. */
#define ASK 8

/* Since 5.18; before, the error of a refusal is EPERM. */
static int (*set_retval)(int error) = (void *)187;
enum bpf_func_id___set_retval {
	BPF_FUNC_set_retval___set_retval = 187,
};

static __always_inline int refuse(int error)
{
	count(REFUSED_OPTION);
	if (bpf_core_enum_value_exists(enum bpf_func_id___set_retval,
				       BPF_FUNC_set_retval___set_retval))
		set_retval(-error);
	return 0;
}

/* By optlen 0 the kernel goes on with the caller's own buffer: what the program has is a copy of
 * its first page, and the kTLS module warns of a value that comes out of one. */
static __always_inline int accept(struct bpf_sockopt *ctx)
{
	ctx->optlen = 0;
	return 1;
}

/* The record of a socket that is in the sockhash now. */
static __always_inline struct conn *joined(struct bpf_sock *sk)
{
	struct conn *conn = sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
	return conn && psock_of(conn->tp) ? conn : 0;
}

/* Until when it did. */
__noinline __u64 wait_a_little(void)
{
	__u64 now = 0;
	for (int i = 0; i < 256; i++)
		now = bpf_ktime_get_ns();
	return now;
}

/* Not before its bytes are read. */
static __always_inline bool can_leave_soon(struct conn *conn)
{
	struct sk_psock *psock = psock_of(conn->tp);
	return psock && queue_empty(psock);
}

/* Until the janitor has taken the socket out: its timer runs in this wait. In vain, where another
 * thread sleeps in recv(), or the kernel has no timers. */
global_function int await_departure(struct conn *conn)
{
	if (!conn) /* for the verifier, which looks at this function by itself */
		return 0;
	struct handshake handshake = conn->self.handshake;
	__u64 end = bpf_ktime_get_ns() + PATIENCE_NS;
	for (int i = 0; i < LOOKS_AT_IT && can_leave_soon(conn); i++) {
		if (i % ASK == 0)
			look_now(&handshake);
		if (wait_a_little() > end)
			break;
	}
	return 0;
}

/* Sends both directions back to TCP, and waits for that. */
global_function int become_tcp(struct conn *conn, __u32 why)
{
	if (!conn) /* for the verifier, which looks at this function by itself */
		return 0;
	conn->duplex = 0;
	if (!conn->retired) {
		conn->retired = why;
		count(why);
	}
	full_barrier(&conn->fence);
	hand_to_janitor(conn, peer_of(conn));
	await_departure(conn);
	return !psock_of(conn->tp);
}

/* The value that an int option already has, unless somebody set it. */
static __always_inline bool is_default(struct bpf_sockopt *ctx)
{
	int *value = ctx->optval;
	if ((void *)(value + 1) > ctx->optval_end)
		return false;
	if (ctx->level == SOL_SOCKET && ctx->optname == SO_PEEK_OFF)
		return *value < 0;
	if (ctx->level == SOL_SOCKET && ctx->optname == SO_RCVLOWAT)
		return *value <= 1;
	return !*value;
}

/* The errno of a kernel that does not know an option which a joined socket would ignore; GRANTED
 * for one that is set all the same; 0 for all others. */
#define GRANTED -1
static __always_inline int refusal_of(struct bpf_sockopt *ctx)
{
	if (ctx->level == SOL_SOCKET) {
		switch (ctx->optname) {
		case SO_ZEROCOPY:
			return ENOPROTOOPT;
		case SO_PEEK_OFF:
			return EOPNOTSUPP;
		case SO_OOBINLINE:
		case SO_RCVLOWAT:
		case SO_TIMESTAMP:
		case SO_TIMESTAMPNS:
		case SO_TIMESTAMPING:
		case SO_TIMESTAMP_NEW:
		case SO_TIMESTAMPNS_NEW:
		case SO_TIMESTAMPING_NEW:
			return GRANTED;
		}
	} else if (ctx->level == SOL_TCP) {
		switch (ctx->optname) {
		case TCP_ULP:
			return ENOENT;
		case TCP_REPAIR:
			return EPERM;
		case TCP_INQ:
			return ENOPROTOOPT;
		}
	}
	return 0;
}

/* Of a socket whose keepalive option this is. */
static __always_inline struct conn *kept_alive(struct bpf_sockopt *ctx)
{
	__u32 time = ctx->optname - TCP_KEEPIDLE;
	if (!(ctx->level == SOL_SOCKET && ctx->optname == SO_KEEPALIVE) &&
	    !(ctx->level == SOL_TCP && time < KEEPALIVE_TIMES))
		return 0;
	struct bpf_sock *sk = ctx->sk;
	return sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
}

/* Of a keepalive option that the application may set now, although the value in force is ours:
 * where its own is kept until unwatch() gives it back. */
static __always_inline __u32 *lent(struct bpf_sockopt *ctx, struct conn *conn, int value)
{
	__u32 time = ctx->optname - TCP_KEEPIDLE;
	if (ctx->level == SOL_SOCKET || time >= KEEPALIVE_TIMES || !conn->keepalive_times[time] ||
	    value < 1 || value > highest_keepalive_time(time))
		return 0;
	return &conn->keepalive_times[time];
}

/* False: the kernel is to set it. */
static __always_inline bool keeps_for_later(struct bpf_sockopt *ctx)
{
	struct conn *conn = kept_alive(ctx);
	int *value = ctx->optval;
	if (!conn || (void *)(value + 1) > ctx->optval_end)
		return false;
	__u32 *time = lent(ctx, conn, *value);
	if (time)
		*time = *value;
	else if (ctx->level == SOL_SOCKET)
		conn->keepalive = conn->watched && !*value ? PROBING : THEIRS;
	else
		return false;
	full_barrier(&conn->fence);
	if (conn->watched)
		return true;
	if (time) /* given back meanwhile */
		*time = 0;
	else
		conn->keepalive = THEIRS;
	return false;
}

SEC("cgroup/setsockopt") int podwire_setsockopt(struct bpf_sockopt *ctx)
{
	if (keeps_for_later(ctx)) {
		ctx->optlen = -1; /* the kernel does nothing */
		return 1;
	}
	int refusal = refusal_of(ctx);
	struct conn *conn = refusal && !is_default(ctx) ? joined(ctx->sk) : 0;
	if (!protects(OPTIONS) || !conn || become_tcp(conn, RETIRED_OPTION) || refusal == GRANTED)
		return accept(ctx);
	return refuse(refusal);
}

SEC("cgroup/getsockopt") int podwire_getsockopt(struct bpf_sockopt *ctx)
{
	int *value = ctx->optval;
	struct conn *kept = kept_alive(ctx);
	if (kept && (void *)(value + 1) <= ctx->optval_end) {
		__u32 *time = lent(ctx, kept, 1);
		if (time)
			*value = *time;
		else if (ctx->level == SOL_SOCKET && kept->keepalive != THEIRS)
			*value = 0;
		else
			return accept(ctx);
		return 1;
	}
	struct conn *conn = 0;
	if (ctx->level == SOL_TCP && ctx->optname == TCP_ZEROCOPY_RECEIVE)
		conn = joined(ctx->sk);
	if (!protects(OPTIONS) || !conn)
		return accept(ctx);
	struct sk_psock *psock = psock_of(conn->tp);
	bool unread = psock && !queue_empty(psock);
	/* with nothing unread, nothing to receive is what TCP answered, too */
	if (become_tcp(conn, RETIRED_OPTION) || !unread)
		return accept(ctx);
	return refuse(ENOPROTOOPT);
}

/* A program of this kind may not have the socket's storage: see which maps its psock is in. */
static __always_inline bool is_in_our_sockhash(__u64 sk)
{
	struct sk_psock *psock = psock_of(sk);
	struct bpf_map *ours = (void *)&flows;
	struct list_head *head = address_of(psock, struct sk_psock, link);
	struct list_head *n = psock ? BPF_CORE_READ(psock, link.next) : head;
	for (int i = 0; i < MAX_LINKS && n && n != head; i++) {
		struct sk_psock_link *link = object_of(n, struct sk_psock_link, list);
		if (BPF_CORE_READ(link, map, id) == ours->id)
			return true;
		n = BPF_CORE_READ(n, next);
	}
	return false;
}

/* The socket of a file; 0 where it is another kind of file. */
static __always_inline __u64 socket_in(struct file *file)
{
	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	struct socket *socket = BPF_CORE_READ(file, private_data);
	return (__u64)BPF_CORE_READ(socket, sk);
}

/* A splice(2) from the socket sees only TCP's queue: EAGAIN for ever. With EINVAL its callers fall
 * back to read and write. The system call itself cannot be made to fail in most kernels; this is
 * the first function on its way that can. */
SEC("fmod_ret/security_file_permission") int refuse_splice(__u64 *ctx)
{
	if ((__u32)ctx[1] != MAY_READ || !in_splice(bpf_get_current_task()))
		return 0;
	__u64 sk = socket_in((void *)ctx[0]);
	if (!sk || !is_in_our_sockhash(sk))
		return 0;
	count(REFUSED_SPLICE);
	return -EINVAL;
}

/* What a reader asks for while it is not asleep, which the verdict cannot see. It gets short what
 * is queued already; the rest of this flow, and later flows of its container, are TCP's. */
SEC("fentry/tcp_bpf_recvmsg") int watch_recv(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
#if OLDEST >= 602
	int flags = ctx[3];
#else
	/* the fifth argument before 5.19; volatile, because the verifier wants the offsets in a
	 * context constant */
	int fourth = *(volatile __u64 *)&ctx[3], fifth = *(volatile __u64 *)&ctx[4];
	int flags = LINUX_KERNEL_VERSION >= KERNEL_VERSION(5, 19, 0)
			    ? fourth
			    : fifth | (fourth ? MSG_DONTWAIT : 0);
#endif
#if OLDEST >= 515
	/* a recv() that sleeps in the psock can fail; this one has not looked for it yet */
	if (BPF_CORE_READ(sk, sk_shutdown) == SEND_SHUTDOWN && !(flags & MSG_DONTWAIT) &&
	    !unread_by_tcp((void *)sk))
		await_departure(bpf_sk_storage_get(&conns, sk, 0, 0));
#endif
	if (!(flags & (MSG_WAITALL | MSG_TRUNC)))
		return 0;
#if OLDEST >= 515
	struct conn *conn = bpf_sk_storage_get(&conns, sk, 0, 0);
	if (!conn || conn->retired)
		return 0;
	conn->retired = RETIRED_RECV_FLAGS; /* the peer's verdict looks at it */
	count(RETIRED_RECV_FLAGS);
#else
	if (!is_in_our_sockhash((__u64)sk)) /* the rest of this flow stays: no storage here */
		return 0;
#endif
	remember_container((__u64)sk, RETIRED_RECV_FLAGS);
	return 0;
}

#if OLDEST >= 515

/* A recv() for no bytes waits until there is one, and one for an urgent byte fails with EINVAL
 * where there is none. tcp_bpf_recvmsg() does not know of either: this is the last function before
 * it. */
SEC("fentry/security_socket_recvmsg") int watch_recv_entry(__u64 *ctx)
{
	if ((int)ctx[2] && !(ctx[3] & MSG_OOB))
		return 0;
	struct socket *socket = (void *)ctx[0];
	struct sock *sk = socket->sk;
	struct conn *conn = sk ? bpf_sk_storage_get(&conns, sk, 0, 0) : 0;
	/* with redirected bytes unread, 0 is what TCP answers for no bytes, too */
	if (conn && can_leave_soon(conn))
		become_tcp(conn, RETIRED_RECV_FLAGS);
	return 0;
}

#endif

/* Kernels count only one of the two queues of a joined socket: older ones TCP's, newer ones the
 * psock's. */
SEC("fexit/sock_ioctl") int repair_fionread(__u64 *ctx)
{
	void *answer = (void *)ctx[2];
	if ((__u32)ctx[1] != FIONREAD || (int)ctx[3])
		return 0;
	__u64 sk = socket_in((void *)ctx[0]);
	if (!sk || !is_in_our_sockhash(sk))
		return 0;
	int unread = unread_by_tcp((void *)sk) + unread_in(psock_of(sk)).bytes;
	bpf_probe_write_user(answer, &unread, sizeof(unread));
	return 0;
}
