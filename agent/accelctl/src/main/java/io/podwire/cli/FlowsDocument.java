package io.podwire.cli;

import io.podwire.datapath.Counter;
import io.podwire.datapath.Flow;
import io.podwire.datapath.FlowEnd;
import java.util.List;
import java.util.Set;

/** The JSON form of a list of flows; {@code docs/accelctl.md} has its schema. */
record FlowsDocument(int stalled, List<Entry> flows) {

  /** A flow; an end is null where it left. */
  record Entry(
      long ageSeconds, boolean stalled, int generation, String build, End client, End server) {}

  /** One end of a flow. */
  record End(
      String local,
      String remote,
      long netnsCookie,
      long cgroupId,
      long redirected,
      long redirectedBytes,
      String retired,
      String shifted,
      int shifts,
      int returns,
      String joinedBy,
      int unread,
      int unreadBytes) {

    static End of(FlowEnd end) {
      return new End(
          FlowsCommand.endpoint(end.local()),
          FlowsCommand.endpoint(end.remote()),
          end.netns(),
          end.container(),
          end.redirected(),
          end.redirectedBytes(),
          end.retired().map(Counter::toString).orElse(null),
          end.shifted().map(Counter::toString).orElse(null),
          end.shifts(),
          end.returns(),
          end.joining().toString(),
          end.unread(),
          end.unreadBytes());
    }
  }

  /**
   * @param stalled the handshakes of those that are
   */
  static FlowsDocument of(List<Flow> flows, Set<Long> stalled) {
    return new FlowsDocument(
        stalled.size(),
        flows.stream()
            .map(
                flow ->
                    new Entry(
                        FlowsCommand.ageSeconds(flow),
                        stalled.contains(flow.handshake()),
                        flow.build().generation(),
                        StatusDocument.hash(flow.build()),
                        flow.client().map(End::of).orElse(null),
                        flow.server().map(End::of).orElse(null)))
            .toList());
  }
}
