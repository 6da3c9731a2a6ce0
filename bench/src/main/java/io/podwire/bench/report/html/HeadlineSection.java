package io.podwire.bench.report.html;

import io.podwire.bench.CpuCost;
import io.podwire.bench.PairedRatio;
import io.podwire.bench.model.ChattyNeighbour;
import io.podwire.bench.model.Headline;
import io.podwire.bench.model.HttpCase;
import io.podwire.bench.model.HttpComparison;
import io.podwire.bench.model.HttpRound;
import io.podwire.bench.model.LatencyCase;
import io.podwire.bench.model.LatencyComparison;
import io.podwire.bench.model.LatencyRound;
import io.podwire.bench.model.Route;
import io.podwire.bench.model.Tool;
import io.podwire.bench.report.chart.GainGrid;
import io.podwire.bench.report.chart.LineChart;
import io.podwire.bench.report.chart.Markup;
import io.podwire.bench.report.chart.PercentileChart;
import io.podwire.bench.report.chart.RoundChart;
import io.podwire.bench.report.text.Digits;
import io.podwire.bench.report.text.Prose;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The headline in {@code report.html}. */
final class HeadlineSection {

  private HeadlineSection() {}

  static List<Section> of(Headline headline) {
    List<Section> sections = new ArrayList<>();
    StringBuilder latency = new StringBuilder(Html.paragraph(Prose.REMOVABLE));
    headline.latency().forEach(comparison -> latency.append(latency(comparison)));
    sections.add(
        new Section(
            "latency", "Small messages, beside a UNIX socket and a pipe", latency.toString()));
    sections.add(new Section("http", "HTTP, a connection for each request", http(headline.http())));
    return sections;
  }

  private static String latency(LatencyComparison comparison) {
    StringBuilder html =
        new StringBuilder(
            Html.table(
                comparison.messageSize()
                    + " bytes, "
                    + comparison.cpus()
                    + ": one-way latency, and CPU time of both ends for a transaction, µs",
                List.of("", "p50", "p99", "p99.9", "user", "system", "softirq", "as long as on"),
                LatencyCase.ALL.stream().map(one -> row(comparison, one)).toList()));
    comparison
        .shareOfRemovable()
        .ifPresent(
            share ->
                html.append(
                    Html.paragraph("Share of the removable: " + Digits.withInterval(share) + ".")));
    for (Tool tool : Tool.values()) {
      html.append(
          Html.sideBySide(
              Html.figure(
                  tool + ": distribution over all rounds", distribution(comparison, tool).svg()),
              Html.figure(tool + ": median of each round", rounds(comparison, tool).svg())));
    }
    return html.toString();
  }

  private static String row(LatencyComparison comparison, LatencyCase latencyCase) {
    List<String> cells = new ArrayList<>();
    for (double percentile : new double[] {50, 99, 99.9}) {
      cells.add(Html.number(Digits.of(comparison.percentileMicros(latencyCase, percentile))));
    }
    cells.add(cpu(comparison, latencyCase, CpuCost::userMicros));
    cells.add(cpu(comparison, latencyCase, CpuCost::systemMicros));
    cells.add(cpu(comparison, latencyCase, CpuCost::softirqMicros));
    cells.add(
        latencyCase.route() == Route.ON
            ? Html.number("1")
            : ratio(comparison.ratio(latencyCase, new LatencyCase(latencyCase.tool(), Route.ON))));
    return Html.row(Markup.escaped(latencyCase.toString()), cells);
  }

  private static String cpu(
      LatencyComparison comparison, LatencyCase latencyCase, ToDoubleFunction<CpuCost> part) {
    boolean told =
        comparison.rounds(latencyCase).stream().allMatch(round -> round.cost().isPresent());
    return Html.number(
        told
            ? Digits.of(
                comparison.median(
                    latencyCase, round -> part.applyAsDouble(round.cost().orElseThrow())))
            : "–");
  }

  private static String ratio(PairedRatio ratio) {
    return Html.cell("number", "<b>" + Digits.of(ratio) + "</b> " + Digits.interval(ratio));
  }

  private static LineChart distribution(LatencyComparison comparison, Tool tool) {
    return PercentileChart.of(
        cases(tool).stream()
            .map(
                one ->
                    new PercentileChart.Line(
                        one.route().title(), one.route().toString(), comparison.distribution(one)))
            .toList());
  }

  private static LineChart rounds(LatencyComparison comparison, Tool tool) {
    return RoundChart.of(
        "median one-way latency, µs",
        cases(tool).stream()
            .map(
                one ->
                    new RoundChart.Line(
                        one.route().title(),
                        one.route().toString(),
                        comparison.rounds(one).stream()
                            .mapToDouble(LatencyRound::medianMicros)
                            .toArray()))
            .toList());
  }

  private static List<LatencyCase> cases(Tool tool) {
    return LatencyCase.ALL.stream().filter(one -> one.tool() == tool).toList();
  }

  private static String http(HttpComparison http) {
    ChattyNeighbour neighbour = http.neighbour();
    return Html.table(
            "nginx and ab, " + http.cpus() + ": requests/s",
            List.of("", "requests/s", "times plain"),
            Arrays.stream(HttpCase.values()).map(one -> row(http, one)).toList())
        + Html.paragraph(
            String.format(
                Locale.ROOT,
                "Of %,d more such connections %,d were too short to join, while a chatty listener's %,d messages"
                    + " beside them were all redirected.",
                neighbour.shortConnections(),
                neighbour.skippedShort(),
                neighbour.chattyMessages()))
        + Html.figure("Request rate of each round", rounds(http).svg());
  }

  private static String row(HttpComparison http, HttpCase httpCase) {
    PairedRatio ofPlain = http.ofPlain(httpCase);
    return Html.row(
        Markup.escaped(httpCase.title()),
        List.of(
            Html.number(Digits.of(http.requestsPerSecond(httpCase))),
            httpCase == HttpCase.PLAIN
                ? Html.number("1")
                : Html.cell(
                    "number " + GainGrid.style(ofPlain.effect()),
                    "<b>" + Digits.of(ofPlain) + "</b> " + Digits.interval(ofPlain))));
  }

  private static LineChart rounds(HttpComparison http) {
    return RoundChart.of(
        "requests/s",
        Arrays.stream(HttpCase.values())
            .map(
                one ->
                    new RoundChart.Line(
                        one.title(),
                        one.toString(),
                        http.rounds(one).stream()
                            .mapToDouble(HttpRound::requestsPerSecond)
                            .toArray()))
            .toList());
  }
}
