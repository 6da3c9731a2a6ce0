package io.podwire.agent;

import io.podwire.datapath.Authority;
import io.podwire.datapath.Gears;
import io.podwire.datapath.Settings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that an agent can be told; built in one place, from options and environment.
 *
 * @param node name of the Node whose pods it follows
 * @param pod the Pod that it runs in, which gets Events of its own; empty outside a Pod
 * @param selectionMode what holds where no annotation says anything
 * @param excludedNamespaces namespaces of which no pod is ever selected
 * @param podSelector labels that a pod must have to be selected
 * @param followsNetworkPolicies whether a change of a pod's policies sends its flows back to TCP
 * @param policyKinds kinds of policies beside NetworkPolicy of which the same holds; none where it
 *     does not follow those
 * @param listen where metrics are served
 * @param probes where health is served, to this host alone: a loopback address
 * @param cniSocket where it listens for the CNI plugin, an absolute path; empty where it does not
 * @param resync between two full passes, which also repair edits of others; at least a second
 * @param heartbeat how long new connections join after the agent died; at least a second
 * @param maxBacklogMemory {@link Settings#maxBacklogMemory} of the node, in bytes; empty where it
 *     stays as it is
 * @param gears {@link Settings#gears} of the node; empty where they stay as they are
 * @param yieldTo which pods are left to other owners of sockets while those are loaded
 * @param workloadPairs how many pairs of workloads have metrics of their own, at most 1,000; 0 for
 *     no metrics by workload
 * @param proc the {@code /proc} of the host, in which pods' network namespaces are looked into
 */
public record AgentConfiguration(
    String node,
    Optional<PodName> pod,
    SelectionMode selectionMode,
    Set<String> excludedNamespaces,
    LabelRequirements podSelector,
    boolean followsNetworkPolicies,
    List<PolicyKind> policyKinds,
    InetSocketAddress listen,
    InetSocketAddress probes,
    Optional<Path> cniSocket,
    Duration resync,
    Duration heartbeat,
    Optional<Integer> maxBacklogMemory,
    Optional<Gears> gears,
    List<YieldTo> yieldTo,
    int workloadPairs,
    Path proc) {

  private static final int MAX_WORKLOAD_PAIRS = 1000;

  /**
   * @throws IllegalArgumentException naming the key that is out of range
   */
  public AgentConfiguration {
    excludedNamespaces = Set.copyOf(excludedNamespaces);
    policyKinds = List.copyOf(policyKinds);
    yieldTo = List.copyOf(yieldTo);
    if (!policyKinds.isEmpty() && !followsNetworkPolicies) {
      throw new IllegalArgumentException(
          "policy-kinds names "
              + policyKinds.get(0)
              + ", and network-policy is ignore: make it retire, or name none");
    }
    if (!probes.getAddress().isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "probe-listen must be an address of this host alone, 127.0.0.1 or [::1], not "
              + probes.getAddress().getHostAddress());
    }
    cniSocket
        .filter(path -> !path.isAbsolute())
        .ifPresent(
            path -> {
              throw new IllegalArgumentException(
                  "cni-socket must be an absolute path, not " + path);
            });
    requireSecond("resync", resync);
    requireSecond("heartbeat", heartbeat);
    if (workloadPairs < 0 || workloadPairs > MAX_WORKLOAD_PAIRS) {
      throw new IllegalArgumentException(
          "workload-pairs must be 0 to " + MAX_WORKLOAD_PAIRS + ", not " + workloadPairs);
    }
    maxBacklogMemory.ifPresent(Settings.DEFAULT::withMaxBacklogMemory);
  }

  /**
   * Settings, but with what the agent was told.
   *
   * @param by who switched the datapath; an operator's word on the node whether it only observes
   *     holds
   */
  Settings told(Settings settings, Authority by) {
    return settings
        .withMaxBacklogMemory(maxBacklogMemory.orElse(settings.maxBacklogMemory()))
        .withGears(gears.orElse(settings.gears()))
        .withObserves(
            by == Authority.LOCAL ? settings.observes() : selectionMode == SelectionMode.OBSERVE);
  }

  private static void requireSecond(String name, Duration value) {
    if (value.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          name + " must be 1s or more, not " + value.toMillis() + "ms");
    }
  }
}
