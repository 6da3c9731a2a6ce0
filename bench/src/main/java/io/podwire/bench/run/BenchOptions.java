package io.podwire.bench.run;

import io.podwire.bench.Placement;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;

/**
 * What to run.
 *
 * @param rounds pairs of rounds, off and on, of each comparison; 2 to 1,000
 * @param seconds length of one round, 1 to 60; sockperf spends the first 0.4 s of it on its warm-up
 * @param messageSizes bytes of a message, each {@value #MIN_MESSAGE_SIZE} to {@value
 *     #MAX_MESSAGE_SIZE}
 * @param placements where both ends run, one after the other
 * @param output directory for {@code report.json} and {@code report.html}; created when needed
 */
public record BenchOptions(
    int rounds, int seconds, List<Integer> messageSizes, List<Placement> placements, Path output) {

  /** sockperf's header: no message of its is shorter. */
  public static final int MIN_MESSAGE_SIZE = 14;

  /** sockperf's buffer: no message of its is longer. */
  public static final int MAX_MESSAGE_SIZE = 65_507;

  public static final int DEFAULT_ROUNDS = 10;
  public static final int DEFAULT_SECONDS = 1;
  public static final List<Integer> DEFAULT_MESSAGE_SIZES = List.of(14, 1024);

  private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  /**
   * @throws IllegalArgumentException naming the option that is out of range, and the range
   */
  public BenchOptions {
    require("rounds", rounds, 2, 1_000);
    require("seconds", seconds, 1, 60);
    messageSizes = List.copyOf(messageSizes);
    placements = List.copyOf(placements);
    if (messageSizes.isEmpty()) {
      throw new IllegalArgumentException("message-size must name at least one size");
    }
    messageSizes.forEach(size -> require("message-size", size, MIN_MESSAGE_SIZE, MAX_MESSAGE_SIZE));
    if (placements.isEmpty()) {
      throw new IllegalArgumentException("cpu must name at least one placement");
    }
  }

  /** {@code podwire-bench-YYYYMMDD-HHMMSS} in the working directory. */
  public static Path defaultOutput() {
    return Path.of("podwire-bench-" + TIMESTAMP.format(LocalDateTime.now()));
  }

  private static void require(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + " must be " + min + " to " + max + ", not " + value);
    }
  }
}
