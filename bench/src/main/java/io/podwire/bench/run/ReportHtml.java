package io.podwire.bench.run;

import io.podwire.bench.Distribution;
import io.podwire.bench.headline.HttpCase;
import io.podwire.bench.headline.HttpComparison;
import io.podwire.bench.headline.HttpRound;
import io.podwire.bench.headline.LatencyCase;
import io.podwire.bench.headline.LatencyComparison;
import io.podwire.bench.headline.LatencyRound;
import io.podwire.bench.headline.Tool;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/** A report as {@code report.html}: one file that needs nothing else. */
final class ReportHtml {

  private static final double LAST_PERCENTILE = 99.99;
  private static final int POINTS_PER_NINE = 25;
  private static final int MAX_ROUND_TICKS = 12;

  private ReportHtml() {}

  static String of(BenchReport report) {
    StringBuilder charts = new StringBuilder();
    for (LatencyComparison comparison : report.latency()) {
      charts
          .append("<h2>")
          .append(comparison.messageSize())
          .append(" bytes, ")
          .append(comparison.cpus())
          .append("</h2>\n");
      for (Tool tool : Tool.values()) {
        List<LatencyCase> cases =
            LatencyCase.ALL.stream().filter(aCase -> aCase.tool() == tool).toList();
        charts.append("<div class=\"pair\">\n");
        figure(charts, tool + ": distribution over all rounds", distribution(comparison, cases));
        figure(charts, tool + ": median of each round", rounds(comparison, cases));
        charts.append("</div>\n");
      }
    }
    charts
        .append("<h2>HTTP, a connection per request, ")
        .append(report.http().cpus())
        .append("</h2>\n<div class=\"pair\">\n");
    figure(charts, "nginx and ab: request rate of each round", http(report.http()));
    charts.append("</div>\n");
    return template()
        .replace("@BEGAN@", report.began().truncatedTo(ChronoUnit.SECONDS).toString())
        .replace("@TABLE@", escaped(ReportTable.of(report)))
        .replace("@CHARTS@", charts)
        .replace("@ENVIRONMENT@", environment(report.environment()));
  }

  private static void figure(StringBuilder html, String caption, LineChart chart) {
    html.append("<figure>\n<figcaption>").append(caption).append("</figcaption>\n");
    html.append(chart.svg()).append("</figure>\n");
  }

  /** By the number of nines: every decade of rarer messages is as wide as the one before it. */
  private static LineChart distribution(LatencyComparison comparison, List<LatencyCase> cases) {
    double last = nines(LAST_PERCENTILE);
    double[] x =
        IntStream.rangeClosed(0, (int) Math.round(last * POINTS_PER_NINE))
            .mapToDouble(i -> (double) i / POINTS_PER_NINE)
            .toArray();
    List<LineChart.Series> series = new ArrayList<>();
    for (LatencyCase latencyCase : cases) {
      Histogram histogram = comparison.distribution(latencyCase);
      double[] y =
          DoubleStream.of(x)
              .map(nines -> Distribution.micros(histogram, 100 - 100 * Math.pow(10, -nines)))
              .toArray();
      series.add(
          new LineChart.Series(
              latencyCase.route().title(), latencyCase.route().toString(), x, y, false));
    }
    List<LineChart.Tick> ticks =
        DoubleStream.of(0, 50, 90, 99, 99.9, LAST_PERCENTILE)
            .mapToObj(
                percentile -> new LineChart.Tick(nines(percentile), Distribution.label(percentile)))
            .toList();
    return new LineChart(
        "percentile", "one-way latency, µs", LineChart.Scale.LOGARITHMIC, ticks, series);
  }

  private static LineChart rounds(LatencyComparison comparison, List<LatencyCase> cases) {
    List<LineChart.Series> series = new ArrayList<>();
    int pairs = 0;
    for (LatencyCase latencyCase : cases) {
      List<LatencyRound> rounds = comparison.rounds(latencyCase);
      pairs = rounds.size();
      double[] y = rounds.stream().mapToDouble(LatencyRound::medianMicros).toArray();
      series.add(
          new LineChart.Series(
              latencyCase.route().title(),
              latencyCase.route().toString(),
              numbers(pairs),
              y,
              true));
    }
    return new LineChart(
        "round", "median one-way latency, µs", LineChart.Scale.LINEAR, roundTicks(pairs), series);
  }

  private static LineChart http(HttpComparison http) {
    List<LineChart.Series> series = new ArrayList<>();
    int pairs = 0;
    for (HttpCase httpCase : HttpCase.values()) {
      double[] y =
          http.rounds(httpCase).stream().mapToDouble(HttpRound::requestsPerSecond).toArray();
      pairs = y.length;
      series.add(
          new LineChart.Series(httpCase.title(), httpCase.toString(), numbers(pairs), y, true));
    }
    return new LineChart("round", "requests/s", LineChart.Scale.LINEAR, roundTicks(pairs), series);
  }

  private static double[] numbers(int pairs) {
    return IntStream.rangeClosed(1, pairs).asDoubleStream().toArray();
  }

  private static List<LineChart.Tick> roundTicks(int pairs) {
    int step = (pairs + MAX_ROUND_TICKS - 1) / MAX_ROUND_TICKS;
    return IntStream.rangeClosed(1, pairs)
        .filter(round -> (round - 1) % step == 0 || round == pairs)
        .mapToObj(round -> new LineChart.Tick(round, Integer.toString(round)))
        .toList();
  }

  private static double nines(double percentile) {
    return -Math.log10(1 - percentile / 100);
  }

  private static String environment(Environment environment) {
    StringBuilder rows = new StringBuilder();
    row(rows, "Kernel", environment.kernel());
    row(rows, "CPU", environment.cpus() + " x " + environment.cpuModel());
    row(rows, "Frequency governor", environment.governor());
    row(rows, "Steal time", String.format(Locale.ROOT, "%.1f %%", environment.stealPercent()));
    row(rows, "Load average at the beginning", Double.toString(environment.loadAverage()));
    row(rows, "Congestion control", environment.congestionControl());
    row(rows, "Java", environment.java());
    environment.tools().forEach((tool, version) -> row(rows, tool, version));
    row(rows, "Datapath settings", environment.settings().toString());
    environment.mitigations().entrySet().stream()
        .filter(vulnerability -> !vulnerability.getValue().equals("Not affected"))
        .forEach(vulnerability -> row(rows, vulnerability.getKey(), vulnerability.getValue()));
    return rows.toString();
  }

  private static void row(StringBuilder rows, String name, String value) {
    rows.append("<tr><th>")
        .append(escaped(name))
        .append("</th><td>")
        .append(escaped(value))
        .append("</td></tr>\n");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static String template() {
    try (InputStream in = ReportHtml.class.getResourceAsStream("report.html")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
