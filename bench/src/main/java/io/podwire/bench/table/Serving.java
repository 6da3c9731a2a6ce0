package io.podwire.bench.table;

import io.podwire.bench.model.Sample;
import java.util.function.Supplier;

/**
 * A session, put together from what it does.
 *
 * @param rounds runs one
 * @param end ends the server
 */
record Serving(Supplier<Sample> rounds, Runnable end) implements Workload.Session {

  @Override
  public Sample round() {
    return rounds.get();
  }

  @Override
  public void close() {
    end.run();
  }
}
