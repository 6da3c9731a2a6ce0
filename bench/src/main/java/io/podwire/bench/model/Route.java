package io.podwire.bench.model;

import java.util.Locale;

/** Which way the messages of a latency round went. */
public enum Route {
  /** TCP between the pods, with the datapath attached and disabled. */
  OFF("off"),
  /** TCP between the pods, redirected from socket to socket. */
  ON("on"),
  /** A UNIX stream socket between processes of the two pods. */
  UNIX("UNIX socket"),
  /** TCP over the loopback of one pod, not redirected. */
  LOOPBACK("TCP loopback"),
  /** Two pipes between processes of the two pods: no channel of the kernel costs less. */
  PIPE("pipe");

  private final String title;

  Route(String title) {
    this.title = title;
  }

  /** The name in tables and charts. */
  public String title() {
    return title;
  }

  /** The name in {@code report.json}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
