package io.podwire.bench.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.podwire.bench.BenchException;
import io.podwire.bench.model.Cell;
import io.podwire.bench.model.CellRound;
import io.podwire.bench.model.ExpectedJoining;
import io.podwire.bench.model.Link;
import io.podwire.bench.model.Side;
import io.podwire.bench.model.Table;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Gears;
import io.podwire.testbed.Cpus;
import io.podwire.testbed.Ends;
import io.podwire.testbed.Family;
import io.podwire.testbed.Network;
import io.podwire.testbed.Placement;
import io.podwire.testbed.Scratch;
import io.podwire.testbed.Target;
import io.podwire.testbed.Testbed;
import io.podwire.testbed.TestbedException;
import io.podwire.testing.KernelTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@KernelTest
class WorkloadsTest {

  private static final boolean TWO_CPUS = Runtime.getRuntime().availableProcessors() > 1;
  private static final Link IPV4 = new Link(Network.MACVLAN, Target.POD_IP, Family.IPV4);
  private static final Link IPV6 = new Link(Network.MACVLAN, Target.POD_IP, Family.IPV6);

  private static final List<Workload> WORKLOADS =
      Workloads.all(List.of(14, 1024), Workloads.DEFAULT_TIME);

  /** Where nobody serves. */
  private static Testbed quiet;

  /** Every workload on both links, of one testbed, as a bench measures them. */
  private static Table table;

  @BeforeAll
  static void open() {
    quiet = Testbed.open("server", "client");
    table = measure(List.of(IPV4, IPV6), WORKLOADS);
  }

  @AfterAll
  static void close() {
    quiet.close();
  }

  static List<Workload> workloads() {
    return WORKLOADS;
  }

  @ParameterizedTest
  @MethodSource("workloads")
  void measuresAPairWhosePathIsProved(Workload workload) {
    assumeThat(workload.placement().isEmpty() || TWO_CPUS).isTrue();

    Cell cell = table.cell(IPV4, workload);

    assertThat(cell.obstacle()).isEmpty();
    assertThat(cell.rounds()).extracting(CellRound::side).containsExactly(Side.OFF, Side.ON);
    assertThat(cell.rounds())
        .allSatisfy(
            round -> {
              assertThat(round.sample().value()).isPositive();
              assertThat(round.sample().work()).isPositive();
              assertThat(round.sample().connections()).isPositive();
              assertThat(round.cpu().client()).isPositive();
              assertThat(round.cpu().server()).isPositive();
            });
    assertThat(cell.rounds(Side.OFF).get(0).counters())
        .doesNotContainKeys(Counter.CLAIMED, Counter.REDIRECTED);
    assertThat(cell.rounds(Side.ON).get(0).counters())
        .containsKeys(
            workload.joining() == ExpectedJoining.TOO_SHORT
                ? Counter.SKIPPED_SHORT
                : Counter.REDIRECTED);
  }

  @ParameterizedTest
  @MethodSource("workloads")
  void measuresIpv6OrSaysThatTheToolHasNone(Workload workload) {
    assumeThat(workload.placement().isEmpty() || TWO_CPUS).isTrue();

    Cell cell = table.cell(IPV6, workload);

    if (workload.name().startsWith("sockperf")) {
      assertThat(cell.obstacle()).contains("sockperf 3.7 has no IPv6");
    } else {
      assertThat(cell.rounds()).hasSize(2);
    }
  }

  @ParameterizedTest
  @MethodSource("workloads")
  void saysInOneLineThatNobodyAnswers(Workload workload) {
    try (Scratch scratch = Scratch.create()) {
      Ends ends =
          new Ends(
              quiet.pod("server"),
              quiet.pod("client"),
              quiet.pod("server").ipv4(),
              quiet.pod("client").ipv4());

      assertThatThrownBy(
              () -> {
                try (Workload.Session session = workload.start(ends, scratch)) {
                  session.round();
                }
              })
          .isInstanceOfAny(BenchException.class, TestbedException.class)
          .satisfies(
              e ->
                  assertThat(e.getMessage())
                      .doesNotContain("\n")
                      .matches("(sockperf|pingpong|netperf|iperf3|flows|redis-benchmark|wrk) .*")
                      .containsIgnoringCase("connect"));
    }
  }

  @Test
  void aCellThatFailsSaysWhy() {
    Workload broken =
        new ToolWorkload(
            "broken",
            "broken tool",
            "none",
            null,
            null,
            ExpectedJoining.EVERY_MESSAGE,
            link -> Optional.empty(),
            (ends, scratch) -> {
              throw new BenchException("it broke");
            });

    assertThat(measure(broken).obstacle()).contains("it broke");
  }

  @Test
  void aWorkloadWithAPlacementOfItsOwnRunsThereOrSaysWhyNot() {
    List<String> cpus = new ArrayList<>();
    Workload looking =
        new ToolWorkload(
            "looking",
            "where it runs",
            "none",
            null,
            null,
            ExpectedJoining.EVERY_MESSAGE,
            link -> Optional.empty(),
            (ends, scratch) -> {
              cpus.add(ends.server().run("grep", "Cpus_allowed_list", "/proc/self/status"));
              cpus.add(ends.client().run("grep", "Cpus_allowed_list", "/proc/self/status"));
              throw new BenchException("that was all");
            });

    measure(looking);
    Cell onTwo = measure(new PlacedWorkload(looking, Placement.SPLIT, "two CPUs"));

    assertThat(cpus.get(0)).isEqualTo(cpus.get(1));
    if (TWO_CPUS) {
      assertThat(cpus.get(2)).isNotEqualTo(cpus.get(3));
    } else {
      assertThat(onTwo.obstacle().orElseThrow()).startsWith("cannot put the two ends on two CPUs");
    }
  }

  @Test
  void aNetworkThatThisKernelDoesNotHaveIsTheMisfortuneOfItsRows() {
    Workload workload = WORKLOADS.get(0);
    Link macvlan = new Link(Network.SPIDERPOOL_MACVLAN, Target.SERVICE_MASQUERADED, Family.IPV4);
    Link ipvlan = new Link(Network.SPIDERPOOL_IPVLAN_L2, Target.POD_IP, Family.IPV4);

    Table networks = measure(List.of(macvlan, ipvlan), List.of(workload));

    assertThat(networks.cell(macvlan, workload).obstacle()).isEmpty();
    assertThat(networks.cell(ipvlan, workload).obstacle())
        .satisfiesAnyOf(
            obstacle -> assertThat(obstacle).isEmpty(),
            obstacle -> assertThat(obstacle.orElseThrow()).contains("Unknown device type"));
  }

  private static Cell measure(Workload workload) {
    return measure(List.of(IPV4), List.of(workload)).cell(IPV4, workload);
  }

  private static Table measure(List<Link> links, List<Workload> workloads) {
    try (Scratch scratch = Scratch.create()) {
      return new TableRounds(
              scratch, Cpus.choose(Placement.SAME), 1, 0, Gears.AUTO, false, what -> {})
          .measure(links, workloads);
    }
  }
}
