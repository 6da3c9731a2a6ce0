package io.podwire.datapath;

import java.util.Locale;
import java.util.Set;

/**
 * Whether a direction that outruns its reader only shifts to TCP, and is redirected again once the
 * reader has caught up ({@code docs/datapath/gears-and-returns.md}); {@code enum gears} of {@code
 * flow.h}.
 */
public enum Gears {
  /** Where {@code FIONREAD} counts both queues of a joined socket, by the guard for that. */
  AUTO,
  /** From Linux 6.1 on, also where {@code FIONREAD} does not count what came by TCP. */
  ON,
  /** Never: a direction that went to TCP stays there. */
  OFF;

  /**
   * Whether directions shift.
   *
   * @param guards those that are in force
   */
  boolean areInForce(Set<Guard> guards) {
    return RunningKernel.supportsGears()
        && (this == ON || (this == AUTO && guards.contains(Guard.FIONREAD)));
  }

  /** The name in {@code accelctl}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
