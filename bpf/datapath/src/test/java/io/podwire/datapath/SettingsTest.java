package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SettingsTest {

  private enum Limit {
    BACKLOG_BYTES("max-backlog-bytes", 4096, 1 << 30, Settings.DEFAULT::withMaxBacklogBytes),
    BACKLOG_MESSAGES("max-backlog-messages", 1, 1024, Settings.DEFAULT::withMaxBacklogMessages),
    FLOWS("max-flows", 1, 1_000_000, Settings.DEFAULT::withMaxFlows),
    BREAK_EVEN("break-even", 0, 1024, Settings.DEFAULT::withBreakEvenMessages),
    BACKLOG_MEMORY("max-backlog-memory", 1 << 20, 1 << 30, Settings.DEFAULT::withMaxBacklogMemory);

    final String option;
    final int min;
    final int max;
    final IntFunction<Settings> with;

    Limit(String option, int min, int max, IntFunction<Settings> with) {
      this.option = option;
      this.min = min;
      this.max = max;
      this.with = with;
    }
  }

  @ParameterizedTest
  @EnumSource
  void theEndsOfTheRangeAreAccepted(Limit limit) {
    assertThat(limit.with.apply(limit.min)).isNotEqualTo(limit.with.apply(limit.max));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsOutOfRangeIsNamedWithItsRange(Limit limit) {
    String range = limit.option + " must be " + limit.min + " to " + limit.max + ", not ";
    assertThatThrownBy(() -> limit.with.apply(limit.min - 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(range + (limit.min - 1));
    assertThatThrownBy(() -> limit.with.apply(limit.max + 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(range + (limit.max + 1));
  }

  @Test
  void changingOneSettingKeepsTheOthers() {
    assertThat(
            Settings.DEFAULT
                .withMaxBacklogBytes(5000)
                .withMaxBacklogMessages(6)
                .withMaxFlows(7)
                .withBreakEvenMessages(8)
                .withMaxBacklogMemory(9 << 20)
                .withGears(Gears.OFF))
        .isEqualTo(new Settings(5000, 6, 7, 8, 9 << 20, Gears.OFF, false));
  }
}
