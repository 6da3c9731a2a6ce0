package io.podwire.bench.run;

import io.podwire.testbed.Progress;

/** Counts the steps of a run for its {@link Progress}; closing it says that the run is over. */
final class Steps implements AutoCloseable {

  private final Progress progress;
  private final int total;
  private int done;

  /**
   * @param total the sum of what the parts of the run will take
   */
  Steps(Progress progress, int total) {
    this.progress = progress;
    this.total = total;
  }

  void next(String what) {
    progress.step(done++, total, what);
  }

  @Override
  public void close() {
    progress.step(total, total, "");
  }
}
