package io.podwire.datapath;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the status of a datapath from the maps of its builds. */
final class StatusReader {

  private final PinDirectory directory;

  StatusReader(PinDirectory directory) {
    this.directory = directory;
  }

  /**
   * @param current the build that the status is of
   * @param another see {@link Status#another()}
   */
  Status read(PinnedBuild current, Optional<Build> another) {
    Map<Selection, Integer> selection = current.selection().sizes();
    Map<Counter, Long> counters = current.counters().read();
    Settings settings = current.settings().read();
    List<SocketOwner> others = others(current);
    return new Status(
        current.settings().state(),
        current.settings().authority(),
        Optional.of(current.build()),
        another,
        selection.getOrDefault(Selection.SELECTED, 0),
        selection.getOrDefault(Selection.EXCLUDED, 0),
        current.flows().count(),
        counters,
        settings,
        current.programs().guards(),
        current.kernelFacts().read(),
        current.incompatible().containers(),
        current.incompatible().partiesByReason(),
        current.leaving().count(),
        current.leavingTimes().read(),
        current.adoption().outcome(),
        draining(current),
        owners(others),
        warnings(current, counters, settings, others));
  }

  /** Who else may have the node's sockets. */
  List<SocketOwner> owners(PinnedBuild current) {
    return owners(others(current));
  }

  /** Without other datapaths: a check or a bench has one for a while, with sockets of its own. */
  private static List<SocketOwner> owners(List<SocketOwner> others) {
    return others.stream().filter(other -> other.kind() != KnownOwner.PODWIRE).toList();
  }

  private List<SocketOwner> others(PinnedBuild current) {
    List<SocketOwner> others = new ArrayList<>(current.programs().socketMaps());
    PinDirectory.forEach(
        directory.all(),
        ours ->
            PinDirectory.unlessGone(
                () -> {
                  int id = ours.flows().id();
                  return others.removeIf(other -> other.map() == id);
                }));
    return others;
  }

  /** The flows that the other builds have still. */
  private Map<Build, Integer> draining(PinnedBuild current) {
    Map<Build, Integer> draining = new LinkedHashMap<>();
    PinDirectory.forEach(
        directory.others(current),
        other -> PinDirectory.unlessGone(() -> draining.put(other.build(), other.flows().count())));
    return draining;
  }

  private List<String> warnings(
      PinnedBuild current,
      Map<Counter, Long> counters,
      Settings settings,
      List<SocketOwner> others) {
    Warnings warnings = new Warnings();
    warnings.ofFailedJoins(counters, settings, others);
    PinDirectory.forEach(
        directory.others(current),
        other -> {
          if (PinDirectory.unlessGone(() -> joins(other)).orElse(false)) {
            warnings.ofAnotherBuild(other.build());
          }
        });
    warnings.ofHeartbeat(current.heartbeat().until());
    return warnings.lines();
  }

  private static boolean joins(PinnedBuild other) {
    return other.isAttached() && other.settings().state() == State.ENABLED;
  }
}
