package io.podwire.bench.model;

import io.podwire.datapath.Counter;
import java.util.Map;

/**
 * One round of a cell.
 *
 * @param pair number of the pair it belongs to, from 0
 * @param side which of the two it was
 * @param sample what the workload said
 * @param cpu time of both ends over the whole round
 * @param counters what the datapath's counters were moved by; those that were not are absent
 */
public record CellRound(
    int pair, Side side, Sample sample, CpuUse cpu, Map<Counter, Long> counters) {}
