/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The guard of FIONREAD. */
#ifndef PODWIRE_GUARD_FIONREAD_H
#define PODWIRE_GUARD_FIONREAD_H

#include "our_socket.h"

#define FIONREAD 0x541b

/* Has FIONREAD count both queues of a joined socket. Kernels count only one of them: older ones
 * TCP's, newer ones the psock's. */
SEC("fexit/sock_ioctl") int guard_fionread(__u64 *ctx)
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

#endif
