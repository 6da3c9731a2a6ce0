package io.podwire.bench.run;

import io.podwire.bench.BenchException;
import io.podwire.bench.model.Link;
import io.podwire.bench.model.RunOptions;
import io.podwire.bench.table.Workload;
import io.podwire.bench.table.Workloads;
import io.podwire.datapath.Gears;
import io.podwire.testbed.Placement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What to run.
 *
 * @param profile how much of it
 * @param rounds pairs of rounds, off and on, of each comparison; 2 to 1,000
 * @param seconds length of one round, 1 to 60; sockperf spends the first 0.4 s of it on its
 *     warm-up; empty: {@value #DEFAULT_SECONDS} in the headline, {@link Workloads#DEFAULT_TIME} in
 *     the table
 * @param messageSizes bytes of a message, each {@value #MIN_MESSAGE_SIZE} to {@value
 *     #MAX_MESSAGE_SIZE}
 * @param placements where both ends run, one after the other; the table and the costs take the
 *     first
 * @param services how many Services the node's rules hold beside the one that is measured; 0 to
 *     10,000
 * @param gears whether flows that went to TCP for an obstacle that passes are redirected again
 * @param nullTest measure the table alone, off against off: the bench's own noise
 * @param links the rows of the table, by their names; empty: all of the profile's
 * @param workloads the columns of the table, by their names; empty: all
 * @param output directory for the report; created when needed
 */
public record BenchOptions(
    Profile profile,
    int rounds,
    Optional<Integer> seconds,
    List<Integer> messageSizes,
    List<Placement> placements,
    int services,
    Gears gears,
    boolean nullTest,
    List<String> links,
    List<String> workloads,
    Path output) {

  /** sockperf's header: no message of its is shorter. */
  public static final int MIN_MESSAGE_SIZE = 14;

  /** sockperf's buffer: no message of its is longer. */
  public static final int MAX_MESSAGE_SIZE = 65_507;

  /** Length of one round of the headline. */
  public static final int DEFAULT_SECONDS = 1;

  /** Services beside the one that is measured. */
  public static final int DEFAULT_SERVICES = 200;

  /** Bytes of a message. */
  public static final List<Integer> DEFAULT_MESSAGE_SIZES = List.of(14, 1024);

  private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  /**
   * @throws IllegalArgumentException naming the option that is out of range, and the range
   */
  public BenchOptions {
    require("rounds", rounds, 2, 1_000);
    seconds.ifPresent(given -> require("seconds", given, 1, 60));
    require("services", services, 0, 10_000);
    messageSizes = List.copyOf(messageSizes);
    placements = List.copyOf(placements);
    links = List.copyOf(links);
    workloads = List.copyOf(workloads);
    if (messageSizes.isEmpty()) {
      throw new IllegalArgumentException("message-size must name at least one size");
    }
    messageSizes.forEach(size -> require("message-size", size, MIN_MESSAGE_SIZE, MAX_MESSAGE_SIZE));
    if (placements.isEmpty()) {
      throw new IllegalArgumentException("cpu must name at least one placement");
    }
    requireTable("null-test", nullTest, profile);
    requireTable("link", !links.isEmpty(), profile);
    requireTable("workload", !workloads.isEmpty(), profile);
    chosen("link", links, profile.links(), Link::toString);
    chosen(
        "workload",
        workloads,
        Workloads.all(sizes(profile, messageSizes), Workloads.DEFAULT_TIME),
        Workload::name);
  }

  /** Options with the gears that this machine's kernel allows, {@link Gears#AUTO}. */
  public BenchOptions(
      Profile profile,
      int rounds,
      Optional<Integer> seconds,
      List<Integer> messageSizes,
      List<Placement> placements,
      int services,
      boolean nullTest,
      List<String> links,
      List<String> workloads,
      Path output) {
    this(
        profile,
        rounds,
        seconds,
        messageSizes,
        placements,
        services,
        Gears.AUTO,
        nullTest,
        links,
        workloads,
        output);
  }

  /** What a report says of these options. */
  public RunOptions reported() {
    return new RunOptions(
        profile.toString(),
        rounds,
        headlineSeconds(),
        tableTime().toMillis() / 1e3,
        messageSizes,
        placements,
        services,
        nullTest);
  }

  /** Length of one round of the headline. */
  public int headlineSeconds() {
    return seconds.orElse(DEFAULT_SECONDS);
  }

  /** Length of one round of the table. */
  public Duration tableTime() {
    return seconds.map(Duration::ofSeconds).orElse(Workloads.DEFAULT_TIME);
  }

  /** Whether the headline is measured: not where a part of the table is asked for. */
  public boolean hasHeadline() {
    return isWhole();
  }

  /** Whether the costs are measured: not where a part of the table is asked for. */
  public boolean hasCosts() {
    return profile != Profile.QUICK && isWhole();
  }

  private boolean isWhole() {
    return !nullTest && links.isEmpty() && workloads.isEmpty();
  }

  /** The rows of the table; none where the profile has no table. */
  public List<Link> tableLinks() {
    return chosen("link", links, profile.links(), Link::toString);
  }

  /** The columns of the table. */
  public List<Workload> tableWorkloads() {
    return chosen("workload", workloads, Workloads.all(sizes(), tableTime()), Workload::name);
  }

  /** The message sizes that the profile measures: the standard one the first alone. */
  public List<Integer> sizes() {
    return sizes(profile, messageSizes);
  }

  private static List<Integer> sizes(Profile profile, List<Integer> messageSizes) {
    return profile == Profile.STANDARD ? messageSizes.subList(0, 1) : messageSizes;
  }

  /**
   * Requires that the report can be written: minutes of work must not be lost for a directory that
   * cannot be made, nor may a Ctrl-C leave an empty one.
   *
   * @throws BenchException where it cannot
   */
  public void requireOutput() {
    Path existing = output.toAbsolutePath();
    while (!Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
      throw new BenchException(
          "cannot write the report to "
              + output
              + ": "
              + existing
              + " is not a writable directory");
    }
  }

  /** {@code podwire-bench-YYYYMMDD-HHMMSS} in the working directory. */
  public static Path defaultOutput() {
    return Path.of("podwire-bench-" + TIMESTAMP.format(LocalDateTime.now(ZoneId.systemDefault())));
  }

  private static void require(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + " must be " + min + " to " + max + ", not " + value);
    }
  }

  private static void requireTable(String name, boolean given, Profile profile) {
    if (given && profile.links().isEmpty()) {
      throw new IllegalArgumentException(
          name
              + " is about the table, which the profile "
              + profile
              + " has not: add --profile standard");
    }
  }

  private static <T> List<T> chosen(
      String option, List<String> names, List<T> all, Function<T, String> name) {
    List<String> known = all.stream().map(name).toList();
    for (String wanted : names) {
      if (!known.contains(wanted)) {
        throw new IllegalArgumentException(
            option + " must be one of " + String.join(", ", known) + ", not " + wanted);
      }
    }
    return all.stream().filter(one -> names.isEmpty() || names.contains(name.apply(one))).toList();
  }
}
