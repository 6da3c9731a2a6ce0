package io.podwire.bench.table;

import io.podwire.bench.model.Sample;
import java.time.Duration;

/** What the workloads have in common: what a round counts. */
final class Samples {

  static final int MESSAGES_PER_TRANSACTION = 2;

  private static final double BYTES_PER_GIGABYTE = 1e9;

  private Samples() {}

  /** The length of a round in seconds. */
  static double seconds(Duration time) {
    return time.toMillis() / 1e3;
  }

  /**
   * A sample of a workload whose messages go there and back.
   *
   * @param perSecond transactions in a second
   * @param count transactions of the whole round
   */
  static Sample transactions(double perSecond, long count, long connections) {
    return Sample.of(perSecond, count, connections, count * MESSAGES_PER_TRANSACTION);
  }

  /** A sample of a workload whose work is bytes one way. */
  static Sample bulk(double value, double bytes, long connections, long messages) {
    return Sample.of(value, bytes / BYTES_PER_GIGABYTE, connections, messages);
  }
}
