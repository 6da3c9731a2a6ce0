package io.podwire.bench.model;

import io.podwire.bench.CpuCost;
import io.podwire.bench.Distribution;
import io.podwire.datapath.Counter;
import java.util.Map;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * One round of one case.
 *
 * @param pair number of the pair it belongs to, from 0
 * @param latencyCase what ran
 * @param transactions messages there and back, warm-up included
 * @param oneWay half of each round-trip time after the warm-up, in nanoseconds
 * @param cost CPU time per transaction, where the tool tells
 * @param counters what the datapath's counters were moved by; those that were not are absent
 */
public record LatencyRound(
    int pair,
    LatencyCase latencyCase,
    long transactions,
    Histogram oneWay,
    Optional<CpuCost> cost,
    Map<Counter, Long> counters) {

  /** Median one-way latency in microseconds. */
  public double medianMicros() {
    return Distribution.micros(oneWay, 50);
  }
}
