package io.podwire.testbed;

import java.io.PrintStream;
import java.time.Duration;

/** Hears how far a run is. */
public interface Progress {

  /** Says nothing. */
  Progress NONE = (done, total, what) -> {};

  /**
   * A step begins.
   *
   * @param done steps that are finished
   * @param total steps of the whole run
   * @param what the step, in a few words; empty when all are finished
   */
  void step(int done, int total, String what);

  /**
   * One line that rewrites itself on standard error, where that is a terminal; otherwise {@link
   * #NONE}.
   */
  static Progress onTerminal() {
    return Terminal.isStandardError() ? on(System.err) : NONE;
  }

  /** Like {@link #onTerminal}; where standard error is no terminal, a line every ten seconds. */
  static Progress onStandardError() {
    return Terminal.isStandardError()
        ? on(System.err)
        : new ProgressLines(System.err, Duration.ofSeconds(10));
  }

  private static Progress on(PrintStream terminal) {
    String clearLine = "\r\u001b[K";
    return (done, total, what) ->
        terminal.print(clearLine + (what.isEmpty() ? "" : done + "/" + total + " " + what));
  }
}
