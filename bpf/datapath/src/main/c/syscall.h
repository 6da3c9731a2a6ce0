/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a task asked the kernel for: a verdict is not told of MSG_OOB, nor a redirect of the
 * reader's MSG_WAITALL, but the registers of the system call that the task is in hold both. They
 * lie at the end of its kernel stack (task_pt_regs()): the loader has tried whether they are found
 * (waiters.h). A call that is not known here (of a 32-bit program) has no flags. */
#ifndef PODWIRE_SYSCALL_H
#define PODWIRE_SYSCALL_H

#include "kernel.h"

#define MSG_OOB	     0x1
#define MSG_TRUNC    0x20
#define MSG_DONTWAIT 0x40
#define O_NONBLOCK   04000 /* a flag of a file */
#define MSG_WAITALL  0x100
#define MSG_MORE     0x8000
/* In place of a flag of recv(): the task is in splice(2). */
#define SPLICES 0x80000000U
/* A flag of splice(2), with the meaning of MSG_MORE. */
#define SPLICE_F_MORE 4

/* The size of a kernel stack, in bytes, with 4 KiB pages and without KASAN; elsewhere the registers
 * are not found, and the loader refuses. */
#define THREAD_SIZE 16384

/* These numbers are the same on every architecture. */
#define NR_IO_URING_SETUP 425
#define NR_IO_URING_ENTER 426

#if defined(__TARGET_ARCH_x86)

#define NR_CONNECT  42
#define NR_WRITE    1
#define NR_WRITEV   20
#define NR_SENDFILE 40
#define NR_SENDTO   44
#define NR_SENDMSG  46
#define NR_SENDMMSG 307
#define NR_RECVFROM 45
#define NR_RECVMSG  47
#define NR_RECVMMSG 299
#define NR_SPLICE   275

#define ARGUMENT_3(regs) READ_AS(struct pt_regs, regs, dx)
#define ARGUMENT_4(regs) READ_AS(struct pt_regs, regs, r10)
#define ARGUMENT_6(regs) READ_AS(struct pt_regs, regs, r9)
#define NUMBER(regs)	 READ_AS(struct pt_regs, regs, orig_ax)

#define USER_CS 0x33
/* TOP_OF_KERNEL_STACK_PADDING of a kernel with CONFIG_X86_FRED; 0 without. */
#define FRED_PADDING 16

static __always_inline __u64 registers_of(__u64 task)
{
	__u64 stack = (__u64)READ_AS(struct task_struct, task, stack);
	__u64 regs = stack + THREAD_SIZE - bpf_core_type_size(struct pt_regs);
	if ((__u16)READ_AS(struct pt_regs, regs, cs) == USER_CS)
		return regs;
	regs -= FRED_PADDING;
	return (__u16)READ_AS(struct pt_regs, regs, cs) == USER_CS ? regs : 0;
}

#elif defined(__TARGET_ARCH_arm64)

#define NR_CONNECT   203
#define NR_WRITE     64
#define NR_WRITEV    66
#define NR_SENDFILE  71
#define NR_SENDTO    206
#define NR_SENDMSG   211
#define NR_SENDMMSG  269
#define NR_RECVFROM  207
#define NR_RECVMSG   212
#define NR_RECVMMSG  243
#define NR_SPLICE    76

/* Bits of pstate: 0 for a 64-bit program. */
#define EL_AND_WIDTH 0x1f

#define ARGUMENT_3(regs) READ_AS(struct pt_regs, regs, regs[2])
#define ARGUMENT_4(regs) READ_AS(struct pt_regs, regs, regs[3])
#define ARGUMENT_6(regs) READ_AS(struct pt_regs, regs, regs[5])
#define NUMBER(regs)	 READ_AS(struct pt_regs, regs, syscallno)

static __always_inline __u64 registers_of(__u64 task)
{
	__u64 stack = (__u64)READ_AS(struct task_struct, task, stack);
	__u64 regs = stack + THREAD_SIZE - bpf_core_type_size(struct pt_regs);
	return READ_AS(struct pt_regs, regs, pstate) & EL_AND_WIDTH ? 0 : regs;
}

#endif

/* In place of a flag of send(): the task works for an io_uring, whose operations have flags that
 * are not seen here. A kernel thread of a ring has the registers of the call that made it. */
#define BY_IO_URING 0x10000000U

/* The flags with which the task sends, or BY_IO_URING. */
static __always_inline __u32 send_flags(__u64 task)
{
	__u64 regs = registers_of(task);
	if (!regs)
		return 0;
	switch ((__u32)NUMBER(regs)) {
	case NR_SENDTO:
	case NR_SENDMMSG:
		return ARGUMENT_4(regs);
	case NR_SENDMSG:
		return ARGUMENT_3(regs);
	case NR_SPLICE:
		return ARGUMENT_6(regs) & SPLICE_F_MORE ? MSG_MORE : 0;
	case NR_IO_URING_SETUP:
	case NR_IO_URING_ENTER:
		return BY_IO_URING;
	}
	return 0;
}

/* Whether the task sends, or is on its way to. Calls that are not listed (io_uring_enter, pwritev2)
 * count as none. */
static __always_inline bool is_sending(__u64 task)
{
	__u64 regs = registers_of(task);
	switch (regs ? (__u32)NUMBER(regs) : ~0U) {
	case NR_CONNECT:
	case NR_WRITE:
	case NR_WRITEV:
	case NR_SENDFILE:
	case NR_SENDTO:
	case NR_SENDMSG:
	case NR_SENDMMSG:
		return true;
	}
	return false;
}

/* The flags with which the task receives, or SPLICES. */
static __always_inline __u32 receive_flags(__u64 task)
{
	__u64 regs = registers_of(task);
	if (!regs)
		return 0;
	switch ((__u32)NUMBER(regs)) {
	case NR_RECVFROM:
	case NR_RECVMMSG:
		return ARGUMENT_4(regs) & ~SPLICES;
	case NR_RECVMSG:
		return ARGUMENT_3(regs) & ~SPLICES;
	case NR_SPLICE:
		return SPLICES;
	}
	return 0;
}

static __always_inline bool in_splice(__u64 task)
{
	return receive_flags(task) == SPLICES;
}

#endif
