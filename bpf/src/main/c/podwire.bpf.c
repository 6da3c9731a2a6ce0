// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* All programs in one object: libbpf reads the kernel's types and symbols anew for each that it
 * opens, which is most of the time that a load takes. The kernel is given them in this order, so
 * those come first that it may refuse. */
#include "guards.bpf.c"
#include "rendezvous.bpf.c"
#include "redirect.bpf.c"
#include "janitor.bpf.c"
#include "inspect.bpf.c"
#include "waiters.bpf.c"
#include "options.bpf.c"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
