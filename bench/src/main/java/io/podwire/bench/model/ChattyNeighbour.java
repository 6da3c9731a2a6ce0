package io.podwire.bench.model;

import io.podwire.datapath.Counter;
import java.util.Map;

/**
 * A listener with one long connection, beside one whose connections are short, at the same time.
 *
 * @param shortConnections that the short listener served
 * @param chattyMessages that the long connection exchanged, both ways; all of them were redirected
 * @param counters what the datapath's counters were moved by
 */
public record ChattyNeighbour(
    long shortConnections, long chattyMessages, Map<Counter, Long> counters) {

  /** Short connections that were left to TCP because joining them would not pay. */
  public long skippedShort() {
    return counters.getOrDefault(Counter.SKIPPED_SHORT, 0L);
  }
}
