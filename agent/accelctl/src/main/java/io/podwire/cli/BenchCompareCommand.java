package io.podwire.cli;

import io.podwire.bench.report.ReportComparison;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code accelctl bench compare}: the gains of two reports side by side. */
@Command(
    name = "compare",
    description =
        "Shows the gains of two reports side by side, and says where their intervals do not overlap.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class BenchCompareCommand implements Runnable {

  @Mixin private final AnswerOptions answer = new AnswerOptions();

  @Parameters(index = "0", paramLabel = "A.json", description = "report.json of a run")
  private Path a;

  @Parameters(index = "1", paramLabel = "B.json", description = "report.json of another run")
  private Path b;

  @Override
  public void run() {
    ReportComparison comparison = ReportComparison.of(a, b);
    answer.out().print(answer.isJson() ? comparison.json() : comparison.text());
    answer.out().flush();
  }
}
