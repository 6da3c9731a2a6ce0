/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which sockets are joined, for programs that may not have the socket's storage. */
#ifndef PODWIRE_OUR_SOCKET_H
#define PODWIRE_OUR_SOCKET_H

#include "psock.h"

#define S_IFMT	 0170000
#define S_IFSOCK 0140000

/* Whether the socket is in our sockhash, by the maps that its psock is in: a program of this kind
 * may not have the socket's storage. */
static __always_inline bool is_in_our_sockhash(__u64 sk)
{
	struct sk_psock *psock = psock_of(sk);
	struct bpf_map *ours = (void *)&flows;
	struct list_head *head = address_of(psock, struct sk_psock, link);
	struct list_head *n = psock ? READ(psock, link.next) : head;
	for (int i = 0; i < MAX_LINKS && n && n != head; i++) {
		struct sk_psock_link *link = object_of(n, struct sk_psock_link, list);
		if (READ(link, map, id) == ours->id)
			return true;
		n = READ(n, next);
	}
	return false;
}

/* The socket of a file; 0 where it is another kind of file. */
static __always_inline __u64 socket_in(struct file *file)
{
	if ((READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	struct socket *socket = READ(file, private_data);
	return (__u64)READ(socket, sk);
}

#endif
