package io.podwire.testbed;

import java.util.Locale;

/** What the client connects to. */
public enum Target {
  /** The server's own address. */
  POD_IP("pod IP"),
  /** An address that the node's iptables translate to the server's, for every TCP port. */
  SERVICE("Service"),
  /** The same, and the server sees an address of the node instead of the client's. */
  SERVICE_MASQUERADED("Service, masqueraded");

  private final String title;

  Target(String title) {
    this.title = title;
  }

  /** For people. */
  public String title() {
    return title;
  }

  /** For JSON: lower case, with dashes. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
