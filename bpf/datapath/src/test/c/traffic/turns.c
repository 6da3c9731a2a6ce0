// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The server turns; the clients talk and chat. */
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bytes.h"
#include "chats.h"
#include "connection.h"
#include "kinds.h"
#include "traffic.h"

static bool receive_turn(int fd, uint64_t key, uint64_t length)
{
	static _Thread_local char chunk[MAX_CHUNK];
	for (uint64_t offset = 0; offset < length;) {
		size_t most = length - offset < sizeof(chunk) ? length - offset : sizeof(chunk);
		ssize_t n = receive_some(fd, chunk, most);
		if (n <= 0)
			return complain("recv", key, offset, n);
		if (!verify(chunk, n, key, offset))
			return false;
		offset += n;
	}
	return true;
}

static bool send_turn(int fd, uint64_t key, uint64_t length)
{
	static _Thread_local char chunk[MAX_MESSAGE * 16];
	size_t most = options.piece ?: sizeof(chunk);
	for (uint64_t offset = 0; offset < length; offset += most) {
		size_t n = length - offset < most ? length - offset : most;
		fill(chunk, n, key, offset);
		if (!send_all(fd, chunk, n, key, offset))
			return false;
	}
	return true;
}

bool take_turns(int fd)
{
	static atomic_uint_fast64_t connections;
	struct plan plan;
	ssize_t n;
	await_for_ever(fd);
	choose_reader(fd, connections++);
	while ((n = receive_some(fd, (char *)&plan, sizeof(plan))) == sizeof(plan))
		if (!receive_turn(fd, plan.key, plan.bytes_up) ||
		    !send_turn(fd, ~plan.key, plan.bytes_down))
			return false;
	return n == 0;
}

int talk(const long *number)
{
	int fd = connect_to_server();
	choose_reader(fd, 0);
	unsigned long count, up, down, failed = 0, turn = 0;
	ready();
	while (scanf("%lu %lu %lu", &count, &up, &down) == 3) {
		for (unsigned long i = 0; i < count && !failed; i++) {
			struct plan plan = { mix(turn++), up, down };
			failed +=
				!(send_all(fd, (char *)&plan, sizeof(plan), plan.key, 0) &&
				  send_turn(fd, plan.key, up) && receive_turn(fd, ~plan.key, down));
		}
		printf("turns %lu failed %lu\n", turn, failed);
		fflush(stdout);
		await_command(&fd, 1);
	}
	return failed != 0;
}

/* Some turns of random lengths on one connection, with pauses: small ones as a rule. */
static bool chat_connection(uint64_t number)
{
	uint64_t random = mix(chats.seed ^ mix(number));
	int fd = connect_to_server();
	bool right = true;
	choose_reader(fd, number);
	for (uint64_t turns = random_size(&random, 256); right && turns && now_ms() < chats.until;
	     turns--) {
		struct plan plan = { next(&random) };
		size_t most = one_in(16, &random) ? MAX_STREAM : MAX_MESSAGE;
		plan.bytes_up = random_size(&random, most);
		plan.bytes_down = random_size(&random, most);
		sleep_ms(random_size(&random, options.pause));
		right = send_all(fd, (char *)&plan, sizeof(plan), plan.key, 0) &&
			send_turn(fd, plan.key, plan.bytes_up) &&
			receive_turn(fd, ~plan.key, plan.bytes_down);
		chats.turns++;
		chats.bytes += plan.bytes_up + plan.bytes_down;
	}
	if (one_in(4, &random)) {
		shutdown(fd, SHUT_WR);
		right = right && receive_end(fd, 0, 0);
	}
	close(fd);
	return right;
}

int chat(const long *number)
{
	return run_chats(number, chat_connection);
}
