package io.podwire.cli;

import java.util.Locale;

/** What standard output is for. */
enum OutputFormat {
  /** People. */
  TEXT,
  /** People, who want to see all there is. */
  WIDE,
  /** Programs: one document, of a stable schema. */
  JSON;

  /** The value of the option {@code -o}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
