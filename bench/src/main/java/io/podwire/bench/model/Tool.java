package io.podwire.bench.model;

import java.util.Locale;

/** What sends the messages of a latency round. */
public enum Tool {
  /** sockperf, over TCP only. */
  SOCKPERF,
  /** Our own {@code pingpong.c}, which also speaks over UNIX sockets and pipes. */
  PINGPONG;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
