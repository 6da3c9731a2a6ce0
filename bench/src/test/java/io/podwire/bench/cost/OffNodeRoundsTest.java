package io.podwire.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.podwire.bench.Unit;
import io.podwire.bench.model.Cost;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;

final class OffNodeRoundsTest {

  private static final Map<Setting, List<Double>> VALUES =
      Map.of(
          Setting.ENABLED, List.of(98.0, 198.0),
          Setting.ABSENT, List.of(100.0, 200.0),
          Setting.ABSENT_AGAIN, List.of(101.0, 202.0),
          Setting.MANY_SELECTED, List.of(90.0, 180.0));

  private final List<Cost> costs =
      OffNodeRounds.costs(OffNodeTraffic.CONNECTIONS_OUT, rounds(), 10_000);

  @Test
  void eachSettingIsComparedWithTheRoundThatRanNextToIt() {
    assertThat(costs).extracting(Cost::unit).containsOnly(Unit.CONNECTIONS);
    assertThat(costs)
        .extracting(Cost::baseline, Cost::baselines, Cost::treatment, Cost::treatments)
        .containsExactly(
            compared(Setting.ABSENT, "enabled", Setting.ENABLED),
            compared(
                Setting.ABSENT_AGAIN, "enabled, 10,000 addresses selected", Setting.MANY_SELECTED),
            compared(Setting.ABSENT, "absent", Setting.ABSENT_AGAIN));
  }

  @Test
  void theNamesOfTheReportDiffer() {
    assertThat(costs)
        .extracting(Cost::name)
        .containsExactly(
            "off-node-connections-out-enabled",
            "off-node-connections-out-many-selected",
            "off-node-connections-out-noise");
  }

  @Test
  void fewerConnectionsAreACost() {
    assertThat(costs.get(0).gain().value()).isBetween(0.98, 0.99);
  }

  private static Tuple compared(Setting baseline, String treatment, Setting with) {
    return tuple("absent", VALUES.get(baseline), treatment, VALUES.get(with));
  }

  private static Map<Setting, List<Map<OffNodeTraffic, Double>>> rounds() {
    Map<Setting, List<Map<OffNodeTraffic, Double>>> rounds = new EnumMap<>(Setting.class);
    VALUES.forEach(
        (setting, values) ->
            rounds.put(
                setting,
                values.stream()
                    .map(
                        v -> Map.of(OffNodeTraffic.CONNECTIONS_OUT, v, OffNodeTraffic.LATENCY, 1.0))
                    .toList()));
    return rounds;
  }
}
