package io.podwire.check;

import java.util.Locale;

/** What happens to a connection between its first messages and the case proper. */
enum Mode {
  /** Nothing: it stays accelerated. */
  DIRECT,
  /** Its backlog overflows in both directions. */
  OVERFLOW,
  /** Acceleration is switched off, by {@code disable --now}. */
  SWITCH,
  /** Its backlog overflows in both directions, which shift for that, and do not retire. */
  SHIFTED;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What the probe does of it. */
  String ofProbe() {
    return (this == SHIFTED ? OVERFLOW : this).toString();
  }

  boolean overflows() {
    return this == OVERFLOW || this == SHIFTED;
  }
}
