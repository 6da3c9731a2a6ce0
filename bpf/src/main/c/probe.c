// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The socket contract as cases: what an application observes on a TCP connection between two
 * network namespaces, one line a case. It knows nothing of acceleration. A plain and an accelerated
 * run must print the same. The cases are in probe_*.c; here are the modes and the runner.
 *
 * Modes: what happens to the first connection of a case before the case proper.
 *   direct    nothing
 *   overflow  more goes unread each way than an accelerator may keep
 *   switch    each end sends; "ready" is printed; a line is awaited, while somebody switches
 *             acceleration off; each end sends again, and all is read
 *   pause     nothing; "ready" is printed; a line is awaited, while somebody has such connections
 *             accelerated; then two messages each way
 */
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <semaphore.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include "probe.h"

#define MAX_CASES  256
#define FIRST_PORT 20000
#define PORTS	   8
/* A flow that went back to TCP leaves the accelerator a few milliseconds later; the case proper is
 * to meet a flow that has left. */
#define BACK_TO_TCP_MS 100
/* A backlog limit of 1 MiB is passed for certain before anybody reads. */
#define OVERFLOW_UNREAD (1 * MIB + 512 * KIB)
#define OVERFLOW_SIZE	(2 * MIB)
/* Plain TCP is full before that, and stays so. */
#define OVERFLOW_WAIT_MS 5
#define OVERFLOW_MESSAGE (64 * KIB)

enum mode {
	DIRECT,
	OVERFLOW,
	SWITCH,
	PAUSE
};

enum state {
	CHOSEN,
	RUNNING,
	PARKED,
	DONE
};

/* Shared between the runner and the processes of one case. */
struct slot {
	char text[2000];
	size_t length;
	atomic_int parked;
	sem_t go;
	struct scratch scratch;
};

/* What the runner alone knows of a case. */
struct run {
	const struct probe_case *what;
	int index; /* in the whole table: decides its ports */
	pid_t pid;
	enum state state;
	long long deadline;
};

static struct {
	int netns[2];
	struct in_addr ip4[2], service;
	struct in6_addr ip6[2];
	bool has_service;
	enum mode mode;
	int jobs;
	long limit_ms; /* of a case; what takes longer hangs */
	const char *cgroup;
} world = { .jobs = 4, .limit_ms = 6000 };

static const struct probe_case *const tables[] = { transfer_cases, option_cases, life_cases,
						   uring_cases };
static struct run runs[MAX_CASES];
static int run_count;
static struct slot *slots;

/* Of the case that this process is. */
static struct slot *slot;
static const struct probe_case *self;
static int port;
static int pairs;
uint8_t *pattern;
struct scratch *scratch;
atomic_int signals_seen;

/* What was observed. */

