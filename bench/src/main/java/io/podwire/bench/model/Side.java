package io.podwire.bench.model;

import java.util.Locale;

/** The two sides of a comparison. */
public enum Side {
  /** Attached, the ends selected, and no new connection joins. */
  OFF,
  /** New connections between the ends join; in a null test this is off, too. */
  ON;

  /** The name in {@code report.json}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
