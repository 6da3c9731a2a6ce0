// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the kernel's sockmap lacks on a joined socket, watched for by programs of which each is
 * optional, as are those of options.bpf.c: the loader takes those that the kernel takes, and says
 * which (docs/contract.md). */
#include "become_tcp.h"
#include "remember.h"
#include "syscall.h"

#define FIONREAD 0x541b
#define MAY_READ 4
#define S_IFMT	 0170000
#define S_IFSOCK 0140000

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
	struct file *file = (void *)ctx[0];
	/* every access to a file comes here, so first what is a load and no call of a helper */
	if ((__u32)ctx[1] != MAY_READ || (file->f_inode->i_mode & S_IFMT) != S_IFSOCK ||
	    !in_splice(bpf_get_current_task()))
		return 0;
	__u64 sk = socket_in(file);
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
	__u32 why = flags & (MSG_WAITALL | MSG_TRUNC) ? RETIRED_RECV_FLAGS : 0;
	if (protects(IO_URING) && send_flags(bpf_get_current_task()) & BY_IO_URING)
		why = RETIRED_IO_URING;
	if (!why)
		return 0;
#if OLDEST >= 515
	struct conn *conn = bpf_sk_storage_get(&conns, sk, 0, 0);
	if (!conn || conn->retired)
		return 0;
	conn->retired = why; /* the peer's verdict looks at it */
	count(why);
#else
	if (!is_in_our_sockhash((__u64)sk)) /* the rest of this flow stays: no storage here */
		return 0;
#endif
	remember_container((__u64)sk, why);
	return 0;
}

#if OLDEST >= 515

/* The kernel has no memory for a joined socket, of the node's TCP or of its container. A sender's
 * call waits for it before the verdict (sk_msg_alloc()), where TCP always lets a first segment go.
 * A receiver's memory was to hold what is redirected to it, and the sender is told ENOMEM; not all
 * kernels tell of that (docs/contract.md). Once the janitor has taken the flow out, it is TCP's. No
 * verdict may come any more, so the janitor is told each time. */
SEC("tp_btf/sock_exceed_buf_limit") int watch_memory(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct conn *conn = bpf_sk_storage_get(&conns, sk, 0, 0);
	if (!conn || !psock_of(conn->tp))
		return 0;
	count(NO_MEMORY);
	send_back(conn, RETIRED_MEMORY);
	return 0;
}

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
	int unread = unread_by_tcp((void *)sk) + unread_in(sk).bytes;
	bpf_probe_write_user(answer, &unread, sizeof(unread));
	return 0;
}
