/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a case observed: the parts of one line. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Everything that a case has said; in memory that it shares with the runner. */
struct observations {
	char text[2000];
	size_t length; /* of text, without the 0 at its end */
};

/* What this process says goes there from now on. */
void observe_into(struct observations *where);

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* LABEL followed by the result of a system call or its errno. */
void say_result(const char *label, ssize_t result);
/* The same, and what was received: up to 32 printable bytes as they are, else their checksum. */
void say_received(const char *label, ssize_t result, const void *data);
/* LABEL and the events that poll() reports now. */
void say_poll(const char *label, int fd);
/* The case ends here: it cannot go on. */
_Noreturn void finish(void);
/* The same, and why, with errno. */
_Noreturn void give_up(const char *what);
const char *errno_name(int error);
const char *yes(bool b);

/* Counts one more time that this was the outcome. */
void tally(const char *outcome);
/* "10 times: OUTCOME" for each outcome that was tallied, in the order they first came. */
void say_tally(void);
