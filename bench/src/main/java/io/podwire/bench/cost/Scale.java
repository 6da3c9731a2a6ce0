package io.podwire.bench.cost;

/**
 * How much of everything: a test needs less of it than a measurement.
 *
 * @param millis length of the measured part of a round
 * @param selected addresses that are selected beside those of the pods
 * @param others flows that are open beside the one that is measured
 * @param flows connections whose memory is measured
 * @param bursts of a long connection, with the measured part of a round behind each
 */
record Scale(int millis, int selected, int others, int flows, int bursts) {

  /** The scale that the bench reports: with 6 pairs, a minute of long connections. */
  static final Scale STANDARD = new Scale(250, 10_000, 1_000, 10_000, 20);
}
