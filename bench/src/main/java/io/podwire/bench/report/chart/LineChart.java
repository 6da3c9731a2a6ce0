package io.podwire.bench.report.chart;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * A chart of lines as inline SVG. Its colours are the style sheet's: a line has the class that its
 * series names.
 */
public final class LineChart {

  private static final int WIDTH = 560;
  private static final int HEIGHT = 300;
  private static final int LEFT = 72;
  private static final int RIGHT = 24;
  private static final int TOP = 12;
  private static final int BOTTOM = 40;
  private static final int WANTED_Y_TICKS = 6;
  private static final double[] STEPS = {1, 2, 5};
  private static final MathContext LABEL = new MathContext(6);

  /**
   * One line.
   *
   * @param title for the legend
   * @param style class of the line in the style sheet
   * @param x positions in the units of the chart's x axis
   * @param y values in the units of the chart's y axis
   * @param dots whether each point is a measurement of its own, and is drawn as such
   */
  record Series(String title, String style, double[] x, double[] y, boolean dots) {}

  /** Where the y axis begins, and how it runs. */
  enum Scale {
    /** It begins at 0. */
    LINEAR,
    /** It begins below the lowest value; a factor is as high as the same factor elsewhere. */
    LOGARITHMIC
  }

  /** A labelled place on the x axis. */
  record Tick(double at, String label) {}

  private final String xTitle;
  private final String yTitle;
  private final List<Tick> ticks;
  private final List<Series> series;
  private final Scale scale;
  private final double[] yTicks;
  private final double xMin;
  private final double xMax;

  /**
   * @param ticks of the x axis, which reaches from the first to the last of them
   */
  LineChart(String xTitle, String yTitle, Scale scale, List<Tick> ticks, List<Series> series) {
    this.xTitle = xTitle;
    this.yTitle = yTitle;
    this.scale = scale;
    this.ticks = List.copyOf(ticks);
    this.series = List.copyOf(series);
    this.xMin = ticks.get(0).at();
    this.xMax = ticks.get(ticks.size() - 1).at();
    DoubleSummaryStatistics y =
        series.stream().flatMapToDouble(line -> Arrays.stream(line.y())).summaryStatistics();
    this.yTicks =
        scale == Scale.LINEAR ? linearTicks(y.getMax()) : logarithmicTicks(y.getMin(), y.getMax());
  }

  public String svg() {
    StringBuilder svg = new StringBuilder();
    svg.append(
        format(
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s by %s\">\n",
            WIDTH, HEIGHT, yTitle, xTitle));
    yAxis(svg);
    xAxis(svg);
    series.forEach(line -> line(svg, line));
    svg.append("</svg>\n");
    return svg.append(legend()).toString();
  }

  private void yAxis(StringBuilder svg) {
    for (double tick : yTicks) {
      double y = y(tick);
      svg.append(
          format(
              "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>",
              LEFT, WIDTH - RIGHT, y, y));
      svg.append(
          format(
              "<text class=\"end\" x=\"%d\" y=\"%.1f\">%s</text>\n",
              LEFT - 6, y + 4, new BigDecimal(tick, LABEL).stripTrailingZeros().toPlainString()));
    }
    svg.append(
        format(
            "<text class=\"middle\" transform=\"translate(12 %d) rotate(-90)\">%s</text>\n",
            (HEIGHT - BOTTOM + TOP) / 2, yTitle));
  }

  private void xAxis(StringBuilder svg) {
    for (Tick tick : ticks) {
      svg.append(
          format(
              "<text class=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>\n",
              x(tick.at()), HEIGHT - BOTTOM + 16, tick.label()));
    }
    svg.append(
        format(
            "<text class=\"middle\" x=\"%d\" y=\"%d\">%s</text>\n",
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, xTitle));
  }

  private void line(StringBuilder svg, Series line) {
    List<String> points = new ArrayList<>();
    for (int i = 0; i < line.x().length; i++) {
      points.add(format("%.1f,%.1f", x(line.x()[i]), y(line.y()[i])));
    }
    svg.append(
        format(
            "<polyline class=\"line %s\" points=\"%s\"/>\n",
            line.style(), String.join(" ", points)));
    if (line.dots()) {
      for (String point : points) {
        String[] at = point.split(",");
        svg.append(
            format(
                "<circle class=\"dot %s\" cx=\"%s\" cy=\"%s\" r=\"3\"/>\n",
                line.style(), at[0], at[1]));
      }
    }
  }

  private String legend() {
    StringBuilder legend = new StringBuilder("<p class=\"legend\">");
    for (Series line : series) {
      legend.append(
          format(
              "<span><svg viewBox=\"0 0 24 8\"><line class=\"line %s\" x1=\"0\" x2=\"24\" y1=\"4\""
                  + " y2=\"4\"/></svg>%s</span>",
              line.style(), line.title()));
    }
    return legend.append("</p>\n").toString();
  }

  private double x(double value) {
    double share = xMax == xMin ? 0.5 : (value - xMin) / (xMax - xMin);
    return LEFT + share * (WIDTH - LEFT - RIGHT);
  }

  private double y(double value) {
    double lowest = yTicks[0];
    double highest = yTicks[yTicks.length - 1];
    double share =
        scale == Scale.LINEAR
            ? value / highest
            : Math.log(value / lowest) / Math.log(highest / lowest);
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  }

  private static double[] linearTicks(double highest) {
    double step = stepUp(highest / WANTED_Y_TICKS);
    return IntStream.rangeClosed(0, (int) Math.ceil(highest / step))
        .mapToDouble(i -> i * step)
        .toArray();
  }

  private static double[] logarithmicTicks(double lowest, double highest) {
    double decade = Math.pow(10, Math.floor(Math.log10(lowest)));
    double first = decade;
    for (double step : STEPS) {
      first = step * decade <= lowest ? step * decade : first;
    }
    return DoubleStream.iterate(first, tick -> stepUp(tick * 1.01))
        .takeWhile(tick -> tick < stepUp(highest * 1.01) * 1.01)
        .toArray();
  }

  /** The next 1, 2 or 5 times a power of ten. */
  private static double stepUp(double value) {
    double decade = Math.pow(10, Math.floor(Math.log10(value)));
    return DoubleStream.of(STEPS)
        .map(step -> step * decade)
        .filter(round -> round >= value)
        .findFirst()
        .orElse(10 * decade);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
