// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The server lowat; the client dribble. */
#include <stdio.h>
#include <sys/socket.h>
#include "bytes.h"
#include "connection.h"
#include "kinds.h"
#include "traffic.h"

/* Wants poll(): a plain TCP recv() that has taken some bytes of its LOWAT still waits for as many
 * more as LOWAT. */
bool read_with_lowat(int fd)
{
	char bytes[LOWAT];
	uint64_t offset = 0, length, early = 0;
	if (!receive_all(fd, (char *)&length, sizeof(length), 0, 0))
		return false;
	while (offset < length) {
		ssize_t n = receive_some(fd, bytes, sizeof(bytes));
		if (n <= 0)
			return complain("recv", 0, offset, n);
		if (!verify(bytes, n, 0, offset))
			return false;
		offset += n;
		early += n < LOWAT;
	}
	return send_all(fd, (char *)&early, sizeof(early), 0, 0);
}

int dribble(const long *number)
{
	long messages = number[0];
	char bytes[LOWAT / 10];
	/* A multiple of LOWAT: every read can be complete. */
	uint64_t length = messages / 10 * LOWAT, early = 0;
	int fd = connect_to_server();
	bool right = send_all(fd, (char *)&length, sizeof(length), 0, 0);
	for (uint64_t offset = 0; right && offset < length; offset += sizeof(bytes)) {
		fill(bytes, sizeof(bytes), 0, offset);
		right = send_all(fd, bytes, sizeof(bytes), 0, offset);
	}
	right = right && receive_all(fd, (char *)&early, sizeof(early), 0, 0);
	printf("bytes %lu early %lu failed %d\n", length, early, !right);
	return !right || early;
}
