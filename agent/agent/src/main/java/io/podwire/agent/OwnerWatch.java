package io.podwire.agent;

import io.podwire.datapath.DatapathView;
import io.podwire.datapath.OwnerProcesses;
import io.podwire.datapath.SocketOwner;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Who else takes sockets of the node, and what people are told of that. Of one thread. */
final class OwnerWatch {

  private final DatapathView datapath;
  private final List<YieldTo> yields;
  private final OwnerProcesses processes;
  private List<SocketOwner> now = List.of();

  OwnerWatch(DatapathView datapath, List<YieldTo> yields, OwnerProcesses processes) {
    this.datapath = datapath;
    this.yields = yields;
    this.processes = processes;
  }

  /** Those there were at the last look. */
  List<SocketOwner> now() {
    return now;
  }

  /** Looks at who there is; returns what is to be told of those that were not there before. */
  List<Notice> look() {
    Set<Integer> before = maps(now);
    now = datapath.owners();
    Map<Integer, OwnerProcesses.OwnerProcess> seen = processes.of(now);
    return now.stream()
        .filter(owner -> !before.contains(owner.map()))
        .map(owner -> notice(owner, Optional.ofNullable(seen.get(owner.map()))))
        .toList();
  }

  /** Whether others are there than at the last look. */
  boolean haveChanged() {
    return !maps(datapath.owners()).equals(maps(now));
  }

  private static Set<Integer> maps(List<SocketOwner> owners) {
    return owners.stream().map(SocketOwner::map).collect(Collectors.toSet());
  }

  private Notice notice(SocketOwner owner, Optional<OwnerProcesses.OwnerProcess> process) {
    Optional<String> yielding =
        yields.stream().filter(yield -> yield.isTo(owner)).map(YieldTo::text).findFirst();
    String what = owner.describe(process);
    return yielding
        .map(
            yield ->
                new Notice(
                    NodeEvents.Reason.AccelerationYields,
                    what + "; pods are left to it by --yield-to " + yield,
                    Optional.of("yields to=\"" + what + "\" by=\"" + yield + "\"")))
        .orElseGet(
            () ->
                new Notice(
                    NodeEvents.Reason.OtherSocketOwner,
                    what + ": " + owner.kind().advice(),
                    Optional.of("another socket owner=\"" + what + "\"")));
  }
}
