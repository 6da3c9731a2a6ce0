// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "observe.h"

static struct observations *observed;

void observe_into(struct observations *where)
{
	observed = where;
}

void say(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	size_t room = sizeof(observed->text) - observed->length;
	int n = snprintf(observed->text + observed->length, room, observed->length ? ", " : "");
	n += vsnprintf(observed->text + observed->length + n, room - n, format, arguments);
	observed->length += (size_t)n < room ? (size_t)n : room - 1;
	va_end(arguments);
}

const char *errno_name(int error)
{
	const char *name = strerrorname_np(error);
	return name ? name : "an unknown errno";
}

const char *yes(bool b)
{
	return b ? "yes" : "no";
}

void say_result(const char *label, ssize_t result)
{
	if (result < 0)
		say("%s %s", label, errno_name(errno));
	else
		say("%s %zd", label, result);
}

void say_received(const char *label, ssize_t result, const void *data)
{
	const uint8_t *bytes = data;
	if (result <= 0 || !data) {
		say_result(label, result);
		return;
	}
	bool text = result <= 32;
	uint32_t checksum = 2166136261u; /* FNV-1a */
	for (ssize_t i = 0; i < result; i++) {
		text = text && bytes[i] >= ' ' && bytes[i] <= '~';
		checksum = (checksum ^ bytes[i]) * 16777619u;
	}
	if (text)
		say("%s %zd '%.*s'", label, result, (int)result, (const char *)bytes);
	else
		say("%s %zd #%08x", label, result, checksum);
}

void say_poll(const char *label, int fd)
{
	static const struct {
		short event;
		const char *name;
	} names[] = { { POLLIN, "IN" },	  { POLLPRI, "PRI" }, { POLLOUT, "OUT" },
		      { POLLERR, "ERR" }, { POLLHUP, "HUP" }, { POLLRDHUP, "RDHUP" } };
	struct pollfd p = { fd, POLLIN | POLLPRI | POLLOUT | POLLRDHUP, 0 };
	char set[64] = "";
	poll(&p, 1, 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (p.revents & names[i].event)
			sprintf(set + strlen(set), "%s%s", *set ? "|" : "", names[i].name);
	say("%s %s", label, *set ? set : "nothing");
}

void finish(void)
{
	_exit(0);
}

void give_up(const char *what)
{
	say("%s %s", what, errno_name(errno));
	finish();
}

static struct {
	char outcome[200];
	int times;
} tallied[16];

void tally(const char *outcome)
{
	for (size_t i = 0; i < sizeof(tallied) / sizeof(*tallied); i++) {
		if (!tallied[i].times)
			snprintf(tallied[i].outcome, sizeof(tallied[i].outcome), "%s", outcome);
		if (!strcmp(tallied[i].outcome, outcome)) {
			tallied[i].times++;
			return;
		}
	}
}

void say_tally(void)
{
	for (size_t i = 0; i < sizeof(tallied) / sizeof(*tallied) && tallied[i].times; i++)
		say("%d times: %s", tallied[i].times, tallied[i].outcome);
}
