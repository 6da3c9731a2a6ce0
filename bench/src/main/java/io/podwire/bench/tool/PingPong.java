package io.podwire.bench.tool;

import io.podwire.bench.BenchException;
import io.podwire.bench.testbed.Place;

/** A tool that sends one message there and back, over and over, on one new connection. */
public interface PingPong {

  /**
   * Runs server and client to their end.
   *
   * @param size bytes of a message
   * @throws BenchException when one of them fails
   */
  Measurement run(Place server, Place client, int size);
}
