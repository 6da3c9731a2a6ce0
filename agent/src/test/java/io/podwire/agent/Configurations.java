package io.podwire.agent;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;

/** Configurations of agents. */
final class Configurations {

  private Configurations() {}

  static AgentConfiguration of(Mode mode, String podSelector) {
    return new AgentConfiguration(
        "worker-1",
        mode,
        Set.of("kube-system"),
        LabelRequirements.parse(podSelector),
        true,
        new InetSocketAddress("127.0.0.1", 0),
        Duration.ofSeconds(60),
        Duration.ofSeconds(30));
  }
}
