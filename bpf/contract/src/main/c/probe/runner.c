// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The socket contract as cases: what an application observes on a TCP connection between two
 * network namespaces, one line a case. It knows nothing of acceleration. A plain and an accelerated
 * run must print the same. Here is what chooses cases and runs each in a process of its own.
 *
 * In the modes "switch" and "pause" (mode.h), "ready" is printed when every case is parked or has
 * ended, and a line is awaited before they go on. */
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <sys/stat.h>
#include "case.h"

#define MAX_CASES  256
#define FIRST_PORT 20000

enum state {
	CHOSEN,
	RUNNING,
	PARKED, /* at its gate */
	DONE
};

/* Shared between the runner and the processes of one case. */
struct slot {
	struct observations observed;
	struct gate gate;
	struct scratch scratch;
};

/* What the runner alone knows of a case. */
struct run {
	const struct probe_case *what;
	int index; /* in the whole list: decides its ports */
	pid_t pid;
	enum state state;
	long long deadline; /* as now_ms() counts; what takes longer hangs */
};

static const struct probe_case *const tables[] = {
	backlog_cases, message_cases, recv_cases,  urgent_cases,     splice_cases,
	option_cases,  count_cases,   event_cases, half_close_cases, end_cases,
	handle_cases,  connect_cases, uring_cases,
};
static struct run runs[MAX_CASES];
static int run_count;
static struct slot *slots; /* one for each run */

static int jobs = 4;	     /* cases that run at a time */
static long limit_ms = 6000; /* of a case */
static const char *cgroup;   /* each case makes one of its own in it; NULL: none does */

static void case_cgroup(int i, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", cgroup, runs[i].what->name);
}

/* An accelerator tells containers apart by their cgroup: each case is one. */
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
	const struct probe_case *what = runs[i].what;
	setpgid(0, 0);
	die_with(runner);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_IGN);
	observe_into(&slots[i].observed);
	gate = &slots[i].gate;
	scratch = &slots[i].scratch;
	connect_for(what, FIRST_PORT + PORTS * runs[i].index);
	if (cgroup)
		enter_cgroup(i);
	if (parks() && what->flags & NO_WARM_UP)
		park();
	what->run();
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
	runs[i].deadline = now_ms() + limit_ms;
}

static void print_line(int i, int status)
{
	char line[sizeof(slots->observed.text) + 100];
	const char *text = slots[i].observed.length ? slots[i].observed.text : "nothing observed";
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
	if (cgroup) {
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
		if (slots[i].gate.parked == 1) {
			slots[i].gate.parked = 2;
			runs[i].state = PARKED;
		} else if (now_ms() > runs[i].deadline) {
			kill(-runs[i].pid, SIGKILL);
			waitpid(runs[i].pid, NULL, 0);
			strcpy(slots[i].observed.text, "hangs");
			slots[i].observed.length = strlen(slots[i].observed.text);
			end(i, 0);
		}
	}
}

/* Lets every run of that state go, at most jobs at a time, until each has parked or ended. */
static void run_from(enum state state, void (*go)(int i))
{
	for (int i = 0; i < run_count; i++) {
		if (runs[i].state != state)
			continue;
		while (count_of(RUNNING) >= jobs)
			await_change();
		go(i);
	}
	while (count_of(RUNNING))
		await_change();
}

static void let_go(int i)
{
	runs[i].state = RUNNING;
	runs[i].deadline = now_ms() + limit_ms;
	sem_post(&slots[i].gate.go);
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
	if (slots == MAP_FAILED || !make_pattern()) {
		perror("can't allocate");
		exit(1);
	}
	for (int i = 0; i < run_count; i++)
		sem_init(&slots[i].gate.go, 1, 0);
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

/* Chooses the cases of these names, or all; those that need a service address only where there is
 * one. */
static void choose(char **names, int count)
{
	int index = 0, found = 0;
	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++)
		for (const struct probe_case *c = tables[t]; c->name; c++, index++) {
			bool chosen = !count;
			for (int i = 0; i < count; i++)
				chosen = chosen || !strcmp(names[i], c->name);
			found += chosen;
			if (chosen && (network.has_service || !(c->flags & SERVICE)))
				runs[run_count++] = (struct run){ .what = c, .index = index };
		}
	if (found < count) {
		fprintf(stderr, "a case is unknown; see probe --list\n");
		exit(2);
	}
}

/* What the case handle-executed becomes: an echo on an inherited socket. */
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
			jobs = atoi(optarg);
			if (jobs < 1)
				usage();
			break;
		case 't':
			limit_ms = 1000L * atoi(optarg);
			if (limit_ms < 1000)
				usage();
			break;
		case 'm':
			mode = parse_mode(optarg);
			break;
		case 's':
			if (inet_pton(AF_INET, optarg, &network.service) != 1)
				usage();
			network.has_service = true;
			break;
		case 'g':
			cgroup = optarg;
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
		if (inet_pton(AF_INET, a[2 + 2 * i], &network.ip4[i]) != 1 ||
		    inet_pton(AF_INET6, a[3 + 2 * i], &network.ip6[i]) != 1)
			usage();
	choose(names, named);
	for (int i = 0; i < 2; i++)
		network.netns[i] = open_netns(a[i]);
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	make_shared();
	run_all();
	return 0;
}
