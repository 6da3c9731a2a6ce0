package io.podwire.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.podwire.bench.cost.NotJoinedRounds.Treatment;
import io.podwire.bench.model.Cost;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class NotJoinedRoundsTest {

  @Test
  void eachIsComparedWithTheRoundsBesideIt() {
    Map<Treatment, List<Double>> connections =
        Map.of(
            Treatment.OBSERVED, List.of(99.0),
            Treatment.OFF, List.of(100.0),
            Treatment.OFF_AGAIN, List.of(110.0),
            Treatment.TOO_SHORT, List.of(88.0));
    Map<Treatment, List<Double>> latency =
        Map.of(Treatment.OBSERVED, List.of(5.0), Treatment.OFF, List.of(4.0));

    assertThat(NotJoinedRounds.costs(connections, latency))
        .extracting(Cost::name, Cost::baseline, cost -> cost.gain().value())
        .containsExactly(
            tuple("observed-connections", "off", 0.99),
            tuple("too-short-connections", "off", 0.8),
            tuple("not-joined-noise", "off", 1.1),
            tuple("observed-latency", "off", 0.8));
  }
}
