package io.podwire.bench.report.chart;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * An SVG picture, whose colours are those of {@code chart.css}.
 *
 * @param width in pixels
 * @param height in pixels
 * @param label says in plain text what it shows
 * @param body elements of SVG
 */
public record Picture(int width, int height, String label, String body) {

  /** The picture for a page that has the style sheet; not larger than its text can bear. */
  public String inline() {
    return open(String.format(Locale.ROOT, " style=\"max-width: %dpx\"", width * 11 / 10))
        + body
        + "</svg>\n";
  }

  /** The picture for a file, with the style sheet and a ground to be read on. */
  public String file() {
    return open(
            String.format(
                Locale.ROOT,
                " xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\"",
                width,
                height))
        + "<style>\n"
        + style()
        + "</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n"
        + body
        + "</svg>\n";
  }

  public static String style() {
    try (InputStream in = Picture.class.getResourceAsStream("chart.css")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String open(String attributes) {
    return String.format(
        Locale.ROOT,
        "<svg%s viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n",
        attributes,
        width,
        height,
        Markup.escaped(label));
  }
}
