package io.podwire.agent;

import static java.util.stream.Collectors.joining;

import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The pods of a DaemonSet on their way to every node; the chart's hook has no kubectl. */
public final class Rollout {

  private static final Duration INTERVAL = Duration.ofMillis(200);

  /** Nodes that the message of a failure names. */
  private static final int NAMED = 10;

  /**
   * What is seen of it.
   *
   * @param object the DaemonSet, where it is there and its controller has counted its nodes
   * @param text how far it is
   */
  private record Progress(Optional<DaemonSet> object, String text, boolean done) {

    static Progress none(String text) {
      return new Progress(Optional.empty(), text, false);
    }
  }

  private final KubernetesClient client;
  private final String namespace;
  private final String name;
  private String told = "";

  /**
   * @param client is not closed with this, which holds nothing
   */
  Rollout(KubernetesClient client, String namespace, String name) {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
  }

  /**
   * Waits until the pods are ready on every node that is to have one. What the API server refuses
   * meanwhile is asked for again: a role may be younger than this wait.
   *
   * @param news is told how far it is, each time that changes, and at the end what each pod that is
   *     not ready says
   * @throws AgentException where no cluster is found, or the pods are not ready within the limit
   */
  public static void await(String namespace, String name, Duration limit, Consumer<String> news) {
    try (KubernetesClient client = ClusterClient.open()) {
      new Rollout(client, namespace, name).await(limit, news);
    }
  }

  void await(Duration limit, Consumer<String> news) {
    long deadline = System.nanoTime() + limit.toNanos();
    Progress seen = look(news);
    while (!seen.done() && System.nanoTime() < deadline) {
      pause();
      seen = look(news);
    }
    if (!seen.done()) {
      String within = limit.toString().substring("PT".length()).toLowerCase(Locale.ROOT);
      throw new AgentException(
          this + " is not ready within " + within + ": " + seen.text() + missing(seen, news));
    }
  }

  private static void pause() {
    try {
      TimeUnit.NANOSECONDS.sleep(INTERVAL.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AgentException("interrupted while waiting for the cluster", e);
    }
  }

  /** Looks how far it is, and tells what is new. */
  private Progress look(Consumer<String> news) {
    Progress now = progress();
    if (!now.text().equals(told)) {
      news.accept(this + " " + now.text());
      told = now.text();
    }
    return now;
  }

  private Progress progress() {
    try {
      DaemonSet object = client.apps().daemonSets().inNamespace(namespace).withName(name).get();
      return object == null ? Progress.none("not there") : progress(object);
    } catch (KubernetesClientException e) {
      return Progress.none("not known: " + ApiFailure.what(e));
    }
  }

  private static Progress progress(DaemonSet object) {
    DaemonSetStatus status = object.getStatus();
    // The controller has counted the nodes only once it has seen this generation.
    if (status == null
        || status.getObservedGeneration() == null
        || status.getObservedGeneration() < object.getMetadata().getGeneration()) {
      return Progress.none("new");
    }
    int wanted = count(status.getDesiredNumberScheduled());
    int ready = Math.min(count(status.getNumberReady()), count(status.getUpdatedNumberScheduled()));
    return new Progress(
        Optional.of(object), "ready on " + ready + " of " + wanted + " nodes", ready >= wanted);
  }

  /** Zero may be left out. */
  private static int count(Integer number) {
    return number == null ? 0 : number;
  }

  /** Tells what holds up each pod that is not ready, and names their nodes. */
  private String missing(Progress seen, Consumer<String> news) {
    if (seen.object().isEmpty()) {
      return "";
    }
    List<DaemonPod> pods;
    try {
      pods = pods(seen.object().get());
    } catch (KubernetesClientException e) {
      news.accept("the pods of " + this + " are not known: " + ApiFailure.what(e));
      return "";
    }
    pods.forEach(pod -> news.accept(pod.node() + ": " + PodObstacle.of(pod.pod())));
    String named = pods.stream().limit(NAMED).map(DaemonPod::node).collect(joining(", "));
    int others = pods.size() - NAMED;
    return pods.isEmpty()
        ? ""
        : ", not on " + named + (others > 0 ? " and " + others + " more" : "");
  }

  /** Those that are not ready. One that another owner left behind may have the same labels. */
  private List<DaemonPod> pods(DaemonSet object) {
    return client
        .pods()
        .inNamespace(namespace)
        .withLabelSelector(object.getSpec().getSelector())
        .list()
        .getItems()
        .stream()
        .filter(pod -> !Readiness.isPodReady(pod))
        .map(DaemonPod::new)
        .filter(pod -> pod.isOf(object))
        .sorted(Comparator.comparing(DaemonPod::node))
        .toList();
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
