package io.podwire.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.bench.model.LatencyCase;
import io.podwire.bench.model.Route;
import io.podwire.bench.model.Tool;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RoundOrderTest {

  @Test
  void isSwappedEveryOtherPair() {
    List<String> cases = List.of("off", "on");

    assertThat(RoundOrder.of(cases, 0)).containsExactly("off", "on");
    assertThat(RoundOrder.of(cases, 1)).containsExactly("on", "off");
    assertThat(RoundOrder.of(cases, 2)).containsExactly("off", "on");
  }

  @Test
  void keepsAccelerationOffAndOnNextToEachOther() {
    for (int pair = 0; pair < 2; pair++) {
      List<LatencyCase> order = RoundOrder.of(LatencyCase.ALL, pair);
      for (Tool tool : Tool.values()) {
        int off = order.indexOf(new LatencyCase(tool, Route.OFF));
        int on = order.indexOf(new LatencyCase(tool, Route.ON));
        assertThat(Math.abs(off - on)).isEqualTo(1);
      }
    }
  }
}
