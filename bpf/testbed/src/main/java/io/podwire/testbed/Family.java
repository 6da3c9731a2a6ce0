package io.podwire.testbed;

import java.util.Locale;

/** The version of IP that a connection uses. */
public enum Family {
  IPV4("IPv4"),
  IPV6("IPv6");

  private final String title;

  Family(String title) {
    this.title = title;
  }

  /** The family for people. */
  public String title() {
    return title;
  }

  /** The family in JSON: lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
