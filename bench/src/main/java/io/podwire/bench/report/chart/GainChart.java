package io.podwire.bench.report.chart;

import io.podwire.bench.PairedRatio;
import io.podwire.bench.report.text.Digits;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/** Gains with their intervals below each other, on one logarithmic axis around 1. */
public final class GainChart {

  private static final int WIDTH = 760;
  private static final int LEFT = 300;
  private static final int RIGHT = 170;
  private static final int TOP = 12;
  private static final int BOTTOM = 44;
  private static final int ROW = 24;
  private static final double LOWEST = 1 / 8.0;
  private static final double HIGHEST = 8;
  private static final double[] TICKS = {
    0.125, 0.25, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 3, 4, 6, 8
  };
  private static final int LEAST_DISTANCE = 34; // between ticks, so that their labels stay apart

  /**
   * One line.
   *
   * @param title for people
   * @param ratio the median and its interval
   * @param pairs the ratio of each pair; empty where they are not to be shown
   */
  public record Row(String title, PairedRatio ratio, double[] pairs) {}

  private final List<Row> rows;
  private final double low;
  private final double high;
  private final StringBuilder svg = new StringBuilder();

  private GainChart(List<Row> rows) {
    this.rows = rows;
    this.low = Math.max(LOWEST, Math.min(0.8, all().min().orElse(1)) / 1.05);
    this.high = Math.min(HIGHEST, Math.max(1.25, all().max().orElse(1)) * 1.05);
  }

  public static Picture of(String label, List<Row> rows) {
    return new GainChart(rows).picture(label);
  }

  private DoubleStream all() {
    return rows.stream()
        .flatMapToDouble(
            row ->
                DoubleStream.concat(
                    DoubleStream.of(row.ratio().low(), row.ratio().high()),
                    DoubleStream.of(row.pairs())));
  }

  private Picture picture(String label) {
    int bottom = TOP + rows.size() * ROW;
    axis(bottom);
    for (int i = 0; i < rows.size(); i++) {
      row(rows.get(i), TOP + i * ROW + ROW / 2);
    }
    return new Picture(WIDTH, bottom + BOTTOM, label, svg.toString());
  }

  private void axis(int bottom) {
    double last = Double.NEGATIVE_INFINITY;
    for (double tick : TICKS) {
      boolean shown = tick >= low && tick <= high;
      boolean apart =
          x(tick) - last >= LEAST_DISTANCE
              && (tick == 1 || Math.abs(x(tick) - x(1)) >= LEAST_DISTANCE);
      if (shown && apart) {
        last = x(tick);
        add(
            "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
                + "<text class=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>\n",
            tick == 1 ? "one" : "grid",
            x(tick),
            x(tick),
            TOP,
            bottom,
            x(tick),
            bottom + 16,
            tick == 1 ? "1" : Double.toString(tick).replaceFirst("\\.0$", ""));
      }
    }
    add(
        "<text class=\"middle\" x=\"%d\" y=\"%d\">← costs · times as good as off · helps →</text>\n",
        (LEFT + WIDTH - RIGHT) / 2, bottom + 36);
  }

  private void row(Row row, int y) {
    String style = GainGrid.style(row.ratio().effect());
    add(
        "<text class=\"end strong\" x=\"%d\" y=\"%d\">%s</text>",
        LEFT - 12, y + 4, Markup.escaped(row.title()));
    for (double pair : row.pairs()) {
      add("<circle class=\"pair\" cx=\"%.1f\" cy=\"%d\" r=\"2.5\"/>", x(pair), y - 5);
    }
    add(
        "<line class=\"interval %s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
            + "<circle class=\"median %s\" cx=\"%.1f\" cy=\"%d\" r=\"4.5\"/>",
        style,
        x(row.ratio().low()),
        x(row.ratio().high()),
        y + 1,
        y + 1,
        style,
        x(row.ratio().value()),
        y + 1);
    add(
        "<text class=\"plain\" x=\"%d\" y=\"%d\">%s</text>\n",
        WIDTH - RIGHT + 12, y + 4, Digits.withInterval(row.ratio()));
  }

  private double x(double ratio) {
    double inside = Math.max(low, Math.min(high, ratio));
    return LEFT + Math.log(inside / low) / Math.log(high / low) * (WIDTH - LEFT - RIGHT);
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }
}
