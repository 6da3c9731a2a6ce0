// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* All programs but adopt.bpf.c in one object: libbpf reads the kernel's types and symbols anew for
 * each that it opens, which is most of the time that a load takes. The kernel is given them in this
 * order, so those come first that it may refuse. */
#include "guard_splice.h"
#include "guard_recv_flags.h"
#include "guard_memory.h"
#include "guard_recv_entry.h"
#include "guard_fionread.h"
#include "sockops.h"
#include "verdict.h"
#include "janitor.h"
#include "inspect.h"
#include "socket_maps.h"
#include "waiters.h"
#include "guard_options.h"

TYPES_FOR_BTF;

char LICENSE[] SEC("license") = "Dual BSD/GPL";
