package io.podwire.check;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.podwire.datapath.Guard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What {@code tools/kernels} found in each kernel: the summary that {@code make kernels} prints,
 * and {@code docs/kernels.md}.
 */
public final class KernelsPage {

  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /** Of a failure that are shown: some print all that they compared. */
  private static final int MAX_LINES = 40;

  /** Of one kernel. */
  record Result(
      String name,
      String release,
      CheckReport report,
      String enable,
      int passed,
      int again,
      int failed,
      int impossible,
      List<String> failures,
      List<String> log) {

    /** From the sections of {@code tools/kernel-guest}. */
    static Result read(Path directory) {
      try {
        String tests = Files.readString(directory.resolve("tests"));
        return new Result(
            directory.getFileName().toString(),
            Files.readString(directory.resolve("release")).strip(),
            JSON.readValue(Files.readString(directory.resolve("check")), CheckReport.class),
            Files.readString(directory.resolve("enable")).strip(),
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

    /** A section without a line is no file. */
    private static List<String> lines(Path file) throws IOException {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    boolean has(String protection) {
      return report.protections().stream()
          .anyMatch(p -> p.name().equals(protection) && p.present());
    }

    long cases(Verdict verdict) {
      return report.with(verdict).count();
    }

    /** What {@code enable --cidr} must have been told to accept. */
    List<String> demands() {
      return Stream.concat(
              report.with(Verdict.DIFFERS).map(ContractCase::name),
              report.unprotected().stream().map(KnownLimit::toString))
          .toList();
    }

    /** What must not be. */
    List<String> faults() {
      List<String> faults = new ArrayList<>();
      if (passed == 0 || failed > 0) {
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

    /** Impossible are those of what the kernel does not have. */
    private String tests() {
      return passed
          + " passed"
          + (again > 0 ? " (" + again + " when run again)" : "")
          + (failed > 0 ? ", " + failed + " failed" : "")
          + (impossible > 0 ? ", " + impossible + " impossible" : "");
    }

    private String kernelArguments() {
      return name.contains("+") ? name.substring(name.indexOf('+') + 1) : "";
    }

    private int[] version() {
      return Pattern.compile("\\d{1,9}")
          .matcher(release)
          .results()
          .map(MatchResult::group)
          .mapToInt(Integer::parseInt)
          .toArray();
    }
  }

  private final List<Result> results;

  KernelsPage(List<Result> results) {
    this.results = List.copyOf(results);
  }

  /**
   * @param arguments the directory of the results, with a directory for each kernel; the page, if
   *     it is to be written
   */
  public static void main(String[] arguments) throws IOException {
    KernelsPage page;
    try (Stream<Path> directories = Files.list(Path.of(arguments[0]))) {
      page =
          new KernelsPage(
              directories
                  .map(Result::read)
                  .sorted(
                      Comparator.comparing(Result::version, Arrays::compare)
                          .thenComparing(Result::name))
                  .toList());
    }
    page.results.forEach(
        result ->
            result.failures().forEach(line -> System.out.println(result.name() + ": " + line)));
    System.out.println(page.summary());
    List<String> faults = page.faults();
    faults.forEach(System.out::println);
    if (!faults.isEmpty()) {
      System.exit(1);
    }
    if (arguments.length > 1) {
      Files.writeString(Path.of(arguments[1]), page.markdown());
    }
  }

  List<String> faults() {
    return results.isEmpty()
        ? List.of("no kernel ran")
        : results.stream()
            .flatMap(result -> result.faults().stream().map(fault -> result.name() + ": " + fault))
            .toList();
  }

  String summary() {
    return results.stream().map(KernelsPage::summary).collect(Collectors.joining("\n"));
  }

  private static String summary(Result result) {
    return String.format(
        "%-26s tests: %s; cases: %d the same, %d known limits, %d differ; %s",
        result.release(),
        result.tests(),
        result.cases(Verdict.SAME),
        result.cases(Verdict.KNOWN_LIMIT),
        result.cases(Verdict.DIFFERS),
        result.report().protections().stream()
            .filter(Protection::present)
            .map(Protection::name)
            .collect(Collectors.joining(", ", "protections: ", "")));
  }

  String markdown() {
    List<String> lines = new ArrayList<>();
    lines.add(
        """
        # Kernels

        <!-- make kernels writes this -->

        What `accelctl check` finds on Debian's kernels, in emulation, and what follows for who enables acceleration there. Each kernel also ran the kernel tests of
        the datapath with a storm, nginx, HAProxy, a Go relay and a Java reader of `available()`, and had no warning in its log.
        """);
    row(lines, "", Result::release);
    lines.add("| --- " + "| --- ".repeat(results.size()) + "|");
    row(lines, "kernel arguments", Result::kernelArguments);
    row(lines, "flows leave without an agent", r -> yes(r.has("timers")));
    for (Guard guard : Guard.values()) {
      row(lines, "guard " + guard, r -> yes(r.has(guard.toString())));
    }
    row(lines, "cases the same", r -> "" + r.cases(Verdict.SAME));
    row(lines, "known limits", r -> "" + r.cases(Verdict.KNOWN_LIMIT));
    row(lines, "undocumented differences", r -> "" + r.cases(Verdict.DIFFERS));
    row(lines, "kernel tests", Result::tests);
    row(
        lines,
        "`enable --cidr` demands",
        r -> r.demands().isEmpty() ? "nothing" : String.join(", ", r.demands()));
    lines.add(
        """

        ## Known limits, and whom they concern

        x: seen there; one that takes a race may be missed. Why they are, and what else is known: [contract.md](contract.md).
        """);
    limitRow(lines, "limit", Result::name, "concerns");
    lines.add("| --- " + "| --- ".repeat(results.size()) + "| --- |");
    for (KnownLimit limit : KnownLimit.values()) {
      if (results.stream().anyMatch(r -> r.report().limits().contains(limit))) {
        limitRow(
            lines,
            limit.toString(),
            r -> r.report().limits().contains(limit) ? "x" : "",
            limit.applications());
      }
    }
    return String.join("\n", lines) + "\n";
  }

  private void row(List<String> lines, String title, Function<Result, String> cell) {
    lines.add("| " + title + " |" + cells(cell));
  }

  private void limitRow(
      List<String> lines, String title, Function<Result, String> cell, String last) {
    lines.add("| " + title + " |" + cells(cell) + " " + last + " |");
  }

  private String cells(Function<Result, String> cell) {
    return results.stream().map(r -> " " + cell.apply(r) + " |").collect(Collectors.joining());
  }

  private static String yes(boolean is) {
    return is ? "yes" : "**no**";
  }
}
