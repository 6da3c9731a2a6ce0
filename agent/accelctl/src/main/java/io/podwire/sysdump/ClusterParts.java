package io.podwire.sysdump;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeSystemInfo;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.ContainerResource;
import io.podwire.agent.ApiFailure;
import io.podwire.agent.NodeAnnotation;
import io.podwire.agent.NodeEvents;
import io.podwire.cluster.AgentPods;
import io.podwire.cluster.AgentRollout;
import io.podwire.cluster.ClusterException;
import io.podwire.cluster.FanOut;
import io.podwire.cluster.NodeAgent;
import io.podwire.testbed.Progress;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a sysdump has of a cluster. Of objects that others may write to only what is Podwire's: no
 * Secret is read, no pod but the agents', and of environments and configuration only the values
 * whose names begin with {@code PODWIRE_}.
 */
public final class ClusterParts {

  private static final Duration NODE_LIMIT = Duration.ofMinutes(2);
  private static final int LOG_LINES = 5_000;

  private static final String EVENTS_OF_NODES = "default";

  private static final String OURS = "PODWIRE_";
  private static final String LEFT_OUT = "(left out)";
  private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

  private final KubernetesClient client;
  private final Archive archive;

  /**
   * @param client is not closed with this
   */
  public ClusterParts(KubernetesClient client, Archive archive) {
    this.client = client;
    this.archive = archive;
  }

  /**
   * Adds everything.
   *
   * @param nodes whose agents are asked; none where no agent runs
   * @param progress hears of each that is finished
   */
  public void add(List<String> nodes, Progress progress) {
    archive.add("nodes.txt", this::nodes);
    archive.add("events.txt", this::events);
    if (nodes.isEmpty()) {
      archive.lacks("nodes", "no agent runs: no node of this cluster has a pod of one");
    }
    try {
      AgentRollout.find(client).forEach(rollout -> addObjects(rollout.object()));
      SortedMap<String, Pod> pods = AgentPods.byNode(client);
      FanOut.over(
          nodes,
          "nodes asked",
          progress,
          node -> {
            addNode(node, Optional.ofNullable(pods.get(node)));
            return node;
          });
    } catch (KubernetesClientException e) {
      archive.lacks("agents", ApiFailure.why(e));
    }
  }

  private String nodes() {
    return client.nodes().list().getItems().stream()
        .sorted(Comparator.comparing(node -> node.getMetadata().getName()))
        .map(ClusterParts::node)
        .collect(Collectors.joining());
  }

  private static String node(Node node) {
    Optional<NodeSystemInfo> info =
        Optional.ofNullable(node.getStatus()).map(status -> status.getNodeInfo());
    Map<String, String> annotations = node.getMetadata().getAnnotations();
    return Stream.of(
            node.getMetadata().getName(),
            info.map(NodeSystemInfo::getKernelVersion).orElse(null),
            info.map(NodeSystemInfo::getArchitecture).orElse(null),
            info.map(NodeSystemInfo::getOsImage).orElse(null),
            info.map(NodeSystemInfo::getContainerRuntimeVersion).orElse(null),
            info.map(NodeSystemInfo::getKubeletVersion).map("kubelet "::concat).orElse(null),
            annotations == null ? null : annotations.get(NodeAnnotation.KEY))
        .map(word -> word == null ? "-" : word)
        .collect(Collectors.joining(", ", "", "\n"));
  }

  /** What agents told of Nodes and of themselves, and what the cluster tells of agents. */
  private String events() {
    List<DaemonSet> sets = AgentRollout.find(client).stream().map(AgentRollout::object).toList();
    return Stream.concat(
            Stream.of(EVENTS_OF_NODES),
            sets.stream().map(object -> object.getMetadata().getNamespace()))
        .distinct()
        .flatMap(this::events)
        .filter(event -> isByAnAgent(event) || sets.stream().anyMatch(set -> isOf(event, set)))
        .sorted(Comparator.comparing(ClusterParts::time))
        .map(ClusterParts::line)
        .collect(Collectors.joining());
  }

  private Stream<Event> events(String namespace) {
    return client.v1().events().inNamespace(namespace).list().getItems().stream();
  }

  private static boolean isByAnAgent(Event event) {
    return event.getSource() != null && NodeEvents.SOURCE.equals(event.getSource().getComponent());
  }

