/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Waiting and the time. */
#pragma once

/* Long enough for anything that will happen on a busy machine at all. */
#define PATIENCE_MS 1500

/* Of the monotonic clock. */
long long now_ms(void);
/* Sleeps that long, whatever signals come. */
void sleep_ms(int ms);
/* Waits PATIENCE_MS for one of these events of poll(); returns those that came, or 0. */
short await_events(int fd, short events);
