package io.podwire.bench.report.chart;

/** Plain text in HTML and SVG. */
public final class Markup {

  private Markup() {}

  /** The text with character references for what would be markup, also in quoted attributes. */
  public static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
