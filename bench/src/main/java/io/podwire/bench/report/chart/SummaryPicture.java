package io.podwire.bench.report.chart;

import io.podwire.bench.model.BenchReport;
import io.podwire.bench.model.Gain;
import java.util.List;

/** A report in one picture: the table's gains, or those of the headline where there is no table. */
public final class SummaryPicture {

  private SummaryPicture() {}

  public static Picture of(BenchReport report) {
    return report
        .table()
        .map(GainGrid::of)
        .orElseGet(() -> GainChart.of("gains of the headline", rows(report)));
  }

  /** The content of {@code summary.svg}. */
  public static String file(BenchReport report) {
    return of(report).file();
  }

  private static List<GainChart.Row> rows(BenchReport report) {
    return report.gains().stream()
        .map(gain -> new GainChart.Row(shortened(gain), gain.ratio(), new double[0]))
        .toList();
  }

  private static String shortened(Gain gain) {
    return gain.group().replaceFirst(", a connection.*|, (both|server|not).*", "")
        + ": "
        + gain.title();
  }
}