void say(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	size_t room = sizeof(slot->text) - slot->length;
	int n = snprintf(slot->text + slot->length, room, slot->length ? ", " : "");
	n += vsnprintf(slot->text + slot->length + n, room - n, format, arguments);
	slot->length += (size_t)n < room ? (size_t)n : room - 1;
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

/* Time. */

long long now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

void sleep_ms(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };
	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

/* Addresses and connections. */

static struct address make_address(bool v6, const struct in_addr *ip4, const struct in6_addr *ip6,
				   int number)
{
	struct address a;
	memset(&a, 0, sizeof(a));
	if (v6) {
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_addr = *ip6;
		a.in6.sin6_port = htons(number);
		a.length = sizeof(a.in6);
	} else {
		a.in.sin_family = AF_INET;
		a.in.sin_addr = *ip4;
		a.in.sin_port = htons(number);
		a.length = sizeof(a.in);
	}
	return a;
}

static struct address address_of(enum end end, int number)
{
	struct in_addr loopback = { htonl(INADDR_LOOPBACK) };
	if (self->flags & LOOPBACK)
		return make_address(self->flags & V6, &loopback, &in6addr_loopback, number);
	return make_address(self->flags & V6, &world.ip4[end], &world.ip6[end], number);
}

struct address server_address(int n)
{
	if (self->flags & SERVICE)
		return make_address(false, &world.service, NULL, port + n);
	return address_of(SERVER, port + n);
}

struct address client_address(void)
{
	return address_of(CLIENT, 0);
}

bool same_address(const struct address *a, const struct sockaddr *b, bool with_port)
{
	const struct sockaddr_in *in = (const void *)b;
	const struct sockaddr_in6 *in6 = (const void *)b;
	if (b->sa_family == AF_INET6 && a->sa.sa_family == AF_INET)
		return IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) &&
		       !memcmp(in6->sin6_addr.s6_addr + 12, &a->in.sin_addr, 4) &&
		       (!with_port || in6->sin6_port == a->in.sin_port);
	if (a->sa.sa_family != b->sa_family)
		return false;
	if (b->sa_family == AF_INET)
		return a->in.sin_addr.s_addr == in->sin_addr.s_addr &&
		       (!with_port || a->in.sin_port == in->sin_port);
	return !memcmp(&a->in6.sin6_addr, &in6->sin6_addr, sizeof(in6->sin6_addr)) &&
	       (!with_port || a->in6.sin6_port == in6->sin6_port);
}

void enter(enum end end)
{
	if (setns(world.netns[end], CLONE_NEWNET))
		give_up("setns");
}

int make_socket(enum end end, int type_flags)
{
	bool v6 = self->flags & V6 || (end == SERVER && self->flags & MAPPED);
	bool mptcp = self->flags & (end == SERVER ? MPTCP_LISTENER : MPTCP_CLIENT);
	enter(self->flags & LOOPBACK ? SERVER : end);
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | type_flags,
			mptcp ? IPPROTO_MPTCP : 0);
	if (fd < 0)
		give_up("socket");
	return fd;
}

int make_listener(int n)
{
	int fd = make_socket(SERVER, 0);
	/* The service address is translated to the server's own on the way. */
	struct address a = address_of(SERVER, port + n);
	if (self->flags & MAPPED)
		a = make_address(true, NULL, &in6addr_any, port + n);
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (self->prepare)
		self->prepare(fd);
	if (bind(fd, &a.sa, a.length) || listen(fd, 16))
		give_up("listen");
	return fd;
}

int make_client(void)
{
	int fd = make_socket(CLIENT, 0);
	if (self->prepare)
		self->prepare(fd);
	return fd;
}

void do_connect(int fd, int n)
{
	struct address a = server_address(n);
	if (connect(fd, &a.sa, a.length))
		give_up("connect");
}

int do_accept(int listener)
{
	int fd = accept(listener, NULL, NULL);
	if (fd < 0)
		give_up("accept");
	return fd;
}

struct pair connect_pair(void)
{
	struct pair p;
	int n = pairs++ % PORTS;
	p.listener = make_listener(n);
	p.client = make_client();
	do_connect(p.client, n);
	p.server = do_accept(p.listener);
	return p;
}

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

static bool parks(void)
{
	return world.mode == SWITCH || world.mode == PAUSE;
}

static void park(void)
{
	slot->parked = 1;
	while (sem_wait(&slot->go))
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
	if (passed || world.mode == DIRECT)
		return;
	passed = true;
	if (world.mode == OVERFLOW) {
		overflow(p->client, p->server);
		overflow(p->server, p->client);
	} else if (world.mode == SWITCH) {
		switch_off(p);
	} else {
		park();
		greet(p);
		greet(p);
	}
	sleep_ms(BACK_TO_TCP_MS);
}

struct pair open_pair(void)
{
	struct pair p = connect_pair();
	warm_up(&p);
	return p;
}

void close_pair(const struct pair *p)
{
	close(p->client);
	close(p->server);
	close(p->listener);
}

