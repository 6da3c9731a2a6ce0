package io.podwire.bench.table;

import io.podwire.bench.model.Sample;
import io.podwire.testbed.Child;
import java.time.Duration;
import java.util.function.LongFunction;
import java.util.function.LongToDoubleFunction;
import java.util.function.Supplier;

/**
 * A session, put together from what it does.
 *
 * @param rounds runs one
 * @param end ends the server
 */
record Serving(Supplier<Sample> rounds, Runnable end) implements Workload.Session {

  private static final long TRIAL_TRANSACTIONS = 2_000;

  /** A session with one server for all rounds. */
  static Serving by(Child server, Supplier<Sample> rounds) {
    return new Serving(rounds, server::close);
  }

  /**
   * A session of a tool that takes a number of transactions, and not a time, with one server for
   * all rounds.
   *
   * @param time of a round
   * @param trial runs so many, and gives their rate in a second, by which the number for a round is
   *     chosen
   * @param round runs so many
   */
  static Serving counted(
      Child server, Duration time, LongToDoubleFunction trial, LongFunction<Sample> round) {
    try {
      long count = (long) (trial.applyAsDouble(TRIAL_TRANSACTIONS) * Samples.seconds(time));
      return by(server, () -> round.apply(count));
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  @Override
  public Sample round() {
    return rounds.get();
  }

  @Override
  public void close() {
    end.run();
  }
}
