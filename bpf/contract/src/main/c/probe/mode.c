// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "case.h"

/* A flow that went back to TCP leaves the accelerator a few milliseconds later; the case proper is
 * to meet a flow that has left. */
#define BACK_TO_TCP_MS 100
/* A backlog limit of 1 MiB is passed for certain before anybody reads. */
#define OVERFLOW_UNREAD (1 * MIB + 512 * KIB)
#define OVERFLOW_SIZE	(2 * MIB)
/* A plain TCP sender that could not send for so long is full, and stays so. */
#define OVERFLOW_WAIT_MS 5
#define OVERFLOW_MESSAGE (64 * KIB)

enum mode mode;
struct gate *gate;

static void overflow(int from, int to)
{
	static uint8_t data[256 * KIB];
	struct pollfd writable = { from, POLLOUT, 0 };
	size_t sent = 0, received = 0;
	bool full = false;
	while (received < OVERFLOW_SIZE) {
		while (sent < OVERFLOW_SIZE) {
			size_t size = OVERFLOW_MESSAGE - sent % OVERFLOW_MESSAGE;
			ssize_t n = send(from, pattern + sent, size, MSG_DONTWAIT);
			if (n < 0 && errno != EAGAIN)
				give_up("overflow: send");
			if (n < 0 && (full || !poll(&writable, 1, OVERFLOW_WAIT_MS)))
				break;
			sent += n > 0 ? n : 0;
			if (sent >= OVERFLOW_UNREAD)
				break;
		}
		full = true;
		await_events(to, POLLIN);
		ssize_t n = recv(to, data, sizeof(data), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			continue;
		if (n <= 0) {
			say_result("overflow: recv", n);
			finish();
		}
		if (!is_pattern(data, n, received)) {
			say("overflow: wrong bytes");
			finish();
		}
		received += n;
	}
}

bool parks(void)
{
	return mode == SWITCH || mode == PAUSE;
}

void park(void)
{
	gate->parked = 1;
	while (sem_wait(&gate->go))
		;
}

static void switch_off(const struct pair *p)
{
	const char *first[] = { "client's first", "server's first" };
	const char *second[] = { ", client's second", ", server's second" };
	int ends[] = { p->client, p->server };
	for (int i = 0; i < 2; i++)
		put_text(ends[i], first[i]);
	park();
	for (int i = 0; i < 2; i++)
		put_text(ends[i], second[i]);
	for (int i = 0; i < 2; i++) {
		char sent[64], data[64];
		size_t size = snprintf(sent, sizeof(sent), "%s%s", first[i], second[i]);
		size_t n = take(ends[!i], data, size);
		if (n != size || memcmp(sent, data, n)) {
			say_received("switch: received", n, data);
			finish();
		}
	}
}

static void greet(const struct pair *p)
{
	char data[4];
	put_text(p->client, "ping");
	bool ok = take(p->server, data, 4) == 4 && !memcmp(data, "ping", 4);
	put_text(p->server, "pong");
	ok = take(p->client, data, 4) == 4 && !memcmp(data, "pong", 4) && ok;
	if (!ok) {
		say("warm-up: wrong bytes");
		finish();
	}
}

void warm_up(const struct pair *p)
{
	static bool passed;
	greet(p);
	if (passed || mode == DIRECT)
		return;
	passed = true;
	if (mode == OVERFLOW) {
		overflow(p->client, p->server);
		overflow(p->server, p->client);
	} else if (mode == SWITCH) {
		switch_off(p);
	} else {
		park();
		greet(p);
		greet(p);
	}
	sleep_ms(BACK_TO_TCP_MS);
}
