package io.podwire.datapath;

import java.util.Locale;

/**
 * Who switched a datapath on or off. The order is that of {@code enum authority} in {@code flow.h}.
 */
public enum Authority {
  /** It was loaded, or left to the agent, and not switched since. */
  NOBODY,
  /** An operator on the node, with {@code accelctl enable} or {@code disable}. */
  LOCAL,
  /** The agent, because the Node's annotation says so. */
  NODE,
  /** The agent, because nobody else had decided. */
  AGENT;

  /** The name that {@code accelctl} prints. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
