package io.podwire.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.bench.model.Cost;
import io.podwire.datapath.Gears;
import io.podwire.testing.KernelTest;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NeighbourRoundsTest {

  private static final Scale SMALL = new Scale(50, 0, 0, 0, 0);

  /** With gears, so that the transfer stays redirected. */
  @KernelTest
  @Test
  void measuresPlainTcpBesideAnAcceleratedTransfer() {
    List<Cost> costs =
        AcceleratedPods.measure(Gears.ON, SMALL, pods -> new NeighbourRounds(pods).measure(1));

    assertThat(costs)
        .extracting(Cost::name)
        .containsExactly("neighbour-latency-bulk", "neighbour-latency-bulk-p99");
    assertThat(costs).allSatisfy(cost -> assertThat(cost.treatmentMedian()).isPositive());
  }
}
