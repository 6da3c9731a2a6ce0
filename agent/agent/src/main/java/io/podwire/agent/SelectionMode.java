package io.podwire.agent;

import java.util.Locale;

/**
 * What holds for pods of which neither their own nor their namespace's annotation says anything.
 */
public enum SelectionMode {
  /** They are accelerated. */
  OPT_OUT,
  /** They are not. */
  OPT_IN,
  /** None is: what would be with {@link #OPT_OUT} is counted. */
  OBSERVE;

  /** The value of the option {@code --mode}: lower-case, with a dash. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
