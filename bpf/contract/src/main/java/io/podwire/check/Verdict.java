package io.podwire.check;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How a case came out. */
public enum Verdict {
  /** An application cannot tell. */
  SAME,
  /** It differs as {@link KnownLimit} documents. */
  KNOWN_LIMIT,
  /** It differs, and nobody knew. */
  DIFFERS;

  /** The name in {@code accelctl check}: lower-case, with dashes. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
