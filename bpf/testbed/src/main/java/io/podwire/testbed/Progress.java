package io.podwire.testbed;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
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
    return isTerminal(Path.of("/proc/self/fd/2")) ? on(System.err) : NONE;
  }

  /** Like {@link #onTerminal}; where standard error is no terminal, a line every ten seconds. */
  static Progress onStandardError() {
    return isTerminal(Path.of("/proc/self/fd/2"))
        ? on(System.err)
        : new ProgressLines(System.err, Duration.ofSeconds(10));
  }

  private static Progress on(PrintStream terminal) {
    String clearLine = "\r\u001b[K";
    return (done, total, what) ->
        terminal.print(clearLine + (what.isEmpty() ? "" : done + "/" + total + " " + what));
  }

  // System.console() would ask about standard input and output, not about standard error.
  private static boolean isTerminal(Path fd) {
    try {
      String target = Files.readSymbolicLink(fd).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException e) {
      return false;
    }
  }
}
