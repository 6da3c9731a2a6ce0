package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class InMemoryDatapathTest {

  private final InMemoryDatapath datapath = new InMemoryDatapath();

  @Test
  void isAbsentUntilItIsLoaded() {
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
    assertThat(datapath.status().build()).isEmpty();

    datapath.load();

    assertThat(datapath.status().state()).isEqualTo(State.DISABLED);
    assertThat(datapath.status().build()).contains(InMemoryDatapath.BUILD);
  }

  @Test
  void reportsEveryCounterWithZerosBeforeTheFirstEvent() {
    assertThat(datapath.status().counters()).containsOnlyKeys(Counter.values()).containsValue(0L);
  }

  @Test
  void hasNothingToDisableOrSelectUntilItIsLoaded() {
    assertThatThrownBy(datapath::disable).isInstanceOf(DatapathException.class);
    assertThatThrownBy(() -> datapath.select(List.of(), Selection.SELECTED))
        .isInstanceOf(DatapathException.class);
  }

  @Test
  void countsSelectedAndExcludedPrefixesApart() {
    datapath.load();
    datapath.select(
        List.of(Prefix.cidr("10.6.0.0/16"), Prefix.address("fd00::1")), Selection.SELECTED);
    datapath.select(List.of(Prefix.address("10.6.0.9")), Selection.EXCLUDED);

    assertThat(datapath.status().selected()).isEqualTo(2);
    assertThat(datapath.status().excluded()).isEqualTo(1);
  }

  @Test
  void keepsTheMaximumOfFlowsWhileLoaded() {
    datapath.load();

    assertThatThrownBy(() -> datapath.configure(settings -> settings.withMaxFlows(10)))
        .isInstanceOf(DatapathException.class)
        .hasMessageContaining("max-flows");
  }

  @Test
  void staysDisabledWhenFlowsOutlastTheUnload() {
    datapath.enable();
    datapath.openFlows(3);

    assertThatThrownBy(() -> datapath.unload(Duration.ofSeconds(1), false))
        .hasMessageEndingWith(": 3");

    assertThat(datapath.status().state()).isEqualTo(State.DISABLED);
    assertThat(datapath.unload(Duration.ZERO, true)).isEqualTo(3);
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
  }
}
