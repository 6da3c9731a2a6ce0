/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Each protection of the socket contract can be left out of a build, for the tests that show that
 * accelctl check catches its lack: -DWITHOUT=BACKLOG. The product has them all. */
#ifndef PODWIRE_PROTECTION_H
#define PODWIRE_PROTECTION_H

enum protection {
	NONE,
	BACKLOG,	/* a reader that does not read bounds what is queued */
	ONE_WAY,	/* without gears: after TCP never redirect again */
	HALF_CLOSE,	/* leave in the state change to FIN_WAIT1 */
	LOW_WATER_MARK, /* SO_RCVLOWAT of the reader */
	URGENT,		/* MSG_OOB of the sender */
	CORK,		/* TCP_CORK and MSG_MORE of the sender */
	RECV_FLAGS,	/* MSG_WAITALL, MSG_TRUNC and splice(2) of a blocked reader */
	OPTIONS,	/* socket options that a joined socket ignores */
	JOIN_REFUSAL,	/* sockets that are not plain TCP's, or have such an option already */
	LEAVING,	/* retired flows leave the sockhash */
	DISCONNECT,	/* connect(AF_UNSPEC) leaves */
	IO_URING,	/* who reads or sends by it, or waits in a way that is not known */
	LOCKED,		/* a reader that faults while it has its socket's lock */
	ANEW,		/* a socket that connects anew leaves before, with all that was its */
	LEARNING,	/* what a load must know of who waits */
	CAUGHT_UP,	/* redirect again only what comes after all that TCP was given was read */
	NATIVE_READERS, /* who may be inside TCP's own recv() gets a byte by TCP first */
	WAKING,		/* who stopped at the last redirected byte is woken */
};

#ifndef WITHOUT
#define WITHOUT NONE
#endif

/* A flow that redirects again must not have left meanwhile. */
#define protects(what) (WITHOUT != (what) && !((what) == LEAVING && WITHOUT == ONE_WAY))

#endif
