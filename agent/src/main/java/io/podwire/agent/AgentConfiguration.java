package io.podwire.agent;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;

/**
 * Everything that an agent can be told; built in one place, from options and environment.
 *
 * @param node name of the Node whose pods it follows
 * @param mode what holds where no annotation says anything
 * @param excludedNamespaces namespaces of which no pod is ever selected
 * @param podSelector labels that a pod must have to be selected
 * @param followsNetworkPolicies whether a change of a pod's policies sends its flows back to TCP
 * @param listen where metrics and health are served
 * @param resync between two full passes, which also repair edits of others; at least a second
 * @param heartbeat how long new connections join after the agent died; at least a second
 */
public record AgentConfiguration(
    String node,
    Mode mode,
    Set<String> excludedNamespaces,
    LabelRequirements podSelector,
    boolean followsNetworkPolicies,
    InetSocketAddress listen,
    Duration resync,
    Duration heartbeat) {

  /**
   * @throws IllegalArgumentException naming the key that is out of range
   */
  public AgentConfiguration {
    excludedNamespaces = Set.copyOf(excludedNamespaces);
    requireSecond("resync", resync);
    requireSecond("heartbeat", heartbeat);
  }

  private static void requireSecond(String name, Duration value) {
    if (value.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          name + " must be 1s or more, not " + value.toMillis() + "ms");
    }
  }
}
