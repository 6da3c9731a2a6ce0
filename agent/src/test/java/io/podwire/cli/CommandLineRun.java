package io.podwire.cli;

import io.podwire.datapath.Datapath;
import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/**
 * What one run of the command line did.
 *
 * @param exit the exit code
 * @param out standard output
 * @param err standard error
 */
record CommandLineRun(int exit, String out, String err) {

  /** Runs the command line on the datapath that the opener opens. */
  static CommandLineRun on(DatapathOpener opener, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine =
        Accelctl.over(opener).setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exit = commandLine.execute(arguments);
    return new CommandLineRun(exit, out.toString(), err.toString());
  }

  /** The same, where the options do not matter to the datapath. */
  static CommandLineRun on(Datapath datapath, String... arguments) {
    return on((pinDir, cgroup) -> datapath, arguments);
  }
}
