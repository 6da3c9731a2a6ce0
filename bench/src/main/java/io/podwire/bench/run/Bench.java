package io.podwire.bench.run;

import io.podwire.bench.Acceleration;
import io.podwire.bench.BenchException;
import io.podwire.bench.cost.CostRounds;
import io.podwire.bench.headline.HttpRounds;
import io.podwire.bench.headline.LatencyRounds;
import io.podwire.bench.model.BenchReport;
import io.podwire.bench.model.Costs;
import io.podwire.bench.model.Headline;
import io.podwire.bench.model.LatencyComparison;
import io.podwire.bench.model.Table;
import io.podwire.bench.report.ReportDirectory;
import io.podwire.bench.table.TableRounds;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.Gears;
import io.podwire.datapath.KernelDatapath;
import io.podwire.datapath.Prefix;
import io.podwire.testbed.Cpus;
import io.podwire.testbed.Place;
import io.podwire.testbed.Placement;
import io.podwire.testbed.Progress;
import io.podwire.testbed.Scratch;
import io.podwire.testbed.Testbed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The comparison of pod-to-pod traffic with acceleration off and on, on this machine. */
public final class Bench {

  private static final String SERVER = "server";
  private static final String CLIENT = "client";

  private Bench() {}

  /**
   * Makes pods, networks between them and a datapath of their own, compares, and writes the report.
   * Needs root. Leaves nothing but the report, also when the JVM is ended in the middle.
   *
   * @param progress hears of every round or cell before it begins
   * @throws BenchException when a tool is missing, the report cannot be written, or a round was not
   *     what it claims
   * @throws io.podwire.testbed.TestbedException when the pods cannot be made, or a tool fails
   * @throws io.podwire.datapath.DatapathException when the datapath refuses
   */
  public static BenchReport run(BenchOptions options, Progress progress) {
    Instant began = Instant.now();
    Surroundings surroundings = Surroundings.begin();
    checkRoot();
    options.requireOutput();
    try (Scratch scratch = Scratch.create();
        Steps steps = new Steps(progress, steps(options))) {
      Optional<Headline> headline =
          options.hasHeadline() ? Optional.of(headline(options, scratch, steps)) : Optional.empty();
      Optional<Table> table =
          options.tableLinks().isEmpty()
              ? Optional.empty()
              : Optional.of(table(options, scratch, steps));
      Optional<Costs> costs =
          options.hasCosts() ? Optional.of(costs(options, scratch, steps)) : Optional.empty();
      BenchReport report =
          new BenchReport(
              began,
              Duration.between(began, Instant.now()),
              options.reported(),
              surroundings.describe(options.gears()),
              headline,
              table,
              costs);
      new ReportDirectory(options.output()).write(report);
      return report;
    }
  }

  private static int steps(BenchOptions options) {
    int headline =
        options.placements().size() * options.sizes().size() * LatencyRounds.steps(options.rounds())
            + HttpRounds.steps(options.rounds());
    int table = options.tableLinks().size() * options.tableWorkloads().size();
    return (options.hasHeadline() ? headline : 0)
        + table
        + (options.hasCosts() ? CostRounds.steps(options.rounds()) : 0);
  }

  private static Headline headline(BenchOptions options, Scratch scratch, Steps steps) {
    try (Testbed bed = Testbed.open(SERVER, CLIENT);
        Acceleration acceleration = acceleration(bed, options.gears())) {
      Place server = bed.pod(SERVER);
      Place client = bed.pod(CLIENT);
      LatencyRounds latencyRounds =
          new LatencyRounds(acceleration, server, client, scratch, options.headlineSeconds());
      List<LatencyComparison> latency = new ArrayList<>();
      for (Placement placement : options.placements()) {
        for (int size : options.sizes()) {
          latency.add(latencyRounds.compare(placement, size, options.rounds(), steps::next));
        }
      }
      return new Headline(
          List.copyOf(latency),
          new HttpRounds(acceleration, server, client, scratch, options.headlineSeconds())
              .compare(options.rounds(), steps::next));
    }
  }

  private static Table table(BenchOptions options, Scratch scratch, Steps steps) {
    return new TableRounds(
            scratch,
            Cpus.choose(options.placements().get(0)),
            options.rounds(),
            options.services(),
            options.gears(),
            options.nullTest(),
            steps::next)
        .measure(options.tableLinks(), options.tableWorkloads());
  }

  private static Costs costs(BenchOptions options, Scratch scratch, Steps steps) {
    try (Testbed bed = Testbed.open(SERVER, CLIENT)) {
      return new CostRounds(
              bed,
              scratch,
              Cpus.choose(options.placements().get(0)),
              options.rounds(),
              options.gears(),
              steps::next)
          .measure();
    }
  }

  private static Acceleration acceleration(Testbed bed, Gears gears) {
    Datapath datapath = KernelDatapath.at(bed.pinDir(), bed.cgroup());
    List<Prefix> pods =
        Stream.of(SERVER, CLIENT).map(name -> Prefix.of(bed.pod(name).ipv4())).toList();
    return new Acceleration(datapath, pods, gears);
  }

  static void checkRoot() {
    try {
      if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
        throw new BenchException(
            "the bench makes network namespaces and loads programs, and needs root: sudo accelctl bench");
      }
    } catch (IOException e) {
      throw new BenchException("cannot tell who runs this: " + e.getMessage(), e);
    }
  }
}
