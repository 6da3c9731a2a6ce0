package io.podwire.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.bench.cost.BurstRounds.Life;
import io.podwire.bench.cost.BurstRounds.Round;
import io.podwire.bench.model.Costs;
import io.podwire.bench.model.Figure;
import io.podwire.datapath.Gears;
import io.podwire.testing.KernelTest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class BurstRoundsTest {

  private static final Scale SMALL = new Scale(50, 0, 0, 0, 3);

  @Test
  void comparesLatencyWithinPairsAndCountsWhatWasRedirectedOverAllRoundsWithBursts() {
    Costs costs =
        BurstRounds.costs(
            Map.of(
                Life.QUIET, List.of(new Round(4, 1_000, 1_000), new Round(8, 500, 500)),
                Life.BURSTS, List.of(new Round(5, 1_000, 998), new Round(10, 1_000, 900))),
            true);

    assertThat(costs.comparisons()).hasSize(1);
    assertThat(costs.comparisons().get(0).gain().value()).isEqualTo(0.8);
    assertThat(costs.figures()).hasSize(1);
    assertThat(costs.figures().get(0).value()).isEqualTo(94.9);
    assertThat(costs.figures().get(0).title()).endsWith("gears on");
  }

  @KernelTest
  @ParameterizedTest
  @EnumSource(Gears.class)
  void measuresALongConnectionInEveryGear(Gears gears) {
    Costs costs = AcceleratedPods.measure(gears, SMALL, pods -> new BurstRounds(pods).measure(1));

    assertThat(costs.comparisons().get(0).treatmentMedian()).isPositive();
    Figure redirected = costs.figures().get(0);
    if (gears != Gears.AUTO) {
      assertThat(redirected.title()).endsWith("gears " + gears);
    }
    assertThat(redirected.value())
        .isBetween(redirected.title().endsWith("gears on") ? 90.0 : 0.0, 100.0);
  }
}
