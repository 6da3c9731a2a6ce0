package io.podwire.agent;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The pages that an agent serves: its measurements, its health and its pods, and what the CNI
 * plugin tells it.
 */
final class AgentPages {

  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private final AgentConfiguration configuration;
  private final Supplier<AgentState> state;
  private final LongSupplier alive;
  private final KubernetesCluster cluster;
  private final Supplier<CompletableFuture<Void>> pass;
  private final AgentMetrics metrics;

  /**
   * @param alive when the reconcile loop was last seen to go on, ns of {@link System#nanoTime}
   * @param pass has a pass begin at once, and says when it is over
   */
  AgentPages(
      AgentConfiguration configuration,
      Supplier<AgentState> state,
      LongSupplier alive,
      KubernetesCluster cluster,
      Supplier<CompletableFuture<Void>> pass,
      AgentMetrics metrics) {
    this.configuration = configuration;
    this.state = state;
    this.alive = alive;
    this.cluster = cluster;
    this.pass = pass;
    this.metrics = metrics;
  }

  HttpEndpoint.Answer measurements() {
    return new HttpEndpoint.Answer(200, PROMETHEUS, metrics.recent());
  }

  HttpEndpoint.Answer health() {
    Duration silent = Duration.ofNanos(System.nanoTime() - alive.getAsLong());
    Duration limit = configuration.heartbeat().multipliedBy(2).plusSeconds(5);
    return silent.compareTo(limit) < 0
        ? HttpEndpoint.Answer.ok("ok")
        : HttpEndpoint.Answer.unavailable(
            "the reconcile loop stands still for " + silent.toSeconds() + " s");
  }

  HttpEndpoint.Answer readiness() {
    AgentState now = state.get();
    return now.obstacle()
        .map(HttpEndpoint.Answer::unavailable)
        .orElseGet(
            () ->
                HttpEndpoint.Answer.ok(
                    "ok"
                        + now.unchecked().map(why -> ": " + AgentState.UNCHECKED + why).orElse("")
                        + "; "
                        + AgentState.protections(now.status())));
  }

  HttpEndpoint.Answer pods() {
    return new HttpEndpoint.Answer(
        200,
        "application/json",
        PodsDocument.of(configuration.node(), state.get(), cluster.services()).json());
  }

  /**
   * A pod is about to start.
   *
   * @param query what {@link PodStart#parse} reads
   * @return what was decided on it, once that holds in the kernel
   */
  CompletableFuture<HttpEndpoint.Answer> start(String query) {
    PodStart start;
    try {
      start = PodStart.parse(query);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.completedFuture(HttpEndpoint.Answer.bad(e.getMessage()));
    }
    return cluster
        .startingPods()
        .tell(start)
        .thenCompose(
            known ->
                known
                    ? pass.get().thenApply(passed -> decided(start.pod()))
                    : CompletableFuture.completedFuture(
                        HttpEndpoint.Answer.notFound("no pod " + start.pod() + " on this node")));
  }

  private HttpEndpoint.Answer decided(PodName pod) {
    AgentState now = state.get();
    return now.obstacle()
        .map(HttpEndpoint.Answer::unavailable)
        .or(
            () ->
                now.decisions().stream()
                    .filter(decision -> decision.pod().toString().equals(pod.toString()))
                    .findFirst()
                    .map(
                        decision ->
                            HttpEndpoint.Answer.ok(
                                (decision.selected() ? "selected: " : "not selected: ")
                                    + decision.reason())))
        .orElseGet(() -> HttpEndpoint.Answer.notFound("pod " + pod + " is gone"));
  }
}
