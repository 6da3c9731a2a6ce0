package io.podwire.bench.tool;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The programs of the machine that the bench drives, where they are installed. */
public enum Program {
  SOCKPERF("--version", "sockperf"),
  NGINX("-v", "nginx-light"),
  HAPROXY("-v", "haproxy"),
  AB("-V", "apache2-utils"),
  IPERF3("--version", "iperf3"),
  REDIS_SERVER("--version", "redis-server"),
  REDIS_BENCHMARK("--version", "redis-tools"),
  WRK("-v", "wrk"),
  NETPERF("-V", "netperf"),
  NETSERVER("-V", "netperf");

  /** How long any of them, or of ours, may take: the longest round, on a slow machine. */
  static final Duration LIMIT = Duration.ofMinutes(2);

  private final String versionOption;
  private final String debianPackage;

  Program(String versionOption, String debianPackage) {
    this.versionOption = versionOption;
    this.debianPackage = debianPackage;
  }

  /** The name of its file. */
  public String command() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The first line with a digit of what it says about its version; empty where it is missing. */
  public Optional<String> version() {
    try {
      Process process =
          new ProcessBuilder(command(), versionOption)
              .redirectInput(new File("/dev/null"))
              .redirectErrorStream(true)
              .start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return Optional.of(
          output
              .lines()
              .filter(line -> line.matches(".*\\d.*"))
              .findFirst()
              .orElse("unknown")
              .strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** {@link #missing} of the first that is not installed; empty where all are. */
  public static Optional<String> firstMissing(Program... programs) {
    return Stream.of(programs)
        .filter(program -> program.version().isEmpty())
        .map(Program::missing)
        .findFirst();
  }

  /** That it is missing, and what to do about it. */
  public String missing() {
    return command() + " is not installed: apt-get install " + debianPackage;
  }
}
