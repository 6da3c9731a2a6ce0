package io.podwire.cli;

import io.podwire.datapath.MessageCost;
import java.util.List;
import java.util.Optional;

/** The JSON form of what flows have done together; {@code docs/accelctl.md} has its schema. */
record TopDocument(String by, List<Sum> pairs) {

  /**
   * What the flows of a pair did; the client is null where they are added up by listeners, and the
   * CPU time where it is not known.
   */
  record Sum(
      String client,
      String server,
      int flows,
      int flowsOnTcp,
      long ageSeconds,
      long redirected,
      long redirectedBytes,
      long unreadBytes,
      int observed,
      long observedMessages,
      long observedBytes,
      Double cpuSavedSeconds) {}

  /**
   * @param cost of a message; empty where it is not known
   */
  static TopDocument of(
      TopCommand.Grouping by,
      List<WatchedList.Row<TopCommand.Pair>> rows,
      Optional<MessageCost> cost) {
    return new TopDocument(
        by.toString(), rows.stream().map(row -> sum(row.subject(), row.traffic(), cost)).toList());
  }

  private static Sum sum(TopCommand.Pair pair, Traffic traffic, Optional<MessageCost> cost) {
    return new Sum(
        pair.client().orElse(null),
        pair.server(),
        traffic.flows(),
        traffic.onTcp(),
        traffic.ageSeconds(),
        traffic.messages(),
        traffic.bytes(),
        traffic.backlog(),
        traffic.observed().connections(),
        traffic.observed().messages(),
        traffic.observed().bytes(),
        cost.map(traffic::savedSeconds).orElse(null));
  }
}
