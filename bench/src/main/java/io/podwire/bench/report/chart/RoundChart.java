package io.podwire.bench.report.chart;

import java.util.List;
import java.util.stream.IntStream;

/** What each round measured, from the first to the last. */
public final class RoundChart {

  private static final int MAX_TICKS = 12;

  /**
   * One thing that was measured in each round.
   *
   * @param title for the legend
   * @param style class of the line in the style sheet
   * @param values one for each round
   */
  public record Line(String title, String style, double[] values) {}

  private RoundChart() {}

  public static LineChart of(String yTitle, List<Line> lines) {
    return new LineChart(
        "round",
        yTitle,
        LineChart.Scale.LINEAR,
        ticks(lines.get(0).values().length),
        lines.stream()
            .map(
                line ->
                    new LineChart.Series(
                        line.title(),
                        line.style(),
                        IntStream.rangeClosed(1, line.values().length).asDoubleStream().toArray(),
                        line.values(),
                        true))
            .toList());
  }

  private static List<LineChart.Tick> ticks(int rounds) {
    int step = (rounds + MAX_TICKS - 1) / MAX_TICKS;
    return IntStream.rangeClosed(1, rounds)
        .filter(round -> (round - 1) % step == 0 || round == rounds)
        .mapToObj(round -> new LineChart.Tick(round, Integer.toString(round)))
        .toList();
  }
}
