package io.podwire.clusterbench;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.podwire.agent.PodsDocument;
import io.podwire.bench.BenchException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** The agent of a node, asked by {@code accelctl} in its container. */
final class NodeAgent {

  /** Binds a document to a record of the fields that are read; other versions have others. */
  static final ObjectMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private static final String CONTAINER = "agent";
  private static final Map<String, String> LABELS =
      Map.of("app.kubernetes.io/name", "podwire", "app.kubernetes.io/component", "agent");

  private final Container container;
  private final String image;

  private NodeAgent(Container container, String image) {
    this.container = container;
    this.image = image;
  }

  /**
   * Finds it.
   *
   * @throws BenchException where none runs there
   */
  static NodeAgent of(KubernetesClient client, String node) {
    List<Pod> agents =
        client
            .pods()
            .inAnyNamespace()
            .withLabels(LABELS)
            .withField("spec.nodeName", node)
            .list()
            .getItems()
            .stream()
            .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
            .toList();
    if (agents.isEmpty()) {
      throw new BenchException(
          "no agent runs on node "
              + node
              + ": install Podwire there first, or name another --node (kubectl get pods -A -o wide -l app.kubernetes.io/name=podwire)");
    }
    Pod agent =
        agents.stream()
            .filter(NodeAgent::isRunning)
            .findFirst()
            .orElseThrow(() -> notRunning(agents.get(0), node));
    return new NodeAgent(
        new Container(
            client, agent.getMetadata().getNamespace(), agent.getMetadata().getName(), CONTAINER),
        image(agent));
  }

  private static boolean isRunning(Pod pod) {
    return status(pod).map(status -> status.getState().getRunning() != null).orElse(false);
  }

  private static Optional<ContainerStatus> status(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .filter(status -> status.getName().equals(CONTAINER))
        .findFirst();
  }

  private static String image(Pod pod) {
    return pod.getSpec().getContainers().stream()
        .filter(container -> container.getName().equals(CONTAINER))
        .findFirst()
        .orElseThrow()
        .getImage();
  }

  private static BenchException notRunning(Pod pod, String node) {
    String name = pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
    return new BenchException(
        "the agent of node "
            + node
            + " does not run: pod "
            + name
            + " is "
            + PodState.describe(pod)
            + ": see kubectl describe pod -n "
            + pod.getMetadata().getNamespace()
            + " "
            + pod.getMetadata().getName());
  }

  /** The image that it runs. */
  String image() {
    return image;
  }

  /** What the agent says of the pods of its node, and of itself. */
  PodsDocument pods() {
    return PodsDocument.parse(container.run("accelctl", "pods", "-o", "json"));
  }

  /** What the node's datapath is and has done. */
  NodeStatus status() {
    return NodeStatus.of(answer("status", NodeStatus.Document.class));
  }

  /** The connection from one pod to the other that is joined now. */
  Optional<SeenFlow> flow(String client, String server, int port) {
    return SeenFlow.find(answer("flows", SeenFlow.Document.class), client, server, port);
  }

  private <T> T answer(String verb, Class<T> document) {
    String said = container.run("accelctl", verb, "-o", "json");
    try {
      return JSON.readValue(said, document);
    } catch (JacksonException e) {
      throw new BenchException(
          "accelctl "
              + verb
              + " in pod "
              + container
              + " printed no answer of this version: "
              + said,
          e);
    }
  }
}
