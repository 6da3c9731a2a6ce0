package io.podwire.bench.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.MessageCost;
import io.podwire.testing.KernelTest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

@KernelTest
final class CalibrationTest {

  /** A ping-pong proves its path; how fast this machine is does not matter. */
  @Test
  void bothWaysCostTime() {
    List<String> steps = new ArrayList<>();

    MessageCost cost = Calibration.measure((done, total, what) -> steps.add(done + "/" + total));

    assertThat(cost.plainNanos()).isBetween(100.0, 1e7);
    assertThat(cost.redirectedNanos()).isBetween(100.0, 1e7);
    assertThat(steps).hasSize(13).last().isEqualTo("12/12");
  }
}
