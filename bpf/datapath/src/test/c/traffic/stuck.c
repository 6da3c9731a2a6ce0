// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The server stuck; the client push. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bytes.h"
#include "connection.h"
#include "kinds.h"
#include "traffic.h"

/* The second connection says go; the answer on it is the number of bytes that were right. */
void serve_stuck(int listener)
{
	static char chunk[MAX_CHUNK];
	for (;;) {
		int fd = accept_client(listener), go = accept_client(listener);
		uint64_t offset = 0;
		ssize_t n;
		while ((n = recv(fd, chunk, sizeof(chunk), 0)) > 0 && verify(chunk, n, 0, offset))
			offset += n;
		if (n < 0)
			complain("recv", 0, offset, n);
		send_all(go, (char *)&offset, sizeof(offset), 0, 0);
		close(fd);
		close(go);
	}
}

int push(const long *number)
{
	long size = number[0];
	static char chunk[MAX_CHUNK];
	uint64_t pushed = 0, drained = 0;
	int fd = connect_to_server();
	struct pollfd writable = { .fd = fd, .events = POLLOUT };
	do {
		fill(chunk, size, 0, pushed);
		ssize_t n;
		/* A message that was taken in part goes on at its next byte: no gap. */
		if ((n = send(fd, chunk, size, MSG_DONTWAIT)) > 0)
			pushed += n;
		else if (errno != EAGAIN)
			die("send");
		else if (poll(&writable, 1, STABLE_MS) == 0)
			break;
	} while (pushed < (uint64_t)1 << 30);
	int go = connect_to_server();
	fill(chunk, size, 0, pushed);
	bool right = send_all(fd, chunk, size, 0, pushed);
	close(fd);
	right = right && receive_all(go, (char *)&drained, sizeof(drained), 0, 0) &&
		drained == pushed + size;
	printf("pushed %lu drained %lu failed %d\n", pushed, drained, !right);
	return !right;
}
