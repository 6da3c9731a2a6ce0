package io.podwire.suites;

import io.podwire.testbed.Place;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs tests of a suite in a place; its output stays in {@link Suite#OUTPUT}. */
final class SuiteRun {

  // A program that starts and ends no test for longer has one that waits for ever: the longest of
  // these suites takes 10 s, which is also the longest limit that they set themselves.
  private static final Duration SILENCE = Duration.ofSeconds(30);
  private static final Duration SILENCE_ALONE = Duration.ofSeconds(20);

  // A program that is killed leaves its temporary files: they are on a file system that only it
  // and its children see. A short path, since UNIX sockets are made in it.
  private static final String TEMPORARY = "/mnt";
  private static final List<String> WITH_TEMPORARY =
      List.of(
          "unshare",
          "--mount",
          "sh",
          "-c",
          "mount -t tmpfs tmpfs \"$0\" && exec \"$@\"",
          TEMPORARY);

  private final Place place;
  private final Suite suite;
  private final String mode;
  private int programs;

  /**
   * @param mode part of the names of the output files
   */
  SuiteRun(Place place, Suite suite, String mode) {
    this.place = place;
    this.suite = suite;
    this.mode = mode;
    removeOutput();
  }

  /** Removes the output of an earlier run, which may have taken more programs. */
  private void removeOutput() {
    String names = suite.name() + "-" + mode + "{,-[0-9]*}.{out,err}";
    try (DirectoryStream<Path> files = Files.newDirectoryStream(Suite.OUTPUT, names)) {
      for (Path file : files) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The outcome of every test. Where a test ends the program, or never ends itself, another program
   * runs those after it.
   */
  Map<String, Outcome> all() {
    Map<String, Outcome> outcomes = new LinkedHashMap<>();
    List<String> left = suite.tests();
    while (!left.isEmpty()) {
      Map<String, Outcome> ended = program(left, SILENCE);
      outcomes.putAll(ended);
      if (ended.isEmpty()) {
        left.forEach(test -> outcomes.put(test, Outcome.ABSENT));
      }
      left = left.stream().filter(test -> !outcomes.containsKey(test)).toList();
    }
    return outcomes;
  }

  /** The outcome of a test in a program of its own. */
  Outcome alone(String test) {
    return program(List.of(test), SILENCE_ALONE).getOrDefault(test, Outcome.ABSENT);
  }

  private Map<String, Outcome> program(Collection<String> tests, Duration silence) {
    programs++;
    String name = suite.name() + "-" + mode + (programs == 1 ? "" : "-" + programs);
    Path output = Suite.OUTPUT.resolve(name + ".out");
    List<String> command = new ArrayList<>(List.of("setsid"));
    command.addAll(WITH_TEMPORARY);
    command.addAll(suite.command().apply(tests));
    ProcessBuilder builder =
        place
            .command(command.toArray(String[]::new))
            .directory(suite.directory().toFile())
            .redirectInput(new File("/dev/null"))
            .redirectOutput(output.toFile())
            .redirectError(Suite.OUTPUT.resolve(name + ".err").toFile());
    Suite.environment(builder);
    builder.environment().put("TMPDIR", TEMPORARY);
    try {
      Process process = builder.start();
      try {
        awaitEnd(process, output, silence);
      } finally {
        end(process);
      }
      try (Stream<String> lines = Files.lines(output, StandardCharsets.ISO_8859_1)) {
        return SuiteOutput.parse(lines);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void awaitEnd(Process process, Path output, Duration silence)
      throws IOException, InterruptedException {
    long size = 0;
    long since = System.nanoTime();
    while (!process.waitFor(100, TimeUnit.MILLISECONDS)
        && System.nanoTime() - since < silence.toNanos()) {
      if (Files.size(output) != size) {
        size = Files.size(output);
        since = System.nanoTime();
      }
    }
  }

  /** SIGQUIT first: both languages write the stack of every thread. */
  private static void end(Process process) throws IOException, InterruptedException {
    if (process.isAlive()) {
      new ProcessBuilder("kill", "-QUIT", Long.toString(process.pid())).start().waitFor();
      process.waitFor(2, TimeUnit.SECONDS);
    }
    process.destroyForcibly().waitFor();
  }
}
