package io.podwire.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podwire.agent.AgentException;
import io.podwire.agent.ApiFailure;
import io.podwire.testbed.Progress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Shows on nodes of a cluster that connections between two pods of theirs are redirected. */
public final class Verification {

  /** The name of what it makes. */
  private static final String PURPOSE = "podwire-verify";

  private static final Duration PROOF_LIMIT = Duration.ofSeconds(30);

  private final KubernetesClient client;
  private final String namespace;
  private final Optional<String> image;
  private final Consumer<String> left;
  private final Duration proofLimit;

  /**
   * @param client is not closed with this
   * @param namespace where pods and Services are made
   * @param image of the pods; the agent's where it is empty
   * @param left as of {@link Undo}; is told by any thread
   */
  public Verification(
      KubernetesClient client, String namespace, Optional<String> image, Consumer<String> left) {
    this(client, namespace, image, left, PROOF_LIMIT);
  }

  Verification(
      KubernetesClient client,
      String namespace,
      Optional<String> image,
      Consumer<String> left,
      Duration proofLimit) {
    this.client = client;
    this.namespace = namespace;
    this.image = image;
    this.left = left;
    this.proofLimit = proofLimit;
  }

  /**
   * Makes two pods and a Service on each node, and deletes them, also when the JVM is ended in the
   * middle. A node that cannot be verified says why.
   *
   * @param chosen names of nodes; all that have an agent where it is empty
   * @param progress hears of each node that is finished
   * @throws ClusterException where no node has an agent, or the API server refuses or does not
   *     answer
   */
  public List<NodeVerification> of(List<String> chosen, Progress progress) {
    List<String> nodes = AgentPods.nodes(client, chosen);
    if (nodes.isEmpty()) {
      throw new ClusterException(AgentPods.NONE);
    }
    return FanOut.over(nodes, "nodes verified", progress, this::verify);
  }

  private NodeVerification verify(String node) {
    Optional<SeenFlow> byPodIp = Optional.empty();
    Optional<SeenFlow> throughService = Optional.empty();
    Optional<String> problem = Optional.empty();
    try (Undo undo = new Undo(left)) {
      NodeAgent agent = NodeAgent.of(client, node);
      agent.requireReady();
      agent
          .status()
          .obstacle()
          .ifPresent(
              why -> {
                throw new ClusterException("acceleration is not enabled: " + why);
              });
      SockperfPods pods =
          new SockperfPods(
              client,
              PURPOSE,
              new ClusterPlace(node, namespace, image),
              image.orElse(agent.image()),
              undo);
      agent.requireSelected(pods.server(), pods.client());
      RedirectionProof proof = new RedirectionProof(agent, pods, proofLimit);
      byPodIp = Optional.of(proof.of(pods.serverAddress()));
      throughService = Optional.of(proof.of(pods.serviceAddress()));
    } catch (KubernetesClientException e) {
      problem = Optional.of(ApiFailure.why(e));
    } catch (ClusterException | AgentException e) {
      problem = Optional.of(e.getMessage());
    }
    return new NodeVerification(node, byPodIp, throughService, problem);
  }
}
