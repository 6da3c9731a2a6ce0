package io.podwire.bench.table;

import java.util.PrimitiveIterator;
import java.util.stream.IntStream;

/**
 * The ports of the workloads: each column has one of its own, since what the datapath found out
 * about the connections of one listener must not decide about another column's.
 *
 * <p>Columns whose flows count as short, because they go back to TCP early or because their
 * receiving end sends nothing, have a port for each round. Such a column has room for 1,000 pairs
 * and a trial, outside of the ports that the kernel gives to clients.
 */
final class Ports {

  static final int SOCKPERF_LATENCY = 11111;
  static final int SOCKPERF_THROUGHPUT = 11112;
  static final int REQUESTS = 11113;
  static final int CONNECTIONS = 11114;

  /** The first of as many as there are columns of {@code flows}. */
  static final int FLOWS = 11115;

  static final int NETPERF = 12865;
  static final int REDIS = 6379;
  static final int HTTP = 8080;
  static final int SHORT_HTTP = 8081;

  /** The first of two for each round. */
  static final int HAPROXY = 61_000;

  private static final int OF_ROUNDS = 13_000;
  private static final int OF_ROUNDS_PER_COLUMN = 2_010;

  private Ports() {}

  /**
   * The first port of a column that has one for each round.
   *
   * @param column counts these columns, from 0
   */
  static int ofRounds(int column) {
    return OF_ROUNDS + column * OF_ROUNDS_PER_COLUMN;
  }

  /** One after the other. */
  static PrimitiveIterator.OfInt from(int first) {
    return IntStream.iterate(first, port -> port + 1).iterator();
  }
}
