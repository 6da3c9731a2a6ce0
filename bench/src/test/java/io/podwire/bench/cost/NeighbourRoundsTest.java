package io.podwire.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.bench.Acceleration;
import io.podwire.bench.model.Cost;
import io.podwire.datapath.Gears;
import io.podwire.datapath.KernelDatapath;
import io.podwire.datapath.Prefix;
import io.podwire.testbed.Cpus;
import io.podwire.testbed.Place;
import io.podwire.testbed.Placement;
import io.podwire.testbed.Scratch;
import io.podwire.testbed.Testbed;
import io.podwire.testing.KernelTest;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class NeighbourRoundsTest {

  private static final Scale SMALL = new Scale(50, 0, 0, 0, 0);

  /** With gears, so that the transfer stays redirected. */
  @KernelTest
  @Test
  void measuresPlainTcpBesideAnAcceleratedTransfer() {
    Cpus cpus = Cpus.choose(Placement.SAME);
    try (Testbed bed = Testbed.open("server", "client");
        Scratch scratch = Scratch.create()) {
      Place server = cpus.server(bed.pod("server"));
      Place client = cpus.client(bed.pod("client"));
      try (Acceleration acceleration =
          new Acceleration(
              KernelDatapath.at(bed.pinDir(), bed.cgroup()),
              Stream.of(server, client).map(Place::ipv4).map(Prefix::of).toList(),
              Gears.ON)) {
        List<Cost> costs =
            new NeighbourRounds(
                    new TwoPods(acceleration, server, client, scratch, SMALL, what -> {}))
                .measure(1);

        assertThat(costs)
            .extracting(Cost::name)
            .containsExactly("neighbour-latency-bulk", "neighbour-latency-bulk-p99");
        assertThat(costs).allSatisfy(cost -> assertThat(cost.treatmentMedian()).isPositive());
      }
    }
  }
}
