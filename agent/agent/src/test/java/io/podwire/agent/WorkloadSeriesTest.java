package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class WorkloadSeriesTest {

  private static final WorkloadPair SMALL = SeenFlows.pair("web", "cache");
  private static final WorkloadPair LARGE = SeenFlows.pair("web", "db");
  private static final WorkloadPair LATE = SeenFlows.pair("batch", "db");
  private static final long HOUR = WorkloadSeries.PERIOD.toNanos();

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  @AfterEach
  void close() {
    registry.close();
  }

  @Test
  void theLargestPairsHaveSeriesAndTheRestIsOther() {
    WorkloadSeries series = new WorkloadSeries(1, registry, 0);

    series.add(Map.of(SMALL, new Amount(1, 10), LARGE, new Amount(5, 50)), 1);
    series.add(Map.of(SMALL, new Amount(100, 1000), LARGE, new Amount(1, 20)), 2);

    assertThat(registry.scrape())
        .contains(
            bytes("default", "deployment/web", "deployment/db", 70),
            bytes("", "other", "other", 1010),
            bytes("", "unattributed", "unattributed", 0))
        .doesNotContain("deployment/cache")
        .contains("# HELP podwire_workload_redirected_bytes_total Bytes of messages that");
  }

  @Test
  void onceAnHourAPairThatRedirectsMoreThanTwiceAsMuchTakesAPlaceAndNoSeriesGoesBack() {
    WorkloadSeries series = new WorkloadSeries(1, registry, 0);
    series.add(Map.of(SMALL, new Amount(1000, 1000)), 1);

    series.add(Map.of(LATE, new Amount(2000, 2000)), 2); // twice as much is not enough
    series.add(Map.of(), HOUR);
    assertThat(registry.scrape()).contains("deployment/cache").doesNotContain("deployment/batch");

    series.add(Map.of(LATE, new Amount(2001, 2001)), HOUR + 1);
    series.add(Map.of(SMALL, new Amount(1000, 1000)), HOUR + 2);
    series.add(Map.of(LATE, new Amount(3, 3), SMALL, new Amount(4, 4)), 2 * HOUR);
    assertThat(registry.scrape())
        .contains(
            bytes("default", "deployment/batch", "deployment/db", 3),
            bytes("", "other", "other", 2000 + 2001 + 4)) // and nothing of what has ended
        .doesNotContain("deployment/cache");
  }

  /** Each Job of a CronJob is a workload of its own, and is soon over. */
  @Test
  void whatIsOverMakesRoom() {
    WorkloadSeries series = new WorkloadSeries(1, registry, 0);
    series.add(Map.of(SMALL, new Amount(1000, 1000)), 1);
    series.add(Map.of(LATE, new Amount(1, 1)), HOUR);
    series.add(Map.of(LATE, new Amount(1, 1)), 2 * HOUR);

    assertThat(registry.scrape()).contains("deployment/batch").doesNotContain("deployment/cache");
  }

  private static String bytes(String namespace, String client, String server, double value) {
    return "podwire_workload_redirected_bytes_total{client_namespace=\"%s\",client_workload=\"%s\",server_namespace=\"%s\",server_workload=\"%s\"} %s\n"
        .formatted(namespace, client, namespace, server, value);
  }
}
