/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets, and the bytes that go through them. Where a stream fails, standard error has its key,
 * the offset, and why. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* A socket with what the options ask for. */
int open_socket(void);
/* What is received on it, and sent, fails with EAGAIN after PATIENCE_SECONDS. */
void limit_waits(int fd);
/* What is received on it may take any time. */
void await_for_ever(int fd);
/* Connects to the server's port, so many further. */
int connect_to_port(int further);
int connect_to_server(void);
int listen_on_port(int further);
/* Listens on the server's port, and says that it is ready. */
int listen_for_clients(void);
int accept_client(int listener);

/* Says what went wrong with a stream, where a call returned this; returns false. */
bool complain(const char *what, uint64_t key, uint64_t offset, ssize_t result);
bool send_all(int fd, const char *bytes, size_t length, uint64_t key, uint64_t offset);

/* Chooses how this thread waits for the bytes of a new connection. */
void choose_reader(int fd, uint64_t number);
/* As recv(), after waiting as was chosen. */
ssize_t receive_some(int fd, char *bytes, size_t length);
bool receive_all(int fd, char *bytes, size_t length, uint64_t key, uint64_t offset);
/* Whether the stream ends here. */
bool receive_end(int fd, uint64_t key, uint64_t offset);
/* Waits in poll() for the next line of input or bytes on one of MAX_HELD connections at most, as an
 * event loop does, with -p; without, nobody sleeps on the connections meanwhile. */
void await_command(const int *fds, long connections);
