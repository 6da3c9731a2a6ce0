package io.podwire.datapath;

import java.util.Locale;

/**
 * What became of a connection that was open already, or went back to TCP, when it was looked at.
 * The order is that of {@code enum finding} in {@code flow.h}; a test compares the two.
 */
public enum Finding {
  /** It joined. */
  ADOPTED,
  /** It joined again. */
  RETURNED,
  /** One end is in the sockhash, and waits for the other. */
  AWAITED,
  /** Bytes were on their way, or a moment ago. */
  BUSY_BYTES,
  /** A thread may have been about to read it, where is not known. */
  BUSY_READER,
  /** It was on its way back to TCP. */
  BUSY_LEAVING,
  /** It joined again and went back to TCP not long ago. */
  BUSY_RETURNED,
  /** A socket that may not join, as {@link Counter#JOIN_REFUSED} says, or with an urgent byte. */
  REFUSED_SOCKET,
  /** Its client and listener, or the container of an end, are incompatible. */
  REFUSED_INCOMPATIBLE,
  /** It went back to TCP for a reason that does not pass. */
  REFUSED_REASON,
  /** Network policies of one of its pods changed since it was seen to obey them. */
  REFUSED_POLICY,
  /** The kernel did not take it: the sockhash is full, or another accelerator has it. */
  REFUSED_ROOM;

  boolean isBusy() {
    return this == AWAITED || name().startsWith("BUSY_");
  }

  boolean isRefused() {
    return name().startsWith("REFUSED_");
  }

  /** Lower-case, with underscores. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
