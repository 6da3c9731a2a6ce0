package io.podwire.bench.tool;

import io.podwire.bench.BenchException;
import io.podwire.testbed.Place;
import io.podwire.testbed.TestbedException;

/** A tool that sends one message there and back, over and over, on one new connection. */
public interface PingPong {

  /**
   * Runs server and client to their end.
   *
   * @param size bytes of a message
   * @throws TestbedException when one of them fails
   * @throws BenchException when they measured nothing
   */
  Measurement run(Place server, Place client, int size);
}
