package io.podwire.datapath;

import java.util.Collection;

/**
 * What connections have done so far that are only observed.
 *
 * @param connections how many they are
 * @param messages that they sent, as {@link Counter#OBSERVED_MESSAGES} estimates them
 * @param bytes of those
 */
public record Observed(int connections, long messages, long bytes) {

  public static final Observed NOTHING = new Observed(0, 0, 0);

  /** What one end has received; the client's stands for the connection. */
  public static Observed of(Observation end) {
    return new Observed(end.role() == Role.CLIENT ? 1 : 0, end.messages(), end.bytes());
  }

  /** The sum of all ends. */
  public static Observed of(Collection<Observation> ends) {
    return ends.stream().map(Observed::of).reduce(NOTHING, Observed::plus);
  }

  public Observed plus(Observed other) {
    return new Observed(
        connections + other.connections, messages + other.messages, bytes + other.bytes);
  }
}
