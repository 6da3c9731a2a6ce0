package io.podwire.cluster;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podwire.agent.DaemonPod;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The pods of agents. */
public final class AgentPods {

  /** The container of the agent in its pod. */
  public static final String CONTAINER = "agent";

  /** The labels of what belongs to agents: their DaemonSet, its pods and their configuration. */
  public static final Map<String, String> LABELS =
      Map.of("app.kubernetes.io/name", "podwire", "app.kubernetes.io/component", "agent");

  /** While one pod takes the place of another, a node has two. */
  private static final Comparator<Pod> BEST_FIRST =
      Comparator.comparing(AgentPods::isBeingDeleted).thenComparing(pod -> !isRunning(pod));

  /** What is to be done where no node has one. */
  static final String NONE =
      "no agent is in this cluster: install Podwire first (docs/install.md), or name another cluster with KUBECONFIG";

  private AgentPods() {}

  /** One of every node that has one, by the nodes' names. */
  public static SortedMap<String, Pod> byNode(KubernetesClient client) {
    SortedMap<String, Pod> byNode = new TreeMap<>();
    client.pods().inAnyNamespace().withLabels(LABELS).list().getItems().stream()
        .sorted(BEST_FIRST)
        .forEach(pod -> byNode.putIfAbsent(new DaemonPod(pod).node(), pod));
    return byNode;
  }

  /**
   * The nodes that are meant.
   *
   * @param chosen names of nodes; all that have an agent where it is empty
   * @return none where none is chosen and none has one
   * @throws ClusterException where the API server refuses or does not answer
   */
  public static List<String> nodes(KubernetesClient client, List<String> chosen) {
    if (!chosen.isEmpty()) {
      return chosen.stream().distinct().toList();
    }
    try {
      return List.copyOf(byNode(client).keySet());
    } catch (KubernetesClientException e) {
      throw ClusterException.of(e);
    }
  }

  /** The one of a node; empty where it has none, or only one that is being deleted. */
  static Optional<Pod> on(KubernetesClient client, String node) {
    List<Pod> pods =
        client
            .pods()
            .inAnyNamespace()
            .withLabels(LABELS)
            .withField("spec.nodeName", node)
            .list()
            .getItems();
    return pods.stream().filter(pod -> !isBeingDeleted(pod)).min(BEST_FIRST);
  }

  private static boolean isBeingDeleted(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() != null;
  }

  /** Whether the agent runs, be it ready or not. */
  public static boolean isRunning(Pod pod) {
    return status(pod).map(status -> status.getState().getRunning() != null).orElse(false);
  }

  private static Optional<ContainerStatus> status(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .filter(status -> status.getName().equals(CONTAINER))
        .findFirst();
  }
}
