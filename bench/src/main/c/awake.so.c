// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Preloaded into sockperf's client, which sleeps for two seconds between its connect() and its
 * first message, so that a server can get ready. Ours listens before the client is started.
 */
unsigned int sleep(unsigned int seconds);

unsigned int sleep(unsigned int seconds)
{
	(void)seconds;
	return 0;
}
