// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <pthread.h>
#include <stdio.h>
#include "chats.h"
#include "traffic.h"

struct chats chats;

static void *chat_thread(void *connection)
{
	bool (**run)(uint64_t) = connection;
	while (now_ms() < chats.until && chats.failed < 10) {
		uint64_t number = chats.connections++;
		chats.failed += !(*run)(number);
	}
	return NULL;
}

int run_chats(const long *number, bool (*connection)(uint64_t))
{
	long threads = number[0];
	pthread_t ids[threads];
	chats.until = now_ms() + number[1] * 1000;
	chats.seed = number[2];
	for (long t = 0; t < threads; t++)
		if (pthread_create(&ids[t], NULL, chat_thread, &connection))
			die("pthread_create");
	for (long t = 0; t < threads; t++)
		pthread_join(ids[t], NULL);
	printf("connections %lu turns %lu bytes %lu early %lu failed %lu\n", chats.connections,
	       chats.turns, chats.bytes, chats.early, chats.failed);
	return chats.failed != 0;
}
