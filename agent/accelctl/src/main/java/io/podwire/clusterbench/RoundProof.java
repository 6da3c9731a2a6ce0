package io.podwire.clusterbench;

import io.podwire.bench.BenchException;
import io.podwire.cluster.SeenFlow;
import io.podwire.datapath.Counter;
import java.util.Map;
import java.util.Optional;

/**
 * Proves which way the messages of a round went. Others on the node have connections too, so that
 * its counters alone prove nothing where acceleration is on: there the connection is looked up
 * while it is open, behind the last message that counts. Where it is off, no connection of the
 * whole node may join.
 *
 * @param round names it in errors
 * @param moved what the node's counters were moved by during the round
 * @param flow the connection as it was listed; empty where it was not
 */
record RoundProof(String round, Map<Counter, Long> moved, Optional<SeenFlow> flow) {

  /**
   * The connection joined, both ends, never went back to TCP, and each end had redirected at least
   * as many messages as count.
   *
   * @throws BenchException where it did not
   */
  void redirected(long transactions) {
    require(of(Counter.CLAIMED) > 0 && of(Counter.COMPLETED) > 0, "its connection did not join");
    SeenFlow seen =
        flow.orElseThrow(() -> noMeasurement("accelctl flows does not list its connection"));
    seen.retired()
        .ifPresent(
            why -> {
              throw noMeasurement("its connection went back to TCP (" + why + ")");
            });
    require(
        seen.clientRedirected() >= transactions && seen.serverRedirected() >= transactions,
        "of "
            + transactions
            + " messages each way "
            + seen.clientRedirected()
            + " and "
            + seen.serverRedirected()
            + " were redirected");
  }

  /**
   * No connection joined.
   *
   * @throws BenchException where one did
   */
  void plain() {
    require(
        flow.isEmpty() && of(Counter.CLAIMED) == 0 && of(Counter.COMPLETED) == 0,
        "it was to be plain TCP, and connections joined");
  }

  private long of(Counter counter) {
    return moved.getOrDefault(counter, 0L);
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      throw noMeasurement(otherwise);
    }
  }

  private BenchException noMeasurement(String why) {
    return new BenchException(
        round + " is no measurement: " + why + "; the node's counters moved: " + moved);
  }
}