/* Calls in threads. */

ssize_t run_recv(struct call *c)
{
	return recv(c->fd, c->data, c->size, c->flags);
}

ssize_t run_send(struct call *c)
{
	return send(c->fd, c->data, c->size, c->flags | MSG_NOSIGNAL);
}

ssize_t run_send_all(struct call *c)
{
	size_t sent = 0;
	while (sent < c->size) {
		ssize_t n = send(c->fd, (char *)c->data + sent, c->size - sent,
				 c->flags | MSG_NOSIGNAL);
		if (n < 0)
			return n;
		sent += n;
	}
	return sent;
}

ssize_t run_poll(struct call *c)
{
	struct pollfd p = { c->fd, POLLIN, 0 };
	return poll(&p, 1, -1) < 0 ? -1 : p.revents;
}

static void *run_call(void *argument)
{
	struct call *c = argument;
	c->tid = syscall(SYS_gettid);
	c->result = c->run(c);
	c->error = errno;
	return NULL;
}

struct call *begin_call(struct call what)
{
	/* Never freed: its thread may hang in it. */
	struct call *c = calloc(1, sizeof(*c));
	if (!c)
		give_up("calloc");
	*c = what;
	errno = pthread_create(&c->thread, NULL, run_call, c);
	if (errno)
		give_up("pthread_create");
	return c;
}

struct call *begin(ssize_t (*run)(struct call *c), int fd, void *data, size_t size, int flags)
{
	return begin_call(
		(struct call){ .run = run, .fd = fd, .data = data, .size = size, .flags = flags });
}

static char state_of(pid_t pid, pid_t tid)
{
	char path[64], stat[512] = "";
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	char *name_end = n > 0 ? strrchr(stat, ')') : NULL;
	return name_end ? name_end[2] : 0;
}

void await_asleep(const struct call *c)
{
	long long until = now_ms() + PATIENCE_MS;
	while (!c->tid && now_ms() < until)
		sleep_ms(1);
	while (state_of(getpid(), c->tid) == 'R' && now_ms() < until)
		sleep_ms(1);
	/* A page fault on the way may sleep too. */
	sleep_ms(5);
}

void await_process_asleep(pid_t pid)
{
	long long until = now_ms() + PATIENCE_MS;
	while (state_of(pid, pid) != 'S' && now_ms() < until)
		sleep_ms(1);
	sleep_ms(5);
}

bool is_done(struct call *c, int ms)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	if (!c->joined)
		c->joined = !pthread_clockjoin_np(c->thread, NULL, CLOCK_MONOTONIC, &until);
	return c->joined;
}

void say_call(const char *label, struct call *c)
{
	if (!is_done(c, PATIENCE_MS)) {
		say("%s hangs", label);
		return;
	}
	errno = c->error;
	if (c->run == run_recv)
		say_received(label, c->result, c->data);
	else
		say_result(label, c->result);
}

void say_recv(const char *label, int fd, size_t size, int flags)
{
	say_call(label, begin(run_recv, fd, calloc(1, size + 1), size, flags));
}

void say_send(const char *label, int fd, const char *text, int flags)
{
	say_call(label, begin(run_send, fd, strdup(text), strlen(text), flags));
}

/* Bytes. */

void put(int fd, const void *data, size_t size)
{
	for (size_t sent = 0; sent < size;) {
		ssize_t n = send(fd, (const char *)data + sent, size - sent, MSG_NOSIGNAL);
		if (n < 0)
			give_up("send");
		sent += n;
	}
}

void put_text(int fd, const char *text)
{
	put(fd, text, strlen(text));
}

int queued(int fd, unsigned long request)
{
	int n = -1;
	if (ioctl(fd, request, &n))
		give_up("ioctl");
	return n;
}

void await_delivered(int fd)
{
	long long until = now_ms() + PATIENCE_MS;
	while (queued(fd, SIOCOUTQ) && now_ms() < until)
		sleep_ms(1);
}

