package io.podwire.datapath;

/**
 * What a message of this machine costs its CPUs, both ends together, as {@code accelctl bench
 * --calibrate} measured it; {@code docs/datapath/observing.md} says how, and what that is worth.
 *
 * @param plainNanos ns of CPU time over plain TCP, more than 0
 * @param redirectedNanos ns from socket to socket, more than 0
 */
public record MessageCost(double plainNanos, double redirectedNanos) {

  private static final double NANOS_PER_SECOND = 1e9;

  /**
   * @throws IllegalArgumentException where one is not more than 0
   */
  public MessageCost {
    if (!(plainNanos > 0 && redirectedNanos > 0)) {
      throw new IllegalArgumentException(
          "a message costs more than " + plainNanos + " and " + redirectedNanos + " ns");
    }
  }

  /** What redirecting a message saves, in ns; less than 0 where it costs more. */
  public double savedNanos() {
    return plainNanos - redirectedNanos;
  }

  /** The same for so many, in seconds. */
  public double savedSeconds(long messages) {
    return messages * savedNanos() / NANOS_PER_SECOND;
  }
}
