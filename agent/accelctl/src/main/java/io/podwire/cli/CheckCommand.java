package io.podwire.cli;

import io.podwire.check.CheckReport;
import io.podwire.check.ContractCase;
import io.podwire.check.KeptCheck;
import io.podwire.check.KernelSupport;
import io.podwire.check.KnownLimit;
import io.podwire.check.Verdict;
import io.podwire.datapath.Build;
import io.podwire.datapath.Lockdown;
import io.podwire.testbed.Progress;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code accelctl check}: the socket contract on this machine's kernel. */
@Command(
    name = "check",
    description =
        "Compares what applications observe over plain TCP and accelerated, case by case, between"
            + " pods of its own.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class CheckCommand implements Callable<Integer> {

  private static final String ROW = "%-44s %s%n";

  @Mixin private final AnswerOptions answer = new AnswerOptions();
  @Mixin private final CheckOptions where;

  @Option(
      names = "--kept",
      description =
          "print the check that is kept, and make one only if this kernel and these programs have"
              + " none")
  private boolean kept;

  CheckCommand(Function<Progress, CheckReport> check) {
    where = new CheckOptions(check);
  }

  @Override
  public Integer call() {
    Optional<CheckReport> before = kept ? where.kept().kept() : Optional.empty();
    CheckReport report = before.orElseGet(this::made);
    if (answer.isJson()) {
      answer.out().println(KeptCheck.json(report));
    } else {
      print(report, answer.out());
    }
    if (before.isEmpty()) {
      where.kept().keep(report); // after it was printed: it took long, and stays true if this fails
    }
    return report.with(Verdict.DIFFERS).findAny().isPresent() ? ExitCode.SOFTWARE : ExitCode.OK;
  }

  private CheckReport made() {
    where.kept().requireWritable();
    return where.kept().make(Progress.onStandardError());
  }

  private void print(CheckReport report, PrintWriter out) {
    report.cases().stream()
        .filter(c -> c.verdict() != Verdict.SAME || answer.isVerbose())
        .forEach(c -> print(c, out));
    out.printf(
        "%d cases on Linux %s, build %s: %d the same%s, %d known limits, %d differ%n",
        report.cases().size(),
        report.kernel(),
        new Build(report.generation(), report.build()),
        report.with(Verdict.SAME).count(),
        answer.isVerbose() ? "" : " (-v lists them)",
        report.with(Verdict.KNOWN_LIMIT).count(),
        report.with(Verdict.DIFFERS).count());
    out.println();
    out.println("Protections of this kernel:");
    for (KernelSupport support : report.support()) {
      row(out, support.name(), (support.present() ? "yes  " : "NO   ") + support.purpose());
    }
    Lockdown.running().consequence().ifPresent(what -> row(out, "lockdown", what));
    out.println();
    out.println("Known limits:");
    for (KnownLimit limit : report.limits()) {
      row(out, limit.toString(), limit.reason());
      row(out, "", "concerns " + limit.applications());
    }
  }

  private static void print(ContractCase c, PrintWriter out) {
    if (c.verdict() == Verdict.SAME) {
      out.printf(ROW, c.name(), "same");
      out.println("  both         " + c.plain());
      return;
    }
    String known = c.limit().isEmpty() ? "DIFFERS" : "differs: known limit " + c.limit();
    out.printf(ROW, c.name(), known);
    out.println("  plain        " + c.plain());
    out.println("  accelerated  " + c.accelerated());
  }

  private static void row(PrintWriter out, String name, String text) {
    out.printf("  %-18s %s%n", name, text);
  }
}