void deliver(int fd, const char *text)
{
	put_text(fd, text);
	await_delivered(fd);
}

size_t take(int fd, void *data, size_t size)
{
	size_t received = 0;
	while (received < size) {
		ssize_t n = recv(fd, (char *)data + received, size - received, 0);
		if (n < 0)
			give_up("recv");
		if (!n)
			break;
		received += n;
	}
	return received;
}

bool is_pattern(const uint8_t *data, size_t size, size_t offset)
{
	while (size) {
		size_t at = offset % LOTS, n = LOTS - at < size ? LOTS - at : size;
		if (memcmp(data, pattern + at, n))
			return false;
		data += n;
		offset += n;
		size -= n;
	}
	return true;
}

size_t fill(int fd, size_t message, size_t limit)
{
	size_t sent = 0;
	while (sent < limit) {
		size_t at = sent % LOTS, size = message - sent % message;
		if (size > LOTS - at)
			size = LOTS - at;
		ssize_t n = send(fd, pattern + at, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		struct pollfd p = { fd, POLLOUT, 0 };
		/* Acknowledgements may still be on their way: full is what stays full. */
		if (n < 0 && errno == EAGAIN && !poll(&p, 1, 50))
			break;
		if (n < 0 && errno != EAGAIN)
			give_up("send");
		if (n > 0)
			sent += n;
	}
	return sent;
}

bool drain(int fd, size_t size, size_t offset)
{
	static uint8_t data[256 * KIB];
	for (size_t received = 0; received < size;) {
		size_t left = size - received;
		ssize_t n = recv(fd, data, left < sizeof(data) ? left : sizeof(data), 0);
		if (n <= 0) {
			say_result("recv", n);
			return false;
		}
		if (!is_pattern(data, n, offset + received)) {
			say("wrong bytes");
			return false;
		}
		received += n;
	}
	return true;
}

void say_intact(int fd, size_t size, size_t offset)
{
	say("intact: %s", yes(drain(fd, size, offset)));
}

short await_events(int fd, short events)
{
	struct pollfd p = { fd, events, 0 };
	poll(&p, 1, PATIENCE_MS);
	return p.revents;
}

void say_exchange(const char *label, const struct pair *p)
{
	char data[8] = "";
	put_text(p->client, "request");
	bool ok = take(p->server, data, 7) == 7 && !memcmp(data, "request", 7);
	put_text(p->server, "answer");
	ok = take(p->client, data, 6) == 6 && !memcmp(data, "answer", 6) && ok;
	say("%s: %s", label, ok ? "request and answer" : "wrong bytes");
}

void reset(int fd)
{
	struct linger l = { 1, 0 };
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)))
		give_up("SO_LINGER");
	close(fd);
}

void set_option(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		give_up("setsockopt");
}

static void note_signal(int signal)
{
	(void)signal;
	signals_seen++;
}

int count_signals(int signal, int flags)
{
	struct sigaction action = { .sa_handler = note_signal, .sa_flags = flags };
	return sigaction(signal, &action, NULL);
}

/* Processes. */

static void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

pid_t spawn(void)
{
	pid_t parent = getpid(), pid = fork();
	if (pid < 0)
		give_up("fork");
	if (!pid)
		die_with(parent);
	return pid;
}

void await_step(int step)
{
	long long until = now_ms() + PATIENCE_MS;
	while (scratch->step < step && now_ms() < until)
		sleep_ms(1);
}

/* The runner. */

static void case_cgroup(int i, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", world.cgroup, runs[i].what->name);
}

/* Containers are told apart by their cgroup: each case is one. */
static void enter_cgroup(int i)
{
	char path[PATH_MAX];
	case_cgroup(i, path);
	int failed = mkdir(path, 0755) && errno != EEXIST;
	strncat(path, "/cgroup.procs", sizeof(path) - strlen(path) - 1);
	int fd = failed ? -1 : open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		give_up(path);
	close(fd);
}

