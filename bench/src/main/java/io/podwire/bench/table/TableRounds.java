package io.podwire.bench.table;

import io.podwire.bench.Acceleration;
import io.podwire.bench.BenchException;
import io.podwire.bench.KernelTime;
import io.podwire.bench.PathProof;
import io.podwire.bench.RoundOrder;
import io.podwire.bench.model.Cell;
import io.podwire.bench.model.CellRound;
import io.podwire.bench.model.CpuUse;
import io.podwire.bench.model.ExpectedJoining;
import io.podwire.bench.model.Link;
import io.podwire.bench.model.Sample;
import io.podwire.bench.model.Side;
import io.podwire.bench.model.Table;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.Gears;
import io.podwire.datapath.KernelDatapath;
import io.podwire.datapath.Prefix;
import io.podwire.testbed.Cpus;
import io.podwire.testbed.Ends;
import io.podwire.testbed.Network;
import io.podwire.testbed.Scratch;
import io.podwire.testbed.Testbed;
import io.podwire.testbed.TestbedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Measures the table: each network is built once, and torn down behind its last cell. */
public final class TableRounds {

  /**
   * Where the rounds of a cell run.
   *
   * @param acceleration of the connections between the ends
   * @param ends pinned to the CPUs
   * @param cpus of both ends
   */
  private record Lane(Acceleration acceleration, Ends ends, Cpus cpus) {

    Lane {
      ends =
          new Ends(
              cpus.server(ends.server()),
              cpus.client(ends.client()),
              ends.listen(),
              ends.connect());
    }

    /** What the ends have used by now. */
    CpuUse cpuUse() {
      return new CpuUse(
          ends.client().cpuMicros(),
          ends.server().cpuMicros(),
          KernelTime.of(cpus).softirqMicros());
    }
  }

  private final Scratch scratch;
  private final Cpus cpus;
  private final int pairs;
  private final int services;
  private final Gears gears;
  private final boolean nullTest;
  private final Consumer<String> progress;

  /**
   * @param pairs of rounds, off and on, of each cell
   * @param services how many Services the node's rules hold beside the one that is measured
   * @param gears of the datapath
   * @param nullTest both sides of every pair are off
   * @param progress hears of each cell before it begins
   */
  public TableRounds(
      Scratch scratch,
      Cpus cpus,
      int pairs,
      int services,
      Gears gears,
      boolean nullTest,
      Consumer<String> progress) {
    this.scratch = scratch;
    this.cpus = cpus;
    this.pairs = pairs;
    this.services = services;
    this.gears = gears;
    this.nullTest = nullTest;
    this.progress = progress;
  }

  /** Measures every workload on every link; a cell that fails says why, and the others go on. */
  public Table measure(List<Link> links, List<Workload> workloads) {
    List<Cell> cells = new ArrayList<>();
    for (Network network : links.stream().map(Link::network).distinct().toList()) {
      List<Link> rows = links.stream().filter(link -> link.network() == network).toList();
      cells.addAll(rows(network, rows, workloads));
    }
    return new Table(cpus.toString(), nullTest, services, List.copyOf(cells));
  }

  private List<Cell> rows(Network network, List<Link> links, List<Workload> workloads) {
    Testbed bed;
    try {
      bed = Testbed.open(network, services);
    } catch (TestbedException e) {
      if (!Network.spiderpool().contains(network)) { // every kernel has the others
        throw e;
      }
      return links.stream()
          .flatMap(link -> unavailable(link, workloads, e.getMessage()).stream())
          .toList();
    }
    try (bed) {
      return links.stream().flatMap(link -> row(bed, link, workloads).stream()).toList();
    }
  }

  private List<Cell> unavailable(Link link, List<Workload> workloads, String why) {
    workloads.forEach(workload -> progress.accept(title(link, workload)));
    return workloads.stream().map(workload -> Cell.unavailable(link, workload, why)).toList();
  }

  private List<Cell> row(Testbed bed, Link link, List<Workload> workloads) {
    Optional<Ends> found = bed.ends(link.target(), link.family());
    if (found.isEmpty()) {
      return unavailable(link, workloads, "no " + link.target().title() + " on this network");
    }
    Ends ends = found.get();
    List<Cell> cells = new ArrayList<>();
    try (Acceleration acceleration = acceleration(bed, ends)) {
      for (Workload workload : workloads) {
        progress.accept(title(link, workload));
        cells.add(cell(acceleration, ends, link, workload));
      }
    }
    return cells;
  }

  /** A tool that fails, or a round that was not what it claims, is one cell's misfortune. */
  private Cell cell(Acceleration acceleration, Ends ends, Link link, Workload workload) {
    Optional<String> obstacle = workload.obstacle(link);
    if (obstacle.isPresent()) {
      return Cell.unavailable(link, workload, obstacle.get());
    }
    try {
      Cpus where = workload.placement().map(Cpus::choose).orElse(cpus);
      return Cell.measured(link, workload, rounds(new Lane(acceleration, ends, where), workload));
    } catch (BenchException | TestbedException e) {
      return Cell.unavailable(link, workload, e.getMessage());
    }
  }

  private Acceleration acceleration(Testbed bed, Ends ends) {
    Datapath datapath = KernelDatapath.at(bed.pinDir(), bed.cgroup());
    Acceleration acceleration =
        new Acceleration(datapath, ends.addresses().stream().map(Prefix::of).toList(), gears);
    acceleration.off();
    datapath.nodeAddresses(bed.node().addresses());
    return acceleration;
  }

  private List<CellRound> rounds(Lane lane, Workload workload) {
    List<CellRound> rounds = new ArrayList<>();
    try (Workload.Session session = workload.start(lane.ends(), scratch)) {
      for (int pair = 0; pair < pairs; pair++) {
        for (Side side : RoundOrder.of(List.of(Side.OFF, Side.ON), pair)) {
          rounds.add(round(lane, workload.joining(), session, pair, side));
        }
      }
    }
    return rounds;
  }

  private CellRound round(
      Lane lane, ExpectedJoining joining, Workload.Session session, int pair, Side side) {
    boolean on = side == Side.ON && !nullTest;
    if (on) {
      lane.acceleration().on();
    } else {
      lane.acceleration().off();
    }
    PathProof proof =
        PathProof.begin(
            lane.acceleration().datapath(), "round " + (pair + 1) + " " + (on ? "on" : "off"));
    CpuUse before = lane.cpuUse();
    Sample sample = session.round();
    CpuUse cpu = lane.cpuUse().since(before);
    Map<Counter, Long> counters = on ? prove(proof, joining, sample) : proof.plain();
    return new CellRound(pair, side, sample, cpu, counters);
  }

  private static Map<Counter, Long> prove(PathProof proof, ExpectedJoining joining, Sample sample) {
    return switch (joining) {
      case EVERY_MESSAGE -> proof.redirected(sample.connections(), sample.messages());
      case MAY_RETIRE -> proof.joined(sample.connections());
      case TOO_SHORT -> proof.skippedShort(sample.connections());
    };
  }

  private static String title(Link link, Workload workload) {
    return link.title() + ": " + workload.title();
  }
}
