/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which maps of sockets there are, whoever made them, and which programs their sockets get: a
 * socket takes the programs of the first such map that has it. An iterator over maps, since it
 * takes fewer rights than the system calls that find a map by its id. */
#ifndef PODWIRE_SOCKET_MAPS_H
#define PODWIRE_SOCKET_MAPS_H

#include "kernel.h"

#define SEQ_PRINT(seq, text, ...)                                                                  \
	({                                                                                         \
		char text_[] = text; /* a static one would make a map */                           \
		__u64 values_[] = { __VA_ARGS__ };                                                 \
		bpf_seq_printf(seq, text_, sizeof(text_), values_, sizeof(values_));               \
	})

/* Goes on with the line of a map: the id and the name of a program that its sockets get. */
static __always_inline void print_program(struct seq_file *seq, struct bpf_prog *program)
{
	if (!program)
		return;
	struct bpf_prog_aux *aux = READ(program, aux);
	SEQ_PRINT(seq, " %u %s", READ(aux, id), (__u64)address_of(aux, struct bpf_prog_aux, name));
}

static __always_inline void print_programs(struct seq_file *seq, __u64 address)
{
	struct sk_psock_progs *programs = (void *)address;
	print_program(seq, READ(programs, msg_parser));
	if (bpf_core_field_exists(programs->stream_verdict))
		print_program(seq, READ(programs, stream_verdict));
	print_program(seq, READ(programs, skb_verdict));
}

/* A line for each map of sockets: its id, its name, how many sockets it has, or -1 where it does
 * not count them, and its programs. */
SEC("iter/bpf_map") int list_socket_maps(struct bpf_iter__bpf_map *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct bpf_map *map = ctx->map;
	if (!map)
		return 0;
	__u64 number = word_at((__u64)&ctx->map);
	bool counts = map->map_type == BPF_MAP_TYPE_SOCKHASH;
	if (!counts && map->map_type != BPF_MAP_TYPE_SOCKMAP)
		return 0;
	int sockets = counts ? READ_AS(struct bpf_shtab, number, count.counter) : -1;
	SEQ_PRINT(seq, "%u %s %d", map->id, (__u64)address_of(number, struct bpf_map, name),
		  sockets);
	print_programs(seq, number + (counts ? bpf_core_field_offset(struct bpf_shtab, progs)
					     : bpf_core_field_offset(struct bpf_stab, progs)));
	char end[] = "\n";
	bpf_seq_write(seq, end, 1);
	return 0;
}

#endif
