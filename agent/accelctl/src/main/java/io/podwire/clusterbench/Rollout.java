package io.podwire.clusterbench;

import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podwire.agent.ClusterConfig;
import io.podwire.bench.BenchException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** The pods of a DaemonSet on their way to every node; for the chart's hooks, without kubectl. */
public final class Rollout {

  private static final String READY = "ready on every node";

  private final KubernetesClient client;
  private final String namespace;
  private final String name;
  private String last = "";

  Rollout(KubernetesClient client, String namespace, String name) {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
  }

  /**
   * Waits until the pods are ready on every node that is to have one. What the API server refuses
   * meanwhile is asked for again: a role may be younger than this wait.
   *
   * @param news is told how far it is, each time that changes
   * @throws BenchException where they are not ready within the limit
   */
  public static void await(String namespace, String name, Duration limit, Consumer<String> news) {
    try (KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(ClusterConfig.find(ClusterBench.RETRIES))
            .build()) {
      new Rollout(client, namespace, name).await(limit, news);
    }
  }

  void await(Duration limit, Consumer<String> news) {
    if (Poll.until(limit, () -> Optional.of(look(news)).filter(READY::equals)).isEmpty()) {
      throw new BenchException(
          this
              + " is not ready on every node within "
              + limit.toSeconds()
              + " s: it is "
              + last
              + ": see the logs of its pods");
    }
  }

  /** Looks how far it is, and tells what is new. */
  private String look(Consumer<String> news) {
    String now = state();
    if (!now.equals(last)) {
      news.accept(this + " " + now);
      last = now;
    }
    return now;
  }

  private String state() {
    try {
      DaemonSet object = client.apps().daemonSets().inNamespace(namespace).withName(name).get();
      return object == null ? "not there" : state(object);
    } catch (KubernetesClientException e) {
      return "not known: " + ApiFailure.why(e);
    }
  }

  private static String state(DaemonSet object) {
    DaemonSetStatus status = object.getStatus();
    // The controller has counted the nodes only once it has seen this generation.
    if (status == null
        || status.getObservedGeneration() == null
        || status.getObservedGeneration() < object.getMetadata().getGeneration()) {
      return "new";
    }
    int wanted = count(status.getDesiredNumberScheduled());
    int ready = Math.min(count(status.getNumberReady()), count(status.getUpdatedNumberScheduled()));
    return ready >= wanted ? READY : "ready on " + ready + " of " + wanted + " nodes";
  }

  /** Zero may be left out. */
  private static int count(Integer number) {
    return number == null ? 0 : number;
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
