package io.podwire.bench.report.html;

import io.podwire.bench.model.BenchReport;
import io.podwire.bench.report.chart.Markup;
import io.podwire.bench.report.chart.SummaryPicture;
import io.podwire.bench.report.text.Prose;
import io.podwire.bench.report.text.Summary;

/** The summary of {@code report.html}: the picture and the sentences. */
final class SummarySection {

  private SummarySection() {}

  static Section of(BenchReport report) {
    StringBuilder html = new StringBuilder();
    html.append(
        Html.figure(
            report.table().isPresent()
                ? "Every link (rows) with every workload (columns)"
                : "Gains with their intervals",
            "<div class=\"scroll\">" + SummaryPicture.of(report).inline() + "</div>\n"));
    html.append("<ul class=\"summary\">\n");
    for (String sentence : Summary.of(report)) {
      html.append("<li>").append(Markup.escaped(sentence)).append("</li>\n");
    }
    html.append("</ul>\n");
    html.append(
        Html.paragraph(
            "Helps: the whole interval is above 1. Costs: it is below 1. No difference seen: it contains 1,"
                + " and more rounds might show one. Intervals hold the true median in "
                + Prose.coverage(report.options().rounds())
                + " of runs."));
    return new Section("summary", "Summary", html.toString());
  }
}
