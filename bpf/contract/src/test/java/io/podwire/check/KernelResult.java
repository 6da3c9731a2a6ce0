package io.podwire.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.ObjectMapper;

/**
 * What {@code tools/kernels} found in one kernel.
 *
 * @param name of the kernel there: a version, and behind a plus its arguments
 * @param release as uname(2) has it
 * @param report of {@code accelctl check}
 * @param enable what {@code accelctl enable --cidr} said, and its exit status
 * @param tested whether the kernel tests ran, and not the check alone
 * @param passed kernel tests that passed, in the end
 * @param again those of them that passed only when they ran again
 * @param failed kernel tests that failed
 * @param impossible kernel tests of what the kernel does not have
 * @param failures what is said of each test that failed
 * @param log what the kernel warned of
 */
record KernelResult(
    String name,
    String release,
    CheckReport report,
    String enable,
    boolean tested,
    int passed,
    int again,
    int failed,
    int impossible,
    List<String> failures,
    List<String> log) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** How many lines of a failure are shown: some failures print all that they compared. */
  private static final int MAX_LINES = 40;

  /** Reads the result that {@code tools/kernel-guest} left in sections. */
  static KernelResult read(Path directory) {
    try {
      Path ofTests = directory.resolve("tests");
      String tests = Files.exists(ofTests) ? Files.readString(ofTests) : "";
      return new KernelResult(
          directory.getFileName().toString(),
          Files.readString(directory.resolve("release")).strip(),
          JSON.readValue(Files.readString(directory.resolve("check")), CheckReport.class),
          Files.readString(directory.resolve("enable")).strip(),
          !tests.isEmpty(),
          number(tests, "(\\d+) tests passed\n"),
          number(tests, "(\\d+) tests passed when run again"),
          number(tests, "(\\d+) tests failed"),
          number(tests, "(\\d+) tests aborted"),
          failures(tests),
          lines(directory.resolve("log")));
    } catch (IOException e) {
      throw new IllegalStateException(
          directory + " is not the result of a kernel (see its output): " + e.getMessage(), e);
    }
  }

  private static int number(String text, String pattern) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map(found -> Integer.valueOf(found.group(1)))
        .findFirst()
        .orElse(0);
  }

  /** What is said of each test that failed, without the frames that are not ours. */
  private static List<String> failures(String tests) {
    List<String> failures = new ArrayList<>();
    int left = 0; // of the lines of a failure
    for (String line : tests.lines().toList()) {
      if (line.endsWith(KernelTests.FAILURE) || line.endsWith(KernelTests.FIRST_FAILURE)) {
        left = MAX_LINES;
      } else if (!line.startsWith("  ")) {
        left = 0;
      }
      if (left > 0 && (!line.startsWith("  \tat ") || line.contains("io.podwire"))) {
        failures.add(line);
        left--;
      }
    }
    return failures;
  }

  /** The lines of a section; one without a line is no file. */
  private static List<String> lines(Path file) throws IOException {
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  boolean has(String support) {
    return report.support().stream().anyMatch(p -> p.name().equals(support) && p.present());
  }

  long cases(Verdict verdict) {
    return report.with(verdict).count();
  }

  /** The names that {@code enable --cidr} must have demanded to be accepted. */
  List<String> demands() {
    return Stream.concat(
            report.with(Verdict.DIFFERS).map(ContractCase::name),
            report.unprotected().stream().map(KnownLimit::toString))
        .toList();
  }

  /** What must not be; empty where all is well. */
  List<String> faults() {
    List<String> faults = new ArrayList<>();
    if (tested && (passed == 0 || failed > 0)) {
      faults.add(passed + " tests passed, " + failed + " failed: see output");
    }
    report
        .with(Verdict.DIFFERS)
        .forEach(
            c ->
                faults.add(
                    c.name()
                        + " differs: plain: "
                        + c.plain()
                        + "; accelerated: "
                        + c.accelerated()));
    if (demands().isEmpty() != enable.endsWith("exit 0")
        || !demands().stream().allMatch(name -> enable.contains("--accept " + name))) {
      faults.add("enable --cidr should have demanded " + demands() + ", and said: " + enable);
    }
    log.forEach(line -> faults.add("the kernel's log: " + line));
    return faults;
  }

  /** How the kernel tests ended. */
  String tests() {
    if (!tested) {
      return "not run";
    }
    return passed
        + " passed"
        + (again > 0 ? " (" + again + " when run again)" : "")
        + (failed > 0 ? ", " + failed + " failed" : "")
        + (impossible > 0 ? ", " + impossible + " impossible" : "");
  }

  String kernelArguments() {
    return name.contains("+") ? name.substring(name.indexOf('+') + 1) : "";
  }

  int[] version() {
    return Pattern.compile("\\d{1,9}")
        .matcher(release)
        .results()
        .map(MatchResult::group)
        .mapToInt(Integer::parseInt)
        .toArray();
  }
}
