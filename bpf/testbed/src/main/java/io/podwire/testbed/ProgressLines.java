package io.podwire.testbed;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Timer;
import java.util.TimerTask;

/** Says again and again, in a line of its own, where a run is; from its first step to its end. */
final class ProgressLines implements Progress {

  private final PrintStream out;
  private final Duration interval;
  private Timer timer;
  private String line;

  /**
   * @param interval between two lines
   */
  ProgressLines(PrintStream out, Duration interval) {
    this.out = out;
    this.interval = interval;
  }

  @Override
  public synchronized void step(int done, int total, String what) {
    line = done + "/" + total + " " + what;
    if (what.isEmpty()) {
      end();
    } else if (timer == null) {
      timer = new Timer("progress", true);
      timer.schedule(
          new TimerTask() {
            @Override
            public void run() {
              say();
            }
          },
          interval.toMillis(),
          interval.toMillis());
    }
  }

  private synchronized void say() {
    if (timer != null) {
      out.println(line);
    }
  }

  private void end() {
    if (timer != null) {
      timer.cancel();
    }
    timer = null;
  }
}
