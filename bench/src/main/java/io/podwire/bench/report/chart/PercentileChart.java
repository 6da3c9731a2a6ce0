package io.podwire.bench.report.chart;

import io.podwire.bench.Distribution;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/**
 * Latency by the number of nines: every decade of rarer messages is as wide as the one before it.
 */
public final class PercentileChart {

  private static final double LAST_PERCENTILE = 99.99;
  private static final int POINTS_PER_NINE = 25;

  /**
   * One distribution.
   *
   * @param title for the legend
   * @param style class of the line in the style sheet
   * @param oneWay in nanoseconds
   */
  public record Line(String title, String style, Histogram oneWay) {}

  private PercentileChart() {}

  public static LineChart of(List<Line> lines) {
    double[] x =
        IntStream.rangeClosed(0, (int) Math.round(nines(LAST_PERCENTILE) * POINTS_PER_NINE))
            .mapToDouble(i -> (double) i / POINTS_PER_NINE)
            .toArray();
    return new LineChart(
        "percentile",
        "one-way latency, µs",
        LineChart.Scale.LOGARITHMIC,
        DoubleStream.of(0, 50, 90, 99, 99.9, LAST_PERCENTILE)
            .mapToObj(
                percentile -> new LineChart.Tick(nines(percentile), Distribution.label(percentile)))
            .toList(),
        lines.stream().map(line -> series(line, x)).toList());
  }

  private static LineChart.Series series(Line line, double[] x) {
    double[] y =
        DoubleStream.of(x)
            .map(nines -> Distribution.micros(line.oneWay(), 100 - 100 * Math.pow(10, -nines)))
            .toArray();
    return new LineChart.Series(line.title(), line.style(), x, y, false);
  }

  private static double nines(double percentile) {
    return -Math.log10(1 - percentile / 100);
  }
}
