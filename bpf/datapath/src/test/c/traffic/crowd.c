// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The server counterpart; the client crowd. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bytes.h"
#include "connection.h"
#include "kinds.h"
#include "traffic.h"

#define CROWD_PORTS 4096

enum kind {
	DUPLEX, /* both ways at once, each end in poll() or edge-triggered epoll */
	PHASES, /* requests and answers, blocking */
	RESET,	/* as duplex, until one end resets it */
	KILL,	/* as duplex, until the process of one end is killed */
	REPORT, /* what the server thinks of the connections before */
};

enum role {
	CLIENT,
	SERVER,
	NOBODY,
};

/* The first bytes of a connection of the crowd, from the client; both ends draw the rest from the
 * key. */
struct crowd_plan {
	uint64_t key, kind;
};

/* The one answer to REPORT. */
struct crowd_report {
	uint64_t served, failed, early_shut, early_open;
};

struct end {
	int fd, epoll; /* -1: poll(), or blocking */
	bool blocking, half_close;
	bool fragile; /* the other end may be gone at any time */
	bool corks;   /* which ends its acceleration: few do */
	bool readable, writable, shut, ended;
	uint64_t key, sent, to_send;
	uint64_t peer_key, received, to_receive;
	uint64_t random;
	uint64_t paused_until, abort_at; /* ms; 0: never */
};

static struct {
	uint64_t until, seed;
	atomic_uint_fast64_t bytes, connections, failed, aborted, slowest;
	atomic_uint_fast64_t live, served;
	/* blocking reads that returned EAGAIN long before their time, after shutdown(SHUT_WR) and
	 * without; they are told apart from what is wrong, and the stream goes on */
	atomic_uint_fast64_t early_shut, early_open;
} crowd;

static uint64_t at_most(uint64_t n, uint64_t max)
{
	return n < max ? n : max;
}

