package io.podwire.datapath;

import java.util.Locale;

/** How an end of a flow joined. The order is that of {@code enum joining} in {@code flow.h}. */
public enum Joining {
  /** When its connection was made. */
  BY_HANDSHAKE,
  /** When its connection was open already. */
  BY_ADOPTION;

  /** Lower-case, without the first word: {@code handshake}, {@code adoption}. */
  @Override
  public String toString() {
    return name().substring("BY_".length()).toLowerCase(Locale.ROOT);
  }
}
