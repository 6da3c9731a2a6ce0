// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases about who holds a socket: copies, other processes, other programs. */
#include "case.h"

static void send_handle(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = { 0 }, x = 0;
	struct iovec v = { &x, 1 };
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(to, &m, 0) != 1)
		give_up("SCM_RIGHTS");
}

static int receive_handle(int from)
{
	char control[CMSG_SPACE(sizeof(int))], x;
	int fd = -1;
	struct iovec v = { &x, 1 };
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	if (recvmsg(from, &m, 0) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static void answer_once(int fd)
{
	char data[64];
	ssize_t n = recv(fd, data, sizeof(data), 0);
	if (n > 0)
		put_text(fd, "answer");
	_exit(n > 0 ? 0 : 1);
}

static void say_answer(int fd)
{
	say_send("send", fd, "request", 0);
	say_recv("recv", fd, 16, 0);
	say_recv("recv", fd, 16, 0);
}

static void handed_over(void)
{
	int local[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, local))
		give_up("socketpair");
	pid_t pid = spawn(); /* before there is a connection that it could inherit */
	if (!pid) {
		close(local[0]);
		answer_once(receive_handle(local[1]));
	}
	struct pair p = open_pair();
	send_handle(local[0], p.server);
	close(p.server);
	say_answer(p.client);
}

static void duplicated(void)
{
	struct pair p = open_pair();
	int copy = dup(p.server);
	close(p.server);
	p.server = copy;
	say_exchange("copy", &p);
	close(copy);
	say_recv("closed", p.client, 8, 0);
}

static void forked_both_read(void)
{
	struct pair p = open_pair();
	pid_t pid = spawn();
	if (!pid) {
		scratch->result = recv(p.server, scratch->data, sizeof(scratch->data), 0);
		_exit(0);
	}
	put_text(p.client, "first");
	waitpid(pid, NULL, 0);
	say_received("child", scratch->result, scratch->data);
	put_text(p.client, "second");
	say_recv("parent", p.server, 8, 0);
	close(p.server);
	say_recv("closed", p.client, 8, 0);
}

static void forked_child_goes_on(void)
{
	struct pair p = open_pair();
	pid_t pid = spawn();
	if (!pid) {
		close(p.client);
		answer_once(p.server);
	}
	close(p.server);
	say_answer(p.client);
}

static void executed(void)
{
	struct pair p = open_pair();
	pid_t pid = spawn();
	if (!pid) {
		char number[16];
		close(p.client);
		snprintf(number, sizeof(number), "%d", p.server);
		execl("/proc/self/exe", "probe", "--echo", number, NULL);
		_exit(1);
	}
	close(p.server);
	say_send("send", p.client, "hello", 0);
	say_recv("recv", p.client, 16, 0);
	shutdown(p.client, SHUT_WR);
	say_recv("recv", p.client, 16, 0);
}

const struct probe_case handle_cases[] = {
	{ "handle-passed", "SCM_RIGHTS to another process", handed_over, 0 },
	{ "handle-duplicated", "dup, and one of the two closed", duplicated, 0 },
	{ "handle-forked", "parent and child read in turn", forked_both_read, 0 },
	{ "handle-forked-child", "the parent closes, the child goes on", forked_child_goes_on, 0 },
	{ "handle-executed", "a program started with an open connection", executed, 0 },
	{ 0 },
};
