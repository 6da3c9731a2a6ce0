package io.podwire.bench.run;

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
        + Html.escaped(title)
        + "</h2>\n"
        + body
        + "</section>\n";
  }
}
