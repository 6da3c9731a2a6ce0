package io.podwire.agent;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The pages that an agent serves: its measurements, its health and its pods. */
final class AgentPages {

  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private final AgentConfiguration configuration;
  private final Supplier<AgentState> state;
  private final LongSupplier alive;
  private final Cluster cluster;
  private final AgentMetrics metrics;

  /**
   * @param alive when the reconcile loop was last seen to go on, ns of {@link System#nanoTime}
   */
  AgentPages(
      AgentConfiguration configuration,
      Supplier<AgentState> state,
      LongSupplier alive,
      Cluster cluster,
      AgentMetrics metrics) {
    this.configuration = configuration;
    this.state = state;
    this.alive = alive;
    this.cluster = cluster;
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
}
