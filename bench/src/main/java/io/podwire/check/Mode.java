package io.podwire.check;

import java.util.Locale;

/** What happens to a connection between its first messages and the case proper. */
enum Mode {
  /** Nothing: it stays accelerated. */
  DIRECT,
  /** Its backlog overflows in both directions. */
  OVERFLOW,
  /** Acceleration is switched off, by {@code disable --now}. */
  SWITCH;

  /** The name that the probe takes. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