static void be_case(int i, pid_t runner)
{
	setpgid(0, 0);
	die_with(runner);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_IGN);
	self = runs[i].what;
	slot = &slots[i];
	scratch = &slot->scratch;
	port = FIRST_PORT + PORTS * runs[i].index;
	if (world.cgroup)
		enter_cgroup(i);
	if (parks() && self->flags & NO_WARM_UP)
		park();
	self->run();
	finish();
}

static void start(int i)
{
	pid_t runner = getpid(), pid = fork();
	if (pid < 0) {
		perror("can't fork");
		exit(1);
	}
	if (!pid)
		be_case(i, runner);
	setpgid(pid, pid);
	runs[i].pid = pid;
	runs[i].state = RUNNING;
	runs[i].deadline = now_ms() + world.limit_ms;
}

static void print_line(int i, int status)
{
	char line[sizeof(slots->text) + 100];
	const char *text = slots[i].length ? slots[i].text : "nothing observed";
	char death[40];
	if (WIFSIGNALED(status)) {
		snprintf(death, sizeof(death), "dies of SIG%s", sigabbrev_np(WTERMSIG(status)));
		text = death;
	}
	int n = snprintf(line, sizeof(line), "%s: %s\n", runs[i].what->name, text);
	if (write(STDOUT_FILENO, line, n) != n)
		exit(1);
}

static void end(int i, int status)
{
	kill(-runs[i].pid, SIGKILL); /* what the case leaves behind */
	if (world.cgroup) {
		char path[PATH_MAX];
		case_cgroup(i, path);
		rmdir(path); /* in vain while something is left to die: whoever made the cgroup
				removes it */
	}
	runs[i].state = DONE;
	print_line(i, status);
}

static int count_of(enum state state)
{
	int n = 0;
	for (int i = 0; i < run_count; i++)
		n += runs[i].state == state;
	return n;
}

/* Takes note of cases that ended, parked or took too long, once something may have changed. */
static void await_change(void)
{
	sigset_t child;
	struct timespec tick = { 0, 5000000 };
	int status;
	pid_t pid;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigtimedwait(&child, NULL, &tick);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < run_count; i++)
			if (runs[i].pid == pid && runs[i].state != DONE)
				end(i, status);
	for (int i = 0; i < run_count; i++) {
		if (runs[i].state != RUNNING)
			continue;
		if (slots[i].parked == 1) {
			slots[i].parked = 2;
			runs[i].state = PARKED;
		} else if (now_ms() > runs[i].deadline) {
			kill(-runs[i].pid, SIGKILL);
			waitpid(runs[i].pid, NULL, 0);
			strcpy(slots[i].text, "hangs");
			slots[i].length = strlen(slots[i].text);
			end(i, 0);
		}
	}
}

/* Each state of the first kind turns into RUNNING, so many at a time, and ends. */
static void run_from(enum state state, void (*go)(int i))
{
	for (int i = 0; i < run_count; i++) {
		if (runs[i].state != state)
			continue;
		while (count_of(RUNNING) >= world.jobs)
			await_change();
		go(i);
	}
	while (count_of(RUNNING))
		await_change();
}

static void let_go(int i)
{
	runs[i].state = RUNNING;
	runs[i].deadline = now_ms() + world.limit_ms;
	sem_post(&slots[i].go);
}

static void run_all(void)
{
	run_from(CHOSEN, start);
	if (!parks())
		return;
	char c = 0;
	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		exit(1);
	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		;
	run_from(PARKED, let_go);
}

