package io.podwire.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.podwire.bench.cost.PoolRounds.Round;
import io.podwire.bench.model.Costs;
import io.podwire.bench.model.Figure;
import io.podwire.datapath.Gears;
import io.podwire.datapath.RunningKernel;
import io.podwire.testing.KernelTest;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PoolRoundsTest {

  private static final Scale SMALL = new Scale(50, 0, 0, 0, 0);

  @Test
  void comparesTheRateOfEachPoolWithItselfAndCountsWhatWasAdoptedAndRedirectedOverAll() {
    Costs costs =
        PoolRounds.costs(
            List.of(new Round(100, 200, 64, 1_000, 1_000), new Round(400, 400, 32, 1_000, 500)),
            true);

    assertThat(costs.comparisons().get(0).gain().value()).isBetween(1.0, 2.0);
    assertThat(costs.figures()).extracting(Figure::value).containsExactly(75.0, 75.0);
    assertThat(costs.figures()).allMatch(figure -> figure.title().endsWith("gears on"));
  }

  @KernelTest
  @Test
  void withGearsEveryConnectionIsAdoptedAndRedirects() {
    assumeThat(RunningKernel.adopts()).as("this kernel adopts").isTrue();
    Costs costs = AcceleratedPods.measure(Gears.ON, SMALL, pods -> new PoolRounds(pods).measure(2));

    assertThat(costs.figures().get(0).value()).isEqualTo(100);
    assertThat(costs.figures().get(1).value()).isGreaterThan(90);
  }
}
