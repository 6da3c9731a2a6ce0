package io.podwire.cli;

import io.podwire.testbed.Progress;
import java.io.PrintWriter;
import java.util.function.Consumer;

/**
 * Says on standard error what a verb has made in a cluster and could not take away again, as soon
 * as that is known: the JVM may be about to end. The verb fails then.
 */
final class Leftovers implements Consumer<String> {

  private final PrintWriter err;
  private final Progress progress;
  private boolean none = true;

  /**
   * @param progress has its line on the same terminal, and makes room
   */
  Leftovers(PrintWriter err, Progress progress) {
    this.err = err;
    this.progress = progress;
  }

  @Override
  public synchronized void accept(String line) {
    none = false;
    progress.step(1, 1, "");
    err.println("accelctl: " + line);
    err.flush();
  }

  synchronized boolean areNone() {
    return none;
  }
}
