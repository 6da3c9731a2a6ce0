package io.podwire.agent;

import io.podwire.datapath.Gears;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Configurations of agents. */
final class Configurations {

  private Configurations() {}

  static AgentConfiguration of(SelectionMode mode, String podSelector) {
    return of(mode, podSelector, Optional.empty(), Optional.empty());
  }

  static AgentConfiguration of(
      SelectionMode mode,
      String podSelector,
      Optional<Integer> maxBacklogMemory,
      Optional<Gears> gears) {
    return of(mode, podSelector, maxBacklogMemory, gears, List.of());
  }

  /** One that leaves pods to other owners of sockets. */
  static AgentConfiguration yieldingTo(YieldTo... others) {
    return of(SelectionMode.OPT_OUT, "", Optional.empty(), Optional.empty(), List.of(others));
  }

  private static AgentConfiguration of(
      SelectionMode mode,
      String podSelector,
      Optional<Integer> maxBacklogMemory,
      Optional<Gears> gears,
      List<YieldTo> yieldTo) {
    return new AgentConfiguration(
        "worker-1",
        Optional.empty(),
        mode,
        Set.of("kube-system"),
        LabelRequirements.parse(podSelector),
        true,
        List.of(),
        new InetSocketAddress("127.0.0.1", 0),
        new InetSocketAddress("127.0.0.1", 0),
        Optional.empty(),
        Duration.ofSeconds(60),
        Duration.ofSeconds(30),
        maxBacklogMemory,
        gears,
        yieldTo,
        50,
        Path.of("/nowhere"));
  }
}
