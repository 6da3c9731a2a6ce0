package io.podwire.bench.report.chart;

/** Plain text in HTML and SVG. */
public final class Markup {

  private Markup() {}

  /** With character references for what is markup in text and in quoted attributes. */
  public static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
