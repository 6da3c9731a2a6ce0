package io.podwire.cli;

import java.util.List;

/** The JSON form of what flows have done together; {@code docs/accelctl.md} has its schema. */
record TopDocument(String by, List<Sum> pairs) {

  /** What the flows of a pair did; the client is null where they are added up by listeners. */
  record Sum(
      String client,
      String server,
      int flows,
      int flowsOnTcp,
      long ageSeconds,
      long redirected,
      long redirectedBytes,
      long unreadBytes) {}

  static TopDocument of(TopCommand.Grouping by, List<WatchedList.Row<TopCommand.Pair>> rows) {
    return new TopDocument(
        by.toString(), rows.stream().map(row -> sum(row.subject(), row.traffic())).toList());
  }

  private static Sum sum(TopCommand.Pair pair, Traffic traffic) {
    return new Sum(
        pair.client().orElse(null),
        pair.server(),
        traffic.flows(),
        traffic.onTcp(),
        traffic.ageSeconds(),
        traffic.messages(),
        traffic.bytes(),
        traffic.backlog());
  }
}
