package io.podwire.cli;

import io.podwire.check.CheckReport;
import io.podwire.datapath.Datapath;
import io.podwire.testbed.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.function.Function;
import picocli.CommandLine;

/**
 * What one run of the command line did.
 *
 * @param exit the exit code
 * @param out standard output
 * @param err standard error
 */
record CommandLineRun(int exit, String out, String err) {

  /** Runs the command line on the datapath that the opener opens, on a kernel that keeps all. */
  static CommandLineRun on(DatapathOpener opener, String... arguments) {
    return on(opener, progress -> Checks.GOOD, arguments);
  }

  /** The same, on a kernel of which a check says this. */
  static CommandLineRun on(
      DatapathOpener opener, Function<Progress, CheckReport> check, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine =
        Accelctl.over(opener, check, arguments)
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err));
    int exit = commandLine.execute(arguments);
    return new CommandLineRun(exit, out.toString(), err.toString());
  }

  /** The same, where the options do not matter to the datapath. */
  static CommandLineRun on(Datapath datapath, String... arguments) {
    return on((pinDir, cgroup) -> datapath, arguments);
  }
}
