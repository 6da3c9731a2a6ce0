package io.podwire.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.bench.Unit;
import io.podwire.bench.model.Cost;
import io.podwire.bench.model.Costs;
import io.podwire.bench.model.Figure;
import io.podwire.datapath.Gears;
import io.podwire.datapath.RunningKernel;
import io.podwire.testbed.Cpus;
import io.podwire.testbed.Placement;
import io.podwire.testbed.Scratch;
import io.podwire.testbed.Testbed;
import io.podwire.testing.Alone;
import io.podwire.testing.KernelTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** All costs, of less, against the real kernel: every round here has proved its path. */
@KernelTest
@Alone
class CostsTest {

  private static final int PAIRS = 2;
  private static final Scale SMALL = new Scale(50, 300, 50, 4_000, 3);

  @Test
  void everyCostIsMeasuredInPairsAndNothingIsLeftBehind() throws Exception {
    List<String> steps = new ArrayList<>();
    try (Scratch scratch = Scratch.create();
        Testbed bed = Testbed.open("server", "client")) {
      Cpus cpus = Cpus.choose(Placement.SAME);

      Costs costs =
          new CostRounds(bed, scratch, cpus, PAIRS, Gears.AUTO, steps::add, SMALL).measure();

      assertThat(costs.comparisons())
          .hasSize(RunningKernel.hasMendedIterator() ? 21 : 20)
          .allSatisfy(
              cost -> {
                assertThat(cost.baselines()).hasSize(PAIRS).allMatch(value -> value > 0);
                assertThat(cost.treatments()).hasSize(PAIRS).allMatch(value -> value > 0);
              });
      assertThat(units(costs))
          .containsEntry("off-node-latency-enabled", Unit.MICROS)
          .containsEntry("off-node-throughput-many-selected", Unit.GIGABITS)
          .containsEntry("off-node-connections-out-noise", Unit.CONNECTIONS)
          .containsEntry("off-node-connections-in-enabled", Unit.CONNECTIONS)
          .containsEntry("observed-connections", Unit.CONNECTIONS)
          .containsEntry("observed-latency", Unit.MICROS)
          .containsEntry("too-short-connections", Unit.CONNECTIONS)
          .containsEntry("flow-latency-bursts", Unit.MICROS)
          .containsEntry("flow-latency-crowd", Unit.MICROS)
          .containsEntry("neighbour-latency-bulk", Unit.MICROS)
          .containsEntry("neighbour-latency-bulk-p99", Unit.MICROS);
      if (RunningKernel.hasMendedIterator()) {
        assertThat(units(costs)).containsEntry("pool-rate-adopted", Unit.TRANSACTIONS);
        assertThat(figures(costs))
            .containsKeys("connections-adopted", "messages-redirected-of-adopted");
      }
      assertThat(figures(costs))
          .containsKeys("messages-redirected-between-bursts", "flow-memory-added");
      // no more of it: on a machine that does other things, no difference of so few flows is sure
      assertThat(figures(costs).get("flow-memory-plain")).isBetween(1.0, 65_536.0);
      assertThat(figures(costs).get("flow-memory-accelerated")).isBetween(1.0, 65_536.0);
      assertThat(steps).hasSize(CostRounds.steps(PAIRS));
      assertThat(bed.pinDir()).doesNotExist();
    }
  }

  private static Map<String, Double> figures(Costs costs) {
    return costs.figures().stream().collect(Collectors.toMap(Figure::name, Figure::value));
  }

  private static Map<String, Unit> units(Costs costs) {
    return costs.comparisons().stream().collect(Collectors.toMap(Cost::name, Cost::unit));
  }
}
