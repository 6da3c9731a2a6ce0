package io.podwire.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.podwire.agent.OneLine;
import io.podwire.agent.PodObstacle;
import io.podwire.agent.PodsDocument;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** The agent of a node, asked by {@code accelctl} in its container. */
public final class NodeAgent {

  /** Binds a document to a record of the fields that are read; other versions have others. */
  static final ObjectMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  /** Characters of an answer that means nothing which a message has. */
  private static final int MOST_SAID = 200;

  private static final Duration SELECTION_LIMIT = Duration.ofSeconds(30);

  private final String node;
  private final Container container;
  private final String image;

  private NodeAgent(String node, Container container, String image) {
    this.node = node;
    this.container = container;
    this.image = image;
  }

  /**
   * Finds it.
   *
   * @throws ClusterException where none runs there
   */
  public static NodeAgent of(KubernetesClient client, String node) {
    return of(
        client,
        node,
        AgentPods.on(client, node)
            .orElseThrow(
                () ->
                    new ClusterException(
                        "no agent runs on node "
                            + node
                            + ": install Podwire there first, or name another --node (kubectl get pods -A -o wide -l app.kubernetes.io/name=podwire)")));
  }

  /**
   * The agent in a pod of a node.
   *
   * @throws ClusterException where it does not run
   */
  public static NodeAgent of(KubernetesClient client, String node, Pod pod) {
    if (!AgentPods.isRunning(pod)) {
      throw notRunning(pod, node);
    }
    return new NodeAgent(
        node,
        new Container(
            client,
            pod.getMetadata().getNamespace(),
            pod.getMetadata().getName(),
            AgentPods.CONTAINER),
        image(pod));
  }

  /** The same agent, which may take so long for each answer in place of 60 s. */
  public NodeAgent within(Duration limit) {
    return new NodeAgent(node, container.within(limit), image);
  }

  private static String image(Pod pod) {
    return pod.getSpec().getContainers().stream()
        .filter(container -> container.getName().equals(AgentPods.CONTAINER))
        .findFirst()
        .orElseThrow()
        .getImage();
  }

  private static ClusterException notRunning(Pod pod, String node) {
    String name = pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
    return new ClusterException(
        "the agent of node "
            + node
            + " does not run: pod "
            + name
            + ": "
            + PodObstacle.of(pod)
            + ": see kubectl describe pod -n "
            + pod.getMetadata().getNamespace()
            + " "
            + pod.getMetadata().getName());
  }

  /** The image that it runs. */
  public String image() {
    return image;
  }

  /** What the agent says of the pods of its node, and of itself. */
  public PodsDocument pods() {
    return PodsDocument.parse(container.run("accelctl", "pods", "-o", "json"));
  }

  /** What the node's datapath is and has done. */
  public NodeStatus status() {
    return answer("status", NodeStatus.Document.class, NodeStatus::of);
  }

  /** Has it write what a sysdump has of its node. */
  public void sysdump(OutputStream out) {
    container.run(out, "accelctl", "sysdump", "--output", "-");
  }

  /** The connection from one pod to the other that is joined now. */
  public Optional<SeenFlow> flow(String client, String server, int port) {
    return answer(
        "flows",
        SeenFlow.Document.class,
        document -> SeenFlow.find(document, client, server, port));
  }

  /**
   * Requires that it follows the cluster.
   *
   * @throws ClusterException where it does not, which says why
   */
  public void requireReady() {
    PodsDocument pods = pods();
    if (!pods.ready()) {
      throw new ClusterException(
          "the agent of node "
              + node
              + " is not ready: "
              + pods.obstacle()
              + ": see docs/operations.md");
    }
  }

  /**
   * Waits until it selected these pods.
   *
   * @throws ClusterException where it does not within 30 s
   */
  public void requireSelected(Container... pods) {
    for (Container pod : pods) {
      PodsDocument.Entry[] last = new PodsDocument.Entry[1];
      Optional<PodsDocument.Entry> selected =
          Poll.until(
              SELECTION_LIMIT,
              () -> {
                Optional<PodsDocument.Entry> entry = entry(pods(), pod);
                entry.ifPresent(found -> last[0] = found);
                return entry.filter(PodsDocument.Entry::selected);
              });
      if (selected.isEmpty()) {
        throw new ClusterException(
            "the agent of node "
                + node
                + " does not select pod "
                + pod
                + ": "
                + (last[0] == null ? "it does not know it" : last[0].reason())
                + ": name another --namespace");
      }
    }
  }

  private static Optional<PodsDocument.Entry> entry(PodsDocument document, Container pod) {
    return document.pods().stream()
        .filter(
            entry -> entry.namespace().equals(pod.namespace()) && entry.name().equals(pod.pod()))
        .findFirst();
  }

  private <D, T> T answer(String verb, Class<D> document, Function<D, T> reading) {
    String said = container.run("accelctl", verb, "-o", "json");
    try {
      return reading.apply(JSON.readValue(said, document));
    } catch (JacksonException | IllegalArgumentException e) {
      throw new ClusterException(
          "accelctl "
              + verb
              + " in pod "
              + container
              + " printed no answer of this version: "
              + OneLine.of(said.length() > MOST_SAID ? said.substring(0, MOST_SAID) : said),
          e);
    }
  }
}
