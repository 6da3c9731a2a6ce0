package io.podwire.bench.model;

import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * What a workload says of one round.
 *
 * @param value in the workload's unit
 * @param work how much was done over the whole round, in {@link Column#work()}: what CPU time is
 *     divided by
 * @param connections the least number of connections that the workload opened
 * @param messages the least number of messages that both ends sent together
 * @param oneWay half of each round trip in nanoseconds, where the workload tells it
 */
public record Sample(
    double value, double work, long connections, long messages, Optional<Histogram> oneWay) {

  /** A sample of a workload that does not tell latencies. */
  public static Sample of(double value, double work, long connections, long messages) {
    return new Sample(value, work, connections, messages, Optional.empty());
  }
}
