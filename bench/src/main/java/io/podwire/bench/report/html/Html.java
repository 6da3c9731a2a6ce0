package io.podwire.bench.report.html;

import io.podwire.bench.report.chart.Markup;
import java.util.List;
import java.util.stream.Collectors;

/** Pieces of {@code report.html}. */
final class Html {

  private Html() {}

  static String paragraph(String text) {
    return "<p>" + Markup.escaped(text) + "</p>\n";
  }

  static String figure(String caption, String content) {
    return "<figure>\n<figcaption>"
        + Markup.escaped(caption)
        + "</figcaption>\n"
        + content
        + "</figure>\n";
  }

  /** Charts side by side, where the screen is wide enough. */
  static String sideBySide(String... figures) {
    return "<div class=\"pair\">\n" + String.join("", figures) + "</div>\n";
  }

  /**
   * A table in a box of its own that scrolls where the screen is too narrow.
   *
   * @param head titles of the columns, as HTML
   * @param rows as HTML, each of {@link #row}
   */
  static String table(String caption, List<String> head, List<String> rows) {
    return "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\""
        + Markup.escaped(caption)
        + "\"><table>\n<caption>"
        + Markup.escaped(caption)
        + "</caption>\n<thead><tr>"
        + head.stream()
            .map(title -> "<th scope=\"col\">" + title + "</th>")
            .collect(Collectors.joining())
        + "</tr></thead>\n<tbody>\n"
        + String.join("", rows)
        + "</tbody>\n</table></div>\n";
  }

  /**
   * A row of a table.
   *
   * @param title as HTML
   * @param cells as HTML, each of {@link #cell}
   */
  static String row(String title, List<String> cells) {
    return "<tr><th scope=\"row\">" + title + "</th>" + String.join("", cells) + "</tr>\n";
  }

  static String cell(String style, String html) {
    return "<td class=\"" + style + "\">" + html + "</td>";
  }

  static String number(String text) {
    return cell("number", Markup.escaped(text));
  }

  static String words(String text) {
    return cell("words", Markup.escaped(text));
  }

  /** A title and, smaller below it, what is to know of it. */
  static String titled(String title, String below) {
    return Markup.escaped(title) + "<small>" + Markup.escaped(below) + "</small>";
  }
}