static ssize_t send_somehow(struct end *end, char *bytes, size_t length)
{
	struct iovec parts[] = { { bytes, length / 3 },
				 { bytes + length / 3, 0 },
				 { bytes + length / 3, length - length / 3 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 3 };
	switch (next(&end->random) % 4) {
	case 0:
		return writev(end->fd, parts, 3);
	case 1:
		return sendmsg(end->fd, &message, MSG_NOSIGNAL);
	case 2:
		return send(end->fd, bytes, length,
			    end->corks && end->sent + length < end->to_send ? MSG_MORE : 0);
	default:
		return send(end->fd, bytes, length, MSG_NOSIGNAL);
	}
}

static ssize_t receive_somehow(struct end *end, char *bytes, size_t length)
{
	struct iovec parts[] = { { bytes, length / 3 },
				 { bytes + length / 3, length - length / 3 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;
	switch (next(&end->random) % 4) {
	case 0:
		return readv(end->fd, parts, 2);
	case 1:
		return recvmsg(end->fd, &message, 0);
	case 2:
		n = recv(end->fd, bytes, length, MSG_PEEK);
		if (n <= 0)
			return n;
		if (!verify(bytes, n, end->peer_key, end->received)) {
			errno = EBADMSG;
			return -1;
		}
		return recv(end->fd, bytes, n, 0);
	default:
		return recv(end->fd, bytes, length, 0);
	}
}

static bool is_gone(const struct end *end)
{
	return end->fragile && (errno == ECONNRESET || errno == EPIPE);
}

/* False when the stream is wrong. */
static bool send_once(struct end *end)
{
	static _Thread_local char chunk[MAX_CHUNK];
	size_t size = at_most(random_size(&end->random, sizeof(chunk)), end->to_send - end->sent);
	fill(chunk, size, end->key, end->sent);
	ssize_t n = send_somehow(end, chunk, size);
	if (n > 0) {
		end->sent += n;
	} else if (errno == EAGAIN && !end->blocking) {
		end->writable = false;
	} else if (is_gone(end)) {
		end->shut = end->ended = true;
		end->sent = end->to_send;
	} else {
		return complain("send", end->key, end->sent, n);
	}
	return true;
}

static bool is_early(const struct end *end, uint64_t began)
{
	if (errno != EAGAIN || !end->blocking || now_ms() - began > PATIENCE_SECONDS * 1000 / 2)
		return false;
	if (end->shut)
		crowd.early_shut++;
	else
		crowd.early_open++;
	return true;
}

/* False when the stream is wrong. */
static bool receive_once(struct end *end)
{
	static _Thread_local char chunk[MAX_CHUNK];
	size_t size = random_size(&end->random, sizeof(chunk));
	if (end->blocking)
		size = at_most(size, end->to_receive - end->received);
	uint64_t began = now_ms();
	ssize_t n = receive_somehow(end, chunk, size);
	if (n > 0) {
		if (!verify(chunk, n, end->peer_key, end->received))
			return false;
		end->received += n;
		if (one_in(16, &end->random))
			end->paused_until = now_ms() + random_size(&end->random, 512);
	} else if (n == 0 || is_gone(end)) {
		end->ended = true;
		if (end->received < end->to_receive && !end->fragile)
			return complain("recv", end->peer_key, end->received, n);
	} else if (errno == EAGAIN && !end->blocking && end->epoll >= 0) {
		end->readable = false;
	} else if (!is_early(end, began)) { /* who waits in poll() does not expect EAGAIN either */
		return complain("recv", end->peer_key, end->received, n);
	}
	if (end->received > end->to_receive) {
		fprintf(stderr, "stream %016llx: bytes past its end\n",
			(unsigned long long)end->peer_key);
		return false;
	}
	return true;
}

static bool wants_to_read(const struct end *end)
{
	return !end->ended && end->paused_until <= now_ms();
}

static bool wants_to_write(const struct end *end)
{
	return end->sent < end->to_send;
}

/* Sleeps until something can be done, or a pause or the time of the connection is over. False when
 * nothing could be done for too long. */
static bool await(struct end *end)
{
	uint64_t now = now_ms(), deadline = now + PATIENCE_SECONDS * 1000, wake = deadline;
	bool read = wants_to_read(end), write = wants_to_write(end);
	if (!end->ended && !read)
		wake = at_most(wake, end->paused_until);
	if (end->abort_at)
		wake = at_most(wake, end->abort_at);
	uint64_t wait = wake > now ? wake - now : 0;

	if (end->epoll < 0) {
		struct pollfd events = { .fd = read || write ? end->fd : -1 };
		events.events = (read ? POLLIN : 0) | (write ? POLLOUT : 0);
		if (poll(&events, 1, wait) < 0)
			die("poll");
		end->readable = events.revents & (POLLIN | POLLHUP | POLLERR);
		end->writable = events.revents & (POLLOUT | POLLHUP | POLLERR);
	} else if (!(read && end->readable) && !(write && end->writable)) {
		struct epoll_event event = { 0 };
		if (epoll_wait(end->epoll, &event, 1, wait) < 0)
			die("epoll_wait");
		end->readable |= event.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR);
		end->writable |= event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR);
	}
	return now_ms() < deadline || wake < deadline;
}

/* Until both streams are complete and, of those who half-close, the other end's end was seen. */
static bool run_duplex(struct end *end)
{
	while (!end->ended || wants_to_write(end)) {
		if (end->abort_at && now_ms() >= end->abort_at)
			return true;
		if (!await(end)) {
			errno = ETIMEDOUT;
			return complain("no progress", end->peer_key, end->received, -1);
		}
		if (end->readable && wants_to_read(end) && !receive_once(end))
			return false;
		if (end->writable && wants_to_write(end) && !send_once(end))
			return false;
		if (wants_to_write(end))
			continue;
		if (end->half_close && !end->shut) {
			end->shut = true;
			if (shutdown(end->fd, SHUT_WR) && !(end->fragile && errno == ENOTCONN))
				return complain("shutdown", end->key, end->sent, -1);
		}
		if (!end->half_close && end->received == end->to_receive)
			return true;
	}
	return true;
}

static bool send_phase(struct end *end, uint64_t length)
{
	end->to_send += length;
	while (end->sent < end->to_send)
		if (!send_once(end))
			return false;
	return true;
}

static bool receive_phase(struct end *end, uint64_t length)
{
	end->to_receive += length;
	while (end->received < end->to_receive) {
		uint64_t now = now_ms();
		if (end->paused_until > now)
			sleep_ms(end->paused_until - now);
		if (!receive_once(end))
			return false;
	}
	return true;
}

static bool shut_phase(struct end *end)
{
	end->shut = true;
	return !shutdown(end->fd, SHUT_WR) || complain("shutdown", end->key, end->sent, -1);
}

static bool end_phase(struct end *end)
{
	char byte;
	ssize_t n;
	uint64_t began;
	do {
		began = now_ms();
		n = recv(end->fd, &byte, 1, 0);
	} while (n < 0 && is_early(end, began));
	if (n > 0)
		errno = EBADMSG;
	return n == 0 || complain("end", end->peer_key, end->received, -1);
}

/* One thread, blocking; who half-closes has read everything that the other end sent before: a
 * reader that then takes what was left, and blocks, may be too early (docs/datapath/leaving.md). */
static bool run_phases(struct end *end, enum role own, uint64_t shared)
{
	uint64_t rounds = 1 + next(&shared) % 8;
	enum role closer = next(&shared) % 3;
	bool client = own == CLIENT, right = true;
	for (uint64_t round = 1; right && round <= rounds; round++) {
		bool last = round == rounds;
		uint64_t request = random_size(&shared, 1 << 20);
		uint64_t answer = random_size(&shared, 1 << 20);
		if (client)
			right = send_phase(end, request) &&
				(!last || closer != CLIENT || shut_phase(end)) &&
				receive_phase(end, answer);
		else
			right = receive_phase(end, request) &&
				(!last || closer != CLIENT || end_phase(end)) &&
				send_phase(end, answer);
	}
	uint64_t rest = random_size(&shared, 1 << 20);
	if (closer == SERVER && right)
		right = client ? end_phase(end) && send_phase(end, rest)
			       : shut_phase(end) && receive_phase(end, rest);
	/* who closes last has seen the end of the other one */
	return right && (client == (closer != CLIENT) || end_phase(end));
}

static void prepare_duplex(struct end *end, enum role own, uint64_t shared)
{
	uint64_t lengths[] = { random_size(&shared, MAX_STREAM), random_size(&shared, MAX_STREAM) };
	end->to_send = lengths[own];
	end->to_receive = lengths[!own];
	end->half_close = next(&end->random) % 2;
	end->corks = one_in(16, &end->random);
	if (fcntl(end->fd, F_SETFL, O_NONBLOCK))
		die("O_NONBLOCK");
	if (next(&end->random) % 2)
		return;
	struct epoll_event all = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET };
	end->epoll = epoll_create1(0);
	if (end->epoll < 0 || epoll_ctl(end->epoll, EPOLL_CTL_ADD, end->fd, &all))
		die("epoll");
	end->readable = end->writable = true;
}

