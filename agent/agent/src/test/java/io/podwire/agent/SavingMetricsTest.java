package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.podwire.datapath.Counter;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.MessageCost;
import io.podwire.datapath.Observation;
import io.podwire.datapath.Role;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SavingMetricsTest {

  private static final Observation OPEN =
      new Observation(
          InetAddress.getLoopbackAddress(),
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 80),
          Role.CLIENT,
          0,
          1_000_000,
          7);

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  @AfterEach
  void close() {
    registry.close();
  }

  @Test
  void whatIsOpenIsMeasuredAsItWasLastLookedAt() {
    datapath.enable();
    datapath.count(Counter.REDIRECTED, 4_000_000);
    datapath.count(Counter.OBSERVED_MESSAGES, 2_000_000);
    datapath.observed(OPEN);
    try (SavingMetrics metrics = metrics(Optional.of(new MessageCost(3000, 2000)))) {
      assertThat(registry.scrape())
          .contains("podwire_observed_open_connections 0.0\n")
          .contains("podwire_cpu_saved_seconds_total 4.0\n")
          .contains("podwire_cpu_saveable_seconds 2.0\n");

      metrics.look();

      assertThat(registry.scrape())
          .contains("podwire_observed_open_connections 1.0\n")
          .contains("podwire_observed_open_messages 1000000.0\n")
          .contains("podwire_observed_open_bytes 7.0\n")
          .contains("podwire_cpu_saveable_seconds 3.0\n");
    }
  }

  @Test
  void aMachineThatSavesNothingSavesNoLessThanThat() {
    datapath.enable();
    datapath.count(Counter.REDIRECTED, 4_000_000);
    try (SavingMetrics metrics = metrics(Optional.of(new MessageCost(2000, 3000)))) {
      metrics.look();
      assertThat(registry.scrape()).contains("podwire_cpu_saved_seconds_total 0.0\n");
    }
  }

  @Test
  void withoutACalibrationNoCpuTimeIsMeasured() {
    try (SavingMetrics metrics = metrics(Optional.empty())) {
      metrics.look(); // at nothing
      assertThat(registry.scrape())
          .contains("podwire_observed_open_connections 0.0\n")
          .doesNotContain("podwire_cpu");
    }
  }

  @Test
  void itLooksByItself() {
    datapath.enable();
    datapath.observed(OPEN);
    try (SavingMetrics metrics = metrics(Optional.empty())) {
      metrics.start();

      await()
          .untilAsserted(
              () ->
                  assertThat(registry.scrape()).contains("podwire_observed_open_connections 1.0"));
    }
  }

  private SavingMetrics metrics(Optional<MessageCost> cost) {
    return new SavingMetrics(datapath, cost, datapath::status, registry);
  }
}
