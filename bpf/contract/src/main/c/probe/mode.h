/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What happens to the first connection of a case before the case proper. */
#pragma once
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include "connection.h"

enum mode {
	DIRECT,	  /* nothing */
	OVERFLOW, /* more goes unread each way than an accelerator may keep */
	/* Each end sends; the case parks, while somebody switches acceleration off; each end sends
	 * again, and all is read. */
	SWITCH,
	/* The case parks, while somebody has such connections accelerated; then two messages go
	 * each way. */
	PAUSE
};
extern enum mode mode;

/* Where a case parks; in memory that it shares with the runner. */
struct gate {
	atomic_int parked; /* 1 once the case waits; the runner makes it 2 */
	sem_t go;
};
extern struct gate *gate;

/* Whether cases park in this mode. */
bool parks(void);
/* Waits until the runner lets the case go on. */
void park(void);
/* One message each way, so that a flow that can be accelerated is; then, for the first pair of the
 * case, what the mode wants. */
void warm_up(const struct pair *p);
