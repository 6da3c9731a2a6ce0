package io.podwire.testbed;

import java.util.Locale;

/** What the client connects to. */
public enum Target {
  /** The server's own address. */
  POD_IP("pod IP"),
  /** An address that the node's iptables translate to the server's, for every TCP port. */
  SERVICE("Service"),
  /** The address of a Service whose server sees an address of the node instead of the client's. */
  SERVICE_MASQUERADED("Service, masqueraded");

  private final String title;

  Target(String title) {
    this.title = title;
  }

  /** The target for people. */
  public String title() {
    return title;
  }

  /** The target in JSON: lower case, with dashes. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
