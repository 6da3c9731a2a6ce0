package io.podwire.bench.run;

import io.podwire.bench.Acceleration;
import io.podwire.bench.BenchException;
import io.podwire.bench.Placement;
import io.podwire.bench.Progress;
import io.podwire.bench.Scratch;
import io.podwire.bench.headline.HttpComparison;
import io.podwire.bench.headline.HttpRounds;
import io.podwire.bench.headline.LatencyComparison;
import io.podwire.bench.headline.LatencyRounds;
import io.podwire.bench.testbed.Place;
import io.podwire.bench.testbed.Testbed;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.KernelDatapath;
import io.podwire.datapath.Prefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The comparison of pod-to-pod traffic with acceleration off and on, on this machine. */
public final class Bench {

  private static final String SERVER = "server";
  private static final String CLIENT = "client";

  private Bench() {}

  /**
   * Makes two macvlan pods and a datapath of their own, compares, and writes {@code report.json}
   * and {@code report.html}. Needs root. Leaves nothing but the report, also when the JVM is ended
   * in the middle.
   *
   * @param progress hears of every round before it begins
   * @throws BenchException when a tool is missing or fails, the report cannot be written, or a
   *     round was not what it claims
   * @throws io.podwire.bench.testbed.TestbedException when the pods cannot be made
   * @throws io.podwire.datapath.DatapathException when the datapath refuses
   */
  public static BenchReport run(BenchOptions options, Progress progress) {
    Instant began = Instant.now();
    Surroundings surroundings = Surroundings.watch();
    checkRoot();
    checkOutput(options.output());
    try (Scratch scratch = Scratch.create();
        Testbed bed = Testbed.open(SERVER, CLIENT);
        Acceleration acceleration = acceleration(bed);
        Steps steps = new Steps(options, progress)) {
      Place server = bed.pod(SERVER);
      Place client = bed.pod(CLIENT);
      LatencyRounds latencyRounds =
          new LatencyRounds(acceleration, server, client, scratch, options.seconds());
      List<LatencyComparison> latency = new ArrayList<>();
      for (Placement placement : options.placements()) {
        for (int size : options.messageSizes()) {
          latency.add(latencyRounds.compare(placement, size, options.rounds(), steps::next));
        }
      }
      HttpComparison http =
          new HttpRounds(acceleration, server, client, scratch, options.seconds())
              .compare(options.rounds(), steps::next);
      Environment environment =
          surroundings.describe(server, acceleration.datapath().status().settings());
      BenchReport report =
          new BenchReport(
              began,
              Duration.between(began, Instant.now()),
              options,
              environment,
              List.copyOf(latency),
              http);
      write(options.output().resolve("report.json"), ReportJson.of(report));
      write(options.output().resolve("report.html"), ReportHtml.of(report));
      return report;
    }
  }

  private static Acceleration acceleration(Testbed bed) {
    Datapath datapath = KernelDatapath.at(bed.pinDir(), bed.cgroup());
    List<Prefix> pods =
        Stream.of(SERVER, CLIENT).map(name -> Prefix.of(bed.pod(name).ipv4())).toList();
    return new Acceleration(datapath, pods);
  }

  private static void checkRoot() {
    try {
      if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
        throw new BenchException(
            "the bench makes network namespaces and loads programs, and needs root: sudo accelctl bench");
      }
    } catch (IOException e) {
      throw new BenchException("cannot tell who runs this: " + e.getMessage(), e);
    }
  }

  // Minutes of work must not be lost for a directory that cannot be made; nor may a Ctrl-C leave an
  // empty one.
  private static void checkOutput(Path directory) {
    Path existing = directory.toAbsolutePath();
    while (!Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
      throw new BenchException(
          "cannot write the report to "
              + directory
              + ": "
              + existing
              + " is not a writable directory");
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new BenchException("cannot write " + file + ": " + e, e);
    }
  }
}
