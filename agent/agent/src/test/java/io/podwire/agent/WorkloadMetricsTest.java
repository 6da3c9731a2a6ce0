package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.podwire.datapath.Counter;
import io.podwire.datapath.InMemoryDatapath;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class WorkloadMetricsTest {

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final WorkloadMetrics metrics =
      new WorkloadMetrics(50, "worker-1", datapath, SeenFlows::state, registry);

  @AfterEach
  void close() {
    metrics.close();
    registry.close();
  }

  @Test
  void whatIsRedirectedIsMeasuredByTheNamesThatTopPrints() {
    metrics.look(); // nothing is loaded yet
    datapath.enable();
    datapath.openFlows(1);
    redirect(7);
    datapath.list(SeenFlows.flow("web", "db", 1, 5));

    metrics.look();

    assertThat(registry.scrape())
        .contains(
            "{client_namespace=\"default\",client_workload=\"deployment/web\",server_namespace=\"default\",server_workload=\"deployment/db\"} 5.0\n",
            "client_workload=\"unattributed\",server_namespace=\"\",server_workload=\"unattributed\"} 2.0\n",
            "podwire_workload_metrics_suspended 0.0\n");
  }

  @Test
  void aNodeOfVeryManyFlowsIsNotLookedAtAndSaysSoUntilTheyAreClearlyFewer() {
    metrics.look();
    datapath.enable();
    datapath.openFlows(WorkloadMetrics.MAX_FLOWS + 1);
    datapath.list(SeenFlows.flow("web", "db", 1, 5));
    redirect(5);
    metrics.look();
    assertThat(registry.scrape())
        .contains("podwire_workload_metrics_suspended 1.0\n")
        .contains("server_workload=\"unattributed\"} 5.0\n")
        .doesNotContain("deployment/web");

    datapath.openFlows(WorkloadMetrics.MAX_FLOWS);
    metrics.look();
    assertThat(registry.scrape()).contains("podwire_workload_metrics_suspended 1.0\n");

    datapath.openFlows(WorkloadMetrics.MAX_FLOWS / 2);
    metrics.look();
    assertThat(registry.scrape()).contains("podwire_workload_metrics_suspended 0.0\n");
  }

  @Test
  void itLooksByItself() {
    assertThat(registry.scrape()).contains("podwire_workload_look_age_seconds NaN");
    metrics.start();

    await()
        .untilAsserted(
            () ->
                assertThat(registry.scrape())
                    .doesNotContain("podwire_workload_look_age_seconds NaN"));
  }

  private void redirect(long messages) {
    datapath.count(Counter.REDIRECTED, messages);
    datapath.count(Counter.REDIRECTED_BYTES, 10 * messages);
  }
}
