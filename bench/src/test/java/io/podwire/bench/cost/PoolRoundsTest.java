package io.podwire.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.bench.cost.PoolRounds.Round;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PoolRoundsTest {

  @Test
  void comparesTheRateOfEachPoolWithItselfAndCountsWhatWasAdoptedAndRedirectedOverAll() {
    Costs costs =
        PoolRounds.costs(
            List.of(new Round(100, 200, 64, 1_000, 1_000), new Round(400, 400, 32, 1_000, 500)));

    assertThat(costs.comparisons().get(0).gain().value()).isBetween(1.0, 2.0);
    assertThat(costs.figures()).extracting(Figure::value).containsExactly(75.0, 75.0);
  }
}
