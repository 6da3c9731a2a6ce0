package io.podwire.bench.report;

import io.podwire.bench.BenchException;
import io.podwire.bench.model.BenchReport;
import io.podwire.bench.report.chart.SummaryPicture;
import io.podwire.bench.report.html.ReportHtml;
import io.podwire.bench.report.json.Json;
import io.podwire.bench.report.json.ReportDocument;
import io.podwire.bench.report.text.ReportText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the files of a report are.
 *
 * @param path of the directory, which is made when needed
 */
public record ReportDirectory(Path path) {

  /**
   * Writes {@code report.json}, {@code report.html} and {@code summary.svg}.
   *
   * @throws BenchException where it cannot
   */
  public void write(BenchReport report) {
    write(json(), Json.text(ReportDocument.of(report)));
    write(html(), ReportHtml.of(report));
    write(path.resolve("summary.svg"), SummaryPicture.file(report));
  }

  /** The report for a terminal, and where the whole of it is. */
  public String text(BenchReport report) {
    return ReportText.of(report) + String.format("%n%s%n", html());
  }

  /** The file for programs. */
  public Path json() {
    return path.resolve("report.json");
  }

  private Path html() {
    return path.resolve("report.html");
  }

  private void write(Path file, String text) {
    try {
      Files.createDirectories(path);
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new BenchException("cannot write " + file + ": " + e, e);
    }
  }
}
