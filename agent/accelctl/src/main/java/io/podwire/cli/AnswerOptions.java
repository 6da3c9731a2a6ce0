package io.podwire.cli;

import io.podwire.datapath.Status;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options of every verb about its answer: for whom, and how much. */
final class AnswerOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec verb;

  @Option(
      names = "-o",
      paramLabel = "text|wide|json",
      description =
          "for people (default), the same with more columns where a list has them, or for programs")
  private OutputFormat format = OutputFormat.TEXT;

  @Option(
      names = {"-v", "--verbose"},
      description = "say more; on an error also the kernel's log and the stack trace")
  private boolean verbose;

  boolean isJson() {
    return format == OutputFormat.JSON;
  }

  boolean isWide() {
    return format == OutputFormat.WIDE;
  }

  boolean isVerbose() {
    return verbose;
  }

  PrintWriter out() {
    return verb.commandLine().getOut();
  }

  /** Answers with one line, or with the status document for a program. */
  void give(String line, Status status) {
    if (isJson()) {
      JsonAnswer.print(StatusDocument.of(status), out());
    } else {
      out().println(line);
    }
  }
}
