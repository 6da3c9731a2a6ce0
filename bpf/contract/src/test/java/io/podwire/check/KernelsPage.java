package io.podwire.check;

import io.podwire.datapath.Guard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What {@code tools/kernels} found in each kernel: the summary that {@code make kernels} prints,
 * and {@code docs/kernels.md}.
 */
public final class KernelsPage {

  private final List<KernelResult> results;

  KernelsPage(List<KernelResult> results) {
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
                  .map(KernelResult::read)
                  .sorted(
                      Comparator.comparing(KernelResult::version, Arrays::compare)
                          .thenComparing(KernelResult::name))
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

  private static String summary(KernelResult result) {
    return String.format(
        "%-26s tests: %s; cases: %d the same, %d known limits, %d differ; %s",
        result.release(),
        result.tests(),
        result.cases(Verdict.SAME),
        result.cases(Verdict.KNOWN_LIMIT),
        result.cases(Verdict.DIFFERS),
        result.report().support().stream()
            .filter(KernelSupport::present)
            .map(KernelSupport::name)
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
    row(lines, "", KernelResult::release);
    lines.add("| --- " + "| --- ".repeat(results.size()) + "|");
    row(lines, "kernel arguments", KernelResult::kernelArguments);
    row(lines, "flows leave without an agent", r -> yes(r.has("timers")));
    for (Guard guard : Guard.values()) {
      row(lines, "guard " + guard, r -> yes(r.has(guard.toString())));
    }
    row(lines, "cases the same", r -> "" + r.cases(Verdict.SAME));
    row(lines, "known limits", r -> "" + r.cases(Verdict.KNOWN_LIMIT));
    row(lines, "undocumented differences", r -> "" + r.cases(Verdict.DIFFERS));
    row(lines, "kernel tests", KernelResult::tests);
    row(
        lines,
        "`enable --cidr` demands",
        r -> r.demands().isEmpty() ? "nothing" : String.join(", ", r.demands()));
    lines.add(
        """

        ## Known limits, and whom they concern

        x: seen there; one that takes a race may be missed. Why they are, and what else is known: [contract.md](contract.md).
        """);
    limitRow(lines, "limit", KernelResult::name, "concerns");
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

  private void row(List<String> lines, String title, Function<KernelResult, String> cell) {
    lines.add("| " + title + " |" + cells(cell));
  }

  private void limitRow(
      List<String> lines, String title, Function<KernelResult, String> cell, String last) {
    lines.add("| " + title + " |" + cells(cell) + " " + last + " |");
  }

  private String cells(Function<KernelResult, String> cell) {
    return results.stream().map(r -> " " + cell.apply(r) + " |").collect(Collectors.joining());
  }

  private static String yes(boolean is) {
    return is ? "yes" : "**no**";
  }
}