  /** Of a DaemonSet, or of one of its pods, whose names begin with its own. */
  private static boolean isOf(Event event, DaemonSet set) {
    return set.getMetadata().getNamespace().equals(event.getMetadata().getNamespace())
        && event.getInvolvedObject().getName().startsWith(set.getMetadata().getName());
  }

  private static String time(Event event) {
    return Stream.of(
            event.getLastTimestamp(),
            event.getFirstTimestamp(),
            event.getMetadata().getCreationTimestamp())
        .filter(time -> time != null)
        .findFirst()
        .orElse("");
  }

  private static String line(Event event) {
    return "%s %s %s %s/%s: %s (%s times)%n"
        .formatted(
            time(event),
            event.getType(),
            event.getReason(),
            event.getInvolvedObject().getKind(),
            event.getInvolvedObject().getName(),
            event.getMessage(),
            Optional.ofNullable(event.getCount()).orElse(1));
  }

  private void addObjects(DaemonSet object) {
    PodSpec pod = object.getSpec().getTemplate().getSpec();
    List<Container> containers =
        Stream.concat(pod.getInitContainers().stream(), pod.getContainers().stream()).toList();
    String namespace = object.getMetadata().getNamespace();
    archive.add(
        "daemonset.yaml",
        () -> {
          containers.stream()
              .flatMap(container -> container.getEnv().stream())
              .forEach(ClusterParts::leaveOut);
          return yaml(object);
        });
    containers.stream()
        .flatMap(container -> container.getEnvFrom().stream())
        .flatMap(source -> Stream.ofNullable(source.getConfigMapRef()))
        .map(reference -> reference.getName())
        .distinct()
        .forEach(
            name ->
                archive.add("configmap-" + name + ".yaml", () -> configuration(namespace, name)));
  }

  private static void leaveOut(EnvVar variable) {
    if (variable.getValue() != null && !variable.getName().startsWith(OURS)) {
      variable.setValue(LEFT_OUT);
    }
  }

  private String configuration(String namespace, String name) {
    ConfigMap map = client.configMaps().inNamespace(namespace).withName(name).get();
    if (map == null) {
      throw new ClusterException("there is no ConfigMap " + namespace + "/" + name);
    }
    map.setBinaryData(null);
    if (map.getData() != null) {
      map.getData().replaceAll((key, value) -> key.startsWith(OURS) ? value : LEFT_OUT);
    }
    return yaml(map);
  }

  /** Without what is there twice. */
  private String yaml(HasMetadata object) {
    ObjectMeta metadata = object.getMetadata();
    metadata.setManagedFields(null);
    if (metadata.getAnnotations() != null) {
      metadata.getAnnotations().remove(LAST_APPLIED);
    }
    return client.getKubernetesSerialization().asYaml(object);
  }

  private void addNode(String node, Optional<Pod> pod) {
    String directory = "nodes/" + node;
    if (pod.isEmpty()) {
      archive.lacks(directory, "no agent runs there");
      return;
    }
    archive.add(
        directory + "/pod.yaml",
        () -> client.getKubernetesSerialization().asYaml(pod.get().getStatus()));
    statuses(pod.get()).forEach(container -> addLogs(directory, pod.get(), container));
    try {
      ByteArrayOutputStream dump = new ByteArrayOutputStream();
      NodeAgent.of(client, node, pod.get()).within(NODE_LIMIT).sysdump(dump);
      archive.addAll(directory, new ByteArrayInputStream(dump.toByteArray()));
    } catch (ClusterException e) {
      archive.lacks(directory, e.getMessage());
    }
  }

  private static Stream<ContainerStatus> statuses(Pod pod) {
    return Stream.concat(
        pod.getStatus().getInitContainerStatuses().stream(),
        pod.getStatus().getContainerStatuses().stream());
  }

  /** The end of its log, and of that before its last restart. */
  private void addLogs(String directory, Pod pod, ContainerStatus status) {
    ContainerResource container =
        client
            .pods()
            .inNamespace(pod.getMetadata().getNamespace())
            .withName(pod.getMetadata().getName())
            .inContainer(status.getName());
    String name = directory + "/" + status.getName();
    archive.add(name + ".log", () -> container.tailingLines(LOG_LINES).getLog());
    if (status.getRestartCount() != null && status.getRestartCount() > 0) {
      archive.add(
          name + ".previous.log", () -> container.terminated().tailingLines(LOG_LINES).getLog());
    }
  }
}
