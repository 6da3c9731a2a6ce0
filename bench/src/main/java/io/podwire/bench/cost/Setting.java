package io.podwire.bench.cost;

import java.util.Locale;

/**
 * What a connection that leaves the node meets; in the order of a group's rounds, where each
 * setting of the datapath is next to its own round without one, and these two are next to each
 * other.
 */
enum Setting {
  /** Attached and enabled, the pods selected. */
  ENABLED,
  /** No datapath: compared with {@link #ENABLED}. */
  ABSENT,
  /** No datapath: compared with {@link #MANY_SELECTED}, and with the other one for the noise. */
  ABSENT_AGAIN,
  /** Attached and enabled, the pods and many other addresses selected. */
  MANY_SELECTED;

  /** The setting in progress and errors. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
