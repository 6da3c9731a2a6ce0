package io.podwire.bench.table;

import io.podwire.bench.model.Column;
import io.podwire.bench.model.Link;
import io.podwire.bench.model.Sample;
import io.podwire.testbed.Ends;
import io.podwire.testbed.Scratch;
import java.util.Optional;

/** A column of the table: a program that moves data between two ends and tells how fast. */
public interface Workload extends Column {

  /** Why it cannot run between these ends, or on this machine; empty where it can. */
  Optional<String> obstacle(Link link);

  /**
   * Starts what serves, and returns when it listens. Nothing that it opened before a round is used
   * in the round.
   *
   * @throws io.podwire.testbed.TestbedException when it cannot be started
   */
  Session start(Ends ends, Scratch scratch);

  /** A server that waits for rounds; closing it ends everything that it started. */
  interface Session extends AutoCloseable {

    /**
     * Runs one round: connections of its own, opened and closed within it.
     *
     * @throws io.podwire.testbed.TestbedException when the tool failed
     * @throws io.podwire.bench.BenchException when anything of what it did failed
     */
    Sample round();

    @Override
    void close();
  }
}
