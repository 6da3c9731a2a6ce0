package io.podwire.cli;

import io.podwire.agent.OneLine;
import io.podwire.bpf.BpfException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Reports whatever goes wrong in one line on standard error; the rest is for those who ask with
 * {@code -v}.
 */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {

  @Override
  public int handleParseException(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    command
        .getErr()
        .printf(
            "accelctl: %s (see %s --help)%n",
            oneLine(failure.getMessage()) + suggestion(failure),
            command.getCommandSpec().qualifiedName());
    return ExitCode.USAGE;
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine command, ParseResult arguments) {
    PrintWriter err = command.getErr();
    boolean verbose = command.getParseResult().matchedOptionValue("-v", false);
    // Our own exceptions have messages for operators; any other is a defect.
    if (failure.getClass().getPackageName().startsWith("io.podwire.")) {
      err.println("accelctl: " + oneLine(failure.getMessage()));
    } else {
      err.println(
          "accelctl: unexpected: "
              + oneLine(failure.toString())
              + (verbose ? "" : " (-v says where)"));
    }
    if (verbose) {
      if (failure instanceof BpfException bpf && !bpf.log().isEmpty()) {
        err.println(bpf.log().stripTrailing());
      }
      failure.printStackTrace(err);
    }
    return ExitCode.SOFTWARE;
  }

  private static String suggestion(ParameterException failure) {
    return failure instanceof UnmatchedArgumentException unmatched
        ? unmatched.getSuggestions().stream()
            .findFirst()
            .map(meant -> ": did you mean " + meant + "?")
            .orElse("")
        : "";
  }

  private static String oneLine(String message) {
    return OneLine.printable(message.strip().replaceAll("\\s*\\R\\s*", " "));
  }
}
