package io.podwire.bench.testbed;

import java.util.Locale;

/** What the client connects to. */
public enum Target {
  POD_IP("pod IP"),
  SERVICE("Service"),
  SERVICE_MASQUERADED("Service, masqueraded");

  private final String title;

  Target(String title) {
    this.title = title;
  }

  /** For people. */
  public String title() {
    return title;
  }

  /** For {@code report.json}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
