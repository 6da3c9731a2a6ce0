package io.podwire.bench.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.bench.Distribution;
import io.podwire.bench.PairedRatio;
import io.podwire.testbed.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

final class LatencyComparisonTest {

  @Test
  void theShareOfTheRemovableIsOfWhatAPipeIsFasterWithinPairs() {
    LatencyComparison comparison =
        comparison(
            List.of(
                Map.of(Route.OFF, 1_500, Route.ON, 1_000, Route.PIPE, 500),
                Map.of(Route.OFF, 750, Route.ON, 500, Route.PIPE, 250),
                Map.of(Route.OFF, 1_500, Route.ON, 1_250, Route.PIPE, 500)));

    assertThat(comparison.shareOfRemovable()).contains(new PairedRatio(0.5, 0.25, 0.5));
  }

  @Test
  void thereIsNoShareWhereAPipeWasNoFasterThanTcp() {
    LatencyComparison comparison =
        comparison(
            List.of(
                Map.of(Route.OFF, 900, Route.ON, 400, Route.PIPE, 100),
                Map.of(Route.OFF, 900, Route.ON, 400, Route.PIPE, 900)));

    assertThat(comparison.shareOfRemovable()).isEmpty();
  }

  /** One of pingpong's rounds for each route of each pair, all of whose messages take so long. */
  private static LatencyComparison comparison(List<Map<Route, Integer>> pairs) {
    List<LatencyRound> rounds = new ArrayList<>();
    for (int pair = 0; pair < pairs.size(); pair++) {
      for (Map.Entry<Route, Integer> route : pairs.get(pair).entrySet()) {
        Histogram oneWay = Distribution.empty();
        oneWay.recordValue(route.getValue());
        rounds.add(
            new LatencyRound(
                pair,
                new LatencyCase(Tool.PINGPONG, route.getKey()),
                1,
                oneWay,
                Optional.empty(),
                Map.of()));
      }
    }
    return new LatencyComparison(Placement.SAME, "both ends on CPU 1", 14, rounds);
  }
}
