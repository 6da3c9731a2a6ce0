package io.podwire.cli;

import io.podwire.agent.Names;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Flow;
import io.podwire.datapath.FlowEnd;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The JSON form of a list of flows; {@code docs/accelctl.md} has its schema. */
record FlowsDocument(int stalled, List<Entry> flows) {

  /** A flow; an end is null where it left, and the Service where none is known to be dialled. */
  record Entry(
      long ageSeconds,
      boolean stalled,
      int generation,
      String build,
      String service,
      End client,
      End server) {}

  /** One end of a flow; the first three are null where no name is known. */
  record End(
      String namespace,
      String pod,
      String workload,
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

    static End of(FlowEnd end, Names names) {
      Optional<Names.Pod> pod = names.pod(end.local().getAddress());
      return new End(
          pod.map(Names.Pod::namespace).orElse(null),
          pod.map(Names.Pod::name).orElse(null),
          pod.flatMap(Names.Pod::workload).orElse(null),
          Names.endpoint(end.local()),
          Names.endpoint(end.remote()),
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
  static FlowsDocument of(List<WatchedList.Row<Flow>> rows, Set<Long> stalled, Names names) {
    return new FlowsDocument(
        stalled.size(),
        rows.stream()
            .map(row -> entry(row.subject(), row.traffic().ageSeconds(), stalled, names))
            .toList());
  }

  private static Entry entry(Flow flow, long ageSeconds, Set<Long> stalled, Names names) {
    return new Entry(
        ageSeconds,
        stalled.contains(flow.handshake()),
        flow.build().generation(),
        StatusDocument.hash(flow.build()),
        FlowsCommand.dialled(flow).flatMap(names::service).orElse(null),
        flow.client().map(end -> End.of(end, names)).orElse(null),
        flow.server().map(end -> End.of(end, names)).orElse(null));
  }
}
