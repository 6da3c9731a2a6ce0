/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The guard of splice(2) from a joined socket. */
#ifndef PODWIRE_GUARD_SPLICE_H
#define PODWIRE_GUARD_SPLICE_H

#include "our_socket.h"
#include "syscall.h"

#define MAY_READ 4

/* Refuses splice(2) from a joined socket, which sees only TCP's queue: EAGAIN for ever. With EINVAL
 * its callers fall back to read and write. The system call itself cannot be made to fail in most
 * kernels; this is the first function on its way that can. */
SEC("fmod_ret/security_file_permission") int guard_splice(__u64 *ctx)
{
	struct file *file = (void *)ctx[0];
	/* Every access to a file comes here, so what is a load and no call of a helper is asked
	 * first. */
	if ((__u32)ctx[1] != MAY_READ || (file->f_inode->i_mode & S_IFMT) != S_IFSOCK ||
	    !in_splice(bpf_get_current_task()))
		return 0;
	__u64 sk = socket_in(file);
	if (!sk || !is_in_our_sockhash(sk))
		return 0;
	count(REFUSED_SPLICE);
	return -EINVAL;
}

#endif
