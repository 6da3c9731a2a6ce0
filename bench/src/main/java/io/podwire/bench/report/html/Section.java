package io.podwire.bench.report.html;

import io.podwire.bench.report.chart.Markup;

/**
 * A section of {@code report.html}.
 *
 * @param id what a link within the page names
 * @param title in plain text
 * @param body as HTML
 */
record Section(String id, String title, String body) {

  String html() {
    return "<section id=\""
        + id
        + "\">\n<h2>"
        + Markup.escaped(title)
        + "</h2>\n"
        + body
        + "</section>\n";
  }
}
