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
    Map<String, List<String>> values =
        PairedRounds.run(
            List.of("a", "b"),
            3,
            (which, pair) -> {
              ran.add(which);
              return pair + which;
            });

    assertThat(ran).containsExactly("a", "b", "b", "a", "a", "b");
    assertThat(values)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("a", List.of("0a", "1a", "2a"), "b", List.of("0b", "1b", "2b")));
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
