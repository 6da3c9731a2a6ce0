package io.podwire.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PairedRoundsTest {

  private final List<Object> ran = new ArrayList<>();

  @Test
  void swapsTheOrderEveryOtherGroupAndKeepsValuesByGroup() {
    Map<String, List<Double>> values =
        PairedRounds.run(
            List.of("a", "b"),
            3,
            (which, pair) -> {
              ran.add(which);
              return pair * 10 + (which.equals("a") ? 1 : 2);
            });

    assertThat(ran).containsExactly("a", "b", "b", "a", "a", "b");
    assertThat(values)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("a", List.of(1.0, 11.0, 21.0), "b", List.of(2.0, 12.0, 22.0)));
  }

  @Test
  void everySettingOfTheDatapathRunsNextToItsOwnRoundWithoutOne() {
    for (int pair = 0; pair < 2; pair++) {
      ran.clear();
      int runs = pair + 1;
      PairedRounds.run(List.of(Setting.values()), runs, (setting, p) -> count(setting, p, runs));

      assertThat(distance(Setting.ENABLED, Setting.ABSENT)).isEqualTo(1);
      assertThat(distance(Setting.MANY_SELECTED, Setting.ABSENT_AGAIN)).isEqualTo(1);
      assertThat(distance(Setting.ABSENT, Setting.ABSENT_AGAIN)).isEqualTo(1);
    }
  }

  // of the last group only
  private double count(Setting setting, int pair, int runs) {
    if (pair == runs - 1) {
      ran.add(setting);
    }
    return 0;
  }

  private int distance(Setting one, Setting other) {
    return Math.abs(ran.indexOf(one) - ran.indexOf(other));
  }
}
