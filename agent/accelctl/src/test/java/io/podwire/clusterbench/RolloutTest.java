package io.podwire.clusterbench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.podwire.bench.BenchException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RolloutTest {

  private static final Duration SHORT = Duration.ofMillis(500);
  private static final Duration LONG = Duration.ofSeconds(30);

  private final Api api = new Api();
  private final Rollout rollout = new Rollout(api.client(), "podwire", "podwire-unload");
  private final List<String> news = new ArrayList<>();

  @AfterEach
  void close() {
    api.close();
  }

  @Test
  void waitsUntilItIsReadyOnEveryNodeAndSaysHowFarItIs() {
    create(0, 3, 1);

    rollout.await(
        LONG,
        said -> {
          news.add(said);
          if (said.endsWith("new")) {
            status(9, 3, 1);
          } else if (said.endsWith("ready on 1 of 3 nodes")) {
            status(9, 3, 3);
          }
        });

    assertThat(news)
        .containsExactly(
            "podwire/podwire-unload new",
            "podwire/podwire-unload ready on 1 of 3 nodes",
            "podwire/podwire-unload ready on every node");
  }

  @Test
  void aClusterWithoutNodesForItIsReady() {
    create(9, 0, 0);

    rollout.await(LONG, news::add);

    assertThat(news).containsExactly("podwire/podwire-unload ready on every node");
  }

  @Test
  void saysWhatIsMissingWhenTheTimeIsOver() {
    assertFails("it is not there: see");
    create(9, 3, 2);
    assertFails("is not ready on every node within 0 s: it is ready on 2 of 3 nodes: see the logs");
    api.forbid("GET /apis/apps/v1/namespaces/podwire/daemonsets");
    assertFails("it is not known: not allowed: forbidden: GET");
  }

  private void assertFails(String why) {
    assertThatThrownBy(() -> rollout.await(SHORT, news::add))
        .isInstanceOf(BenchException.class)
        .hasMessageStartingWith("podwire/podwire-unload is not ready")
        .hasMessageContaining(why);
  }

  /** As the API server counts generations of it, from 1. */
  private void create(long observed, int wanted, int ready) {
    api.client()
        .resource(
            new DaemonSetBuilder()
                .withNewMetadata()
                .withNamespace("podwire")
                .withName("podwire-unload")
                .endMetadata()
                .build())
        .create();
    status(observed, wanted, ready);
  }

  private void status(long observed, int wanted, int ready) {
    api.client()
        .apps()
        .daemonSets()
        .inNamespace("podwire")
        .withName("podwire-unload")
        .editStatus(
            old ->
                new DaemonSetBuilder(old)
                    .withNewStatus()
                    .withObservedGeneration(observed)
                    .withDesiredNumberScheduled(wanted)
                    .withUpdatedNumberScheduled(wanted)
                    .withNumberReady(ready)
                    .endStatus()
                    .build());
  }
}