static void make_shared(void)
{
	slots = mmap(NULL, run_count * sizeof(*slots), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* Shared, so that a fork does not copy its page tables. */
	pattern = mmap(NULL, LOTS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (slots == MAP_FAILED || pattern == MAP_FAILED) {
		perror("can't allocate");
		exit(1);
	}
	for (int i = 0; i < run_count; i++)
		sem_init(&slots[i].go, 1, 0);
	uint64_t x = 88172645463325252ULL; /* xorshift64 */
	for (size_t i = 0; i < LOTS; i += sizeof(x)) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(pattern + i, &x, sizeof(x));
	}
}

static _Noreturn void usage(void)
{
	fprintf(stderr,
		"usage: probe [-j JOBS] [-t SECONDS] [-m direct|overflow|switch|pause] [-s SERVICE_ADDRESS] [-g CGROUP] [-c CASE]...\n"
		"             CLIENT_NETNS SERVER_NETNS CLIENT_IPV4 CLIENT_IPV6 SERVER_IPV4 SERVER_IPV6\n"
		"       probe --list\n");
	exit(2);
}

static void list_cases(void)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++)
		for (const struct probe_case *c = tables[t]; c->name; c++)
			printf("%s\t%s\n", c->name, c->about);
}

/* The cases of these names, or all that can run. */
static void choose(char **names, int count)
{
	int index = 0, found = 0;
	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++)
		for (const struct probe_case *c = tables[t]; c->name; c++, index++) {
			bool chosen = !count;
			for (int i = 0; i < count; i++)
				chosen = chosen || !strcmp(names[i], c->name);
			found += chosen;
			if (chosen && (world.has_service || !(c->flags & SERVICE)))
				runs[run_count++] = (struct run){ .what = c, .index = index };
		}
	if (found < count) {
		fprintf(stderr, "a case is unknown; see probe --list\n");
		exit(2);
	}
}

/* What the case handles-exec becomes: an echo on an inherited socket. */
static int echo(int fd)
{
	char data[256];
	ssize_t n;
	while ((n = recv(fd, data, sizeof(data), 0)) > 0)
		if (send(fd, data, n, MSG_NOSIGNAL) != n)
			return 1;
	return n < 0;
}

static enum mode parse_mode(const char *name)
{
	static const char *const names[] = { "direct", "overflow", "switch", "pause" };
	for (int i = 0; i < 4; i++)
		if (!strcmp(name, names[i]))
			return i;
	usage();
}

static int open_netns(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET)) {
		fprintf(stderr, "can't enter network namespace %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = { { "list", no_argument, NULL, 'l' },
						      { "echo", required_argument, NULL, 'e' },
						      { 0 } };
	char *names[MAX_CASES];
	int named = 0, option;
	while ((option = getopt_long(argc, argv, "j:t:m:s:g:c:", long_options, NULL)) != -1) {
		switch (option) {
		case 'j':
			world.jobs = atoi(optarg);
			if (world.jobs < 1)
				usage();
			break;
		case 't':
			world.limit_ms = 1000L * atoi(optarg);
			if (world.limit_ms < 1000)
				usage();
			break;
		case 'm':
			world.mode = parse_mode(optarg);
			break;
		case 's':
			if (inet_pton(AF_INET, optarg, &world.service) != 1)
				usage();
			world.has_service = true;
			break;
		case 'g':
			world.cgroup = optarg;
			break;
		case 'c':
			if (named == MAX_CASES)
				usage();
			names[named++] = optarg;
			break;
		case 'l':
			list_cases();
			return 0;
		case 'e':
			return echo(atoi(optarg));
		default:
			usage();
		}
	}
	char **a = argv + optind;
	if (argc - optind != 6)
		usage();
	for (int i = 0; i < 2; i++)
		if (inet_pton(AF_INET, a[2 + 2 * i], &world.ip4[i]) != 1 ||
		    inet_pton(AF_INET6, a[3 + 2 * i], &world.ip6[i]) != 1)
			usage();
	choose(names, named);
	for (int i = 0; i < 2; i++)
		world.netns[i] = open_netns(a[i]);
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	make_shared();
	run_all();
	return 0;
}
