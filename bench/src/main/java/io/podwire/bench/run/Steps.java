package io.podwire.bench.run;

import io.podwire.bench.Progress;
import io.podwire.bench.headline.HttpCase;
import io.podwire.bench.headline.HttpRounds;
import io.podwire.bench.headline.LatencyCase;

/** Counts the rounds of a run for its {@link Progress}; closing it says that the run is over. */
final class Steps implements AutoCloseable {

  private static final int NEIGHBOUR = 1;

  private final Progress progress;
  private final int total;
  private int done;

  Steps(BenchOptions options, Progress progress) {
    this.progress = progress;
    int latencyRounds =
        options.placements().size() * options.messageSizes().size() * LatencyCase.ALL.size();
    int httpRounds = HttpCase.values().length * HttpRounds.ROUNDS_PER_PAIR;
    this.total = options.rounds() * (latencyRounds + httpRounds) + NEIGHBOUR;
  }

  void next(String what) {
    progress.step(done++, total, what);
  }

  @Override
  public void close() {
    progress.step(total, total, "");
  }
}
