package io.podwire.bench.model;

import java.util.Locale;

/** What the HTTP comparison sets side by side. */
public enum HttpCase {
  /** Nothing is attached. */
  PLAIN("plain, nothing attached"),
  /** The datapath is attached and enabled, and nothing is selected. */
  IDLE("attached, nothing selected"),
  /**
   * Both pods are selected; the datapath decides by its default settings which connections join.
   */
  ACCELERATED("accelerated");

  private final String title;

  HttpCase(String title) {
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
