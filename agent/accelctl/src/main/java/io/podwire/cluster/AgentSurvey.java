package io.podwire.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podwire.agent.AgentException;
import io.podwire.agent.PodObstacle;
import io.podwire.agent.PodsDocument;
import io.podwire.testbed.Progress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;

/** Asks all agents of a cluster how they are. */
public final class AgentSurvey {

  /** For each of two questions that a node is asked. */
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(20);

  private static final Duration PAUSE = Duration.ofSeconds(2);

  private final KubernetesClient client;
  private final Progress progress;

  /**
   * @param client is not closed with this, which holds nothing
   * @param progress hears of each node that answered
   */
  public AgentSurvey(KubernetesClient client, Progress progress) {
    this.client = client;
    this.progress = progress;
  }

  /**
   * Asks once. A node that does not answer within 20 s to each of two questions has a report that
   * says so.
   *
   * @throws ClusterException where the API server refuses or does not answer
   */
  public ClusterStatus take() {
    try {
      SortedMap<String, Pod> pods = AgentPods.byNode(client);
      List<AgentRollout> rollouts = AgentRollout.find(client);
      List<NodeReport> nodes =
          FanOut.over(
              List.copyOf(pods.entrySet()),
              "nodes asked",
              progress,
              entry -> report(entry, rollouts));
      return new ClusterStatus(nodes, problems(pods, rollouts));
    } catch (KubernetesClientException e) {
      throw ClusterException.of(e);
    }
  }

  /**
   * Asks again and again until all is as wished, or the time is over.
   *
   * @return what was seen last
   * @throws ClusterException where the API server refuses or does not answer
   */
  public ClusterStatus await(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    ClusterStatus seen = take();
    while (!seen.isAsWished() && System.nanoTime() < deadline) {
      progress.step(seen.nodesAsWished(), seen.nodes().size(), "nodes as wished");
      Poll.pause(PAUSE);
      seen = take();
    }
    return seen;
  }

  private static List<String> problems(SortedMap<String, Pod> pods, List<AgentRollout> rollouts) {
    if (pods.isEmpty() && rollouts.isEmpty()) {
      return List.of(AgentPods.NONE);
    }
    return rollouts.stream()
        .map(rollout -> rollout.problem(pods.values()))
        .flatMap(Optional::stream)
        .toList();
  }

  private NodeReport report(Map.Entry<String, Pod> entry, List<AgentRollout> rollouts) {
    String node = entry.getKey();
    Pod pod = entry.getValue();
    List<String> problems = new ArrayList<>();
    rollouts.stream()
        .filter(rollout -> rollout.isOutdated(pod))
        .forEach(rollout -> problems.add("its pod is older than the newest of " + rollout));
    Optional<NodeStatus> status = Optional.empty();
    Optional<PodsDocument> pods = Optional.empty();
    if (!AgentPods.isRunning(pod)) {
      problems.add("the agent does not run: " + PodObstacle.of(pod));
    } else {
      try {
        NodeAgent agent = NodeAgent.of(client, node, pod).within(ANSWER_LIMIT);
        status = Optional.of(agent.status());
        pods = Optional.of(agent.pods());
      } catch (ClusterException | AgentException e) {
        problems.add("no answer: " + e.getMessage());
      }
    }
    pods.filter(document -> !document.ready())
        .ifPresent(document -> problems.add("not ready: " + document.obstacle()));
    status.stream().flatMap(AgentSurvey::problems).forEach(problems::add);
    return new NodeReport(
        node,
        pods.map(PodsDocument::ready).orElse(false),
        status,
        pods.map(PodsDocument::version).orElse(""),
        List.copyOf(problems));
  }

  private static Stream<String> problems(NodeStatus status) {
    return Stream.concat(
        status.deviation().stream(),
        status.another().stream()
            .map(build -> "new connections join build " + build + ", which is not the agent's"));
  }
}