/* After what was wrong, where. */
static bool describe(const struct end *end, const struct crowd_plan *plan, enum role own)
{
	static const char *kinds[] = { "duplex", "phases", "reset", "kill" };
	fprintf(stderr, "%s of %s %016llx: %s, sent %llu of %llu%s, received %llu of %llu%s\n",
		own == CLIENT ? "client" : "server", kinds[plan->kind],
		(unsigned long long)plan->key,
		end->blocking	  ? "blocking"
		: end->epoll >= 0 ? "epoll"
				  : "poll",
		(unsigned long long)end->sent, (unsigned long long)end->to_send,
		end->shut ? ", shut" : "", (unsigned long long)end->received,
		(unsigned long long)end->to_receive, end->ended ? ", ended" : "");
	return false;
}

/* One end of a connection of the crowd, to its end. */
static bool run_end(int fd, const struct crowd_plan *plan, enum role own)
{
	uint64_t shared = mix(plan->key), keys[] = { plan->key, ~plan->key };
	struct end end = { .fd = fd,
			   .epoll = -1,
			   .key = keys[own],
			   .peer_key = keys[!own],
			   .random = mix(keys[own]) };
	if (plan->kind == PHASES) {
		end.blocking = true;
		return run_phases(&end, own, shared) || describe(&end, plan, own);
	}
	end.fragile = plan->kind != DUPLEX;
	uint64_t aborter = next(&shared) % 2, after = random_size(&shared, 1024);
	if (plan->kind == RESET && own == aborter)
		end.abort_at = now_ms() + after;
	prepare_duplex(&end, own, shared);
	bool right = run_duplex(&end);
	if (plan->kind == RESET && own == aborter) {
		struct linger reset = { .l_onoff = 1 };
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	}
	if (end.epoll >= 0)
		close(end.epoll);
	if (own == CLIENT)
		crowd.bytes += end.sent + end.received;
	return right || describe(&end, plan, own);
}

/* Runs the end in a process of its own that is killed on the way. */
static bool run_and_kill(int fd, const struct crowd_plan *plan, enum role own)
{
	uint64_t random = ~mix(plan->key);
	pid_t child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd, 3); /* and nobody else's connection */
		syscall(SYS_close_range, 4, ~0U, 0);
		if (!run_end(3, plan, own))
			_exit(1);
		for (;;)
			pause();
	}
	close(fd);
	sleep_ms(random_size(&random, 1024));
	int status;
	kill(child, SIGKILL);
	return waitpid(child, &status, 0) == child && !WIFEXITED(status);
}

