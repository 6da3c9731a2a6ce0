package io.podwire.datapath;

import java.util.Locale;

/** The state of a node's datapath. The order is that of {@code enum state} in {@code flow.h}. */
public enum State {
  /** Loaded, and no new connection joins. */
  DISABLED,
  /** New connections between selected addresses join. */
  ENABLED,
  /** An unload waits until no flow is left. */
  DRAINING,
  /** Nothing is loaded. This state is never stored in the kernel. */
  ABSENT;

  /** The name that {@code accelctl} prints. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
