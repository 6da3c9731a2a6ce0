/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether all that an end redirected has arrived (docs/datapath/leaving.md). */
#ifndef PODWIRE_SETTLED_H
#define PODWIRE_SETTLED_H

#include "wait_queue.h"

/* Whether a thread may be inside tcp_recvmsg() since before the socket was enrolled, where nothing
 * that is redirected wakes it. Once a byte was read that came by TCP, it has come back. */
static __always_inline bool may_read_natively(__u64 tp, __u64 begin)
{
	return begin & NATIVE_READER && READ_AS(struct tcp_sock, tp, copied_seq) == (__u32)begin;
}

/* Whether nobody is in a system call on the socket but who sleeps there, and `self` known ones:
 * each other thread of a process with several holds a reference to the file, and one of a process
 * without others sleeps, or is not there. */
static __always_inline bool only_sleepers_are_inside(__u64 tp, int self)
{
	struct task_struct *current = (void *)bpf_get_current_task();
	long files = file_references(tp);
	int own = self && READ(current, files, count.counter) > 1;
	return files && files <= 1 + own + waiters_with_file(tp);
}

/* Whether every thread asleep on the socket holds a reference to its psock. One asleep in
 * tcp_bpf_recvmsg() or tcp_bpf_sendmsg() does. One in tcp_splice_read() does not; nor does one in
 * tcp_recvmsg(), which can be there once bytes came by TCP, if it waits for more than a byte,
 * skipped an urgent one, or another reader was faster. */
static __always_inline bool sleepers_hold_references(__u64 tp, __u64 begin)
{
	struct tcp_sock *sk = (void *)tp;
	__u32 asleep = wishes(tp);
	if (asleep & SPLICES)
		return false;
	if (READ(sk, rcv_nxt) == (__u32)begin)
		return true;
	return !(asleep & (MSG_WAITALL | READERS)) && !READ(sk, urg_data) &&
	       READ((struct sock *)tp, sk_rcvlowat) <= 1;
}

/* Whether no thread but `self` known ones (0, or 1 for a verdict that asks for itself) is inside
 * tcp_bpf_sendmsg() of this socket: whatever it redirected has arrived. Each such thread holds a
 * reference to the psock, as each map link does, and each sleeper that sleepers_hold_references()
 * vouches for. It cannot vouch for threads that may sleep in tcp_recvmsg() since before the socket
 * was enrolled. */
__noinline int is_settled(__u64 tp, int self, __u64 begin)
{
	struct sk_psock *psock = psock_of(tp);
	if (!psock)
		return 1;

	int before = references(psock), others = before - self - links(psock);
	if (others <= 0)
		return 1;
	__u32 fence = 0;
	load_barrier(&fence);
	int asleep = sleepers(tp);
	load_barrier(&fence);
	if (begin & NATIVE_READER)
		return only_sleepers_are_inside(tp, self);
	if (!sleepers_hold_references(tp, begin))
		return 0;
	int arrived = references(psock) - before; /* one that arrived may be among the sleepers */
	return others + (arrived > 0 ? arrived : 0) <= asleep;
}

#endif