/* Closes the socket. */
static bool run_plan(int fd, const struct crowd_plan *plan, enum role own)
{
	uint64_t shared = mix(plan->key);
	if (plan->kind == KILL && own == next(&shared) % 2)
		return run_and_kill(fd, plan, own);
	bool right = run_end(fd, plan, own);
	close(fd);
	return right;
}

static void *serve_crowd_connection(void *argument)
{
	int fd = (intptr_t)argument;
	struct crowd_plan plan;
	bool right = receive_all(fd, (char *)&plan, sizeof(plan), 0, 0);
	if (right && plan.kind == REPORT) {
		struct crowd_report report;
		for (uint64_t end = now_ms() + PATIENCE_SECONDS * 1000;
		     crowd.live > 1 && now_ms() < end;)
			sleep_ms(1);
		report = (struct crowd_report){ crowd.served, crowd.failed + crowd.live - 1,
						crowd.early_shut, crowd.early_open };
		send_all(fd, (char *)&report, sizeof(report), 0, 0);
		close(fd);
	} else if (right) {
		right = run_plan(fd, &plan, SERVER);
	} else {
		close(fd);
	}
	crowd.failed += !right;
	crowd.served++;
	crowd.live--;
	return NULL;
}

/* A port of the connection's own, as far as they go: a client and a listener that are incompatible
 * (docs/datapath/blocked-readers.md) do not join again, and half the connections of a crowd would
 * make them so.
 */
void serve_crowd(void)
{
	pthread_attr_t detached;
	int ports = epoll_create1(0);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < CROWD_PORTS; i++) {
		int listener = listen_on_port(i);
		struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };
		if (epoll_ctl(ports, EPOLL_CTL_ADD, listener, &event))
			die("epoll");
	}
	ready();
	for (;;) {
		struct epoll_event event;
		pthread_t thread;
		if (epoll_wait(ports, &event, 1, -1) != 1)
			die("epoll_wait");
		crowd.live++;
		if (pthread_create(&thread, &detached, serve_crowd_connection,
				   (void *)(intptr_t)accept_client(event.data.fd)))
			die("pthread_create");
	}
}

static bool crowd_connection(uint64_t number)
{
	struct crowd_plan plan = { .key = mix(crowd.seed ^ mix(number)) };
	static const enum kind kinds[] = { DUPLEX, DUPLEX, DUPLEX, DUPLEX, PHASES,
					   PHASES, PHASES, PHASES, RESET,  KILL };
	uint64_t began = now_ms();
	plan.kind = kinds[number % (sizeof(kinds) / sizeof(*kinds))];
	crowd.aborted += plan.kind == RESET || plan.kind == KILL;
	int fd = connect_to_port(number % CROWD_PORTS);
	if (!send_all(fd, (char *)&plan, sizeof(plan), 0, 0)) {
		close(fd);
		return false;
	}
	bool right = run_plan(fd, &plan, CLIENT);
	uint64_t lasted = now_ms() - began, slowest = crowd.slowest;
	while (lasted > slowest && !atomic_compare_exchange_weak(&crowd.slowest, &slowest, lasted))
		;
	return right;
}

static void *crowd_thread(void *unused)
{
	while (now_ms() < crowd.until && crowd.failed < 10)
		crowd.failed += !crowd_connection(crowd.connections++);
	return NULL;
}

int run_crowd(const long *number)
{
	long threads = number[0];
	pthread_t ids[threads];
	crowd.until = now_ms() + number[1] * 1000;
	crowd.seed = number[2];
	for (long t = 0; t < threads; t++)
		if (pthread_create(&ids[t], NULL, crowd_thread, NULL))
			die("pthread_create");
	for (long t = 0; t < threads; t++)
		pthread_join(ids[t], NULL);

	struct crowd_plan plan = { .kind = REPORT };
	struct crowd_report report = { 0 };
	int fd = connect_to_server();
	bool right = send_all(fd, (char *)&plan, sizeof(plan), 0, 0) &&
		     receive_all(fd, (char *)&report, sizeof(report), 0, 0) &&
		     report.served == crowd.connections;
	close(fd);
	printf("connections %lu aborted %lu bytes %lu slowest_ms %lu early_shut %lu early_open %lu "
	       "failed %lu server_failed %lu\n",
	       crowd.connections, crowd.aborted, crowd.bytes, crowd.slowest,
	       crowd.early_shut + report.early_shut, crowd.early_open + report.early_open,
	       crowd.failed, report.failed);
	return !right || crowd.failed || report.failed;
}
