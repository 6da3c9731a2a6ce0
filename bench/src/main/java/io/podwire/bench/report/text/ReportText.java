package io.podwire.bench.report.text;

import io.podwire.bench.PairedRatio;
import io.podwire.bench.model.BenchReport;
import io.podwire.bench.model.Cell;
import io.podwire.bench.model.ChattyNeighbour;
import io.podwire.bench.model.Column;
import io.podwire.bench.model.Cost;
import io.podwire.bench.model.Costs;
import io.podwire.bench.model.Environment;
import io.podwire.bench.model.Figure;
import io.podwire.bench.model.Headline;
import io.podwire.bench.model.HttpCase;
import io.podwire.bench.model.HttpComparison;
import io.podwire.bench.model.LatencyCase;
import io.podwire.bench.model.LatencyComparison;
import io.podwire.bench.model.Link;
import io.podwire.bench.model.Route;
import io.podwire.bench.model.Side;
import io.podwire.bench.model.Table;
import io.podwire.bench.model.Tool;
import java.util.Locale;
import java.util.stream.Collectors;

/** A report as text, for a terminal 100 columns wide. */
public final class ReportText {

  private static final String LATENCY_HEAD = "%n%-34s %8s %8s %8s  %16s%n";
  private static final String LATENCY = "  %-32s %8.2f %8.2f %8.2f%s%n";
  private static final String RATIO = "  %-32s %8.2f  [%.2f, %.2f]%n";
  private static final String HTTP_HEAD = "%nHTTP, a connection per request, %s%n%-34s %10s  %s%n";
  private static final String RATE = "  %-32s %10.0f%n";
  private static final String RATE_OF_PLAIN = "  %-32s %10.0f  %.3f [%.3f, %.3f]%n";

  private static final String LINK = "%n%s%n";
  private static final String CELL = "  %-32s %10s %10s  %-14s  %s%n";
  private static final String OBSTACLE = "  %-32s  %s%n";
  private static final String FIGURE = "  %-50s %9s %s%n";
  private static final String COST = "  %-50s %9s %-14s %s%n";
  private static final int COLUMNS = 100;

  private final StringBuilder text = new StringBuilder();

  private ReportText() {}

  public static String of(BenchReport report) {
    ReportText text = new ReportText();
    text.row(
        "Ratios: median of the paired rounds, with its %s interval.%n",
        Prose.coverage(report.options().rounds()));
    report.headline().ifPresent(headline -> text.headline(headline, report.options().rounds()));
    report.table().ifPresent(text::table);
    report.costs().ifPresent(text::costs);
    text.environment(report.environment());
    text.summary(report);
    return text.text.toString();
  }

  private void headline(Headline headline, int rounds) {
    row(
        "One-way latency (half of a round trip) and CPU time of both ends, in µs: medians of %d"
            + " rounds.%n",
        rounds);
    row("%s%n", Prose.wrapped(Prose.REMOVABLE, COLUMNS));
    headline.latency().forEach(this::latency);
    http(headline.http());
  }

  private void latency(LatencyComparison comparison) {
    row(
        LATENCY_HEAD,
        comparison.messageSize() + " bytes, " + comparison.cpus(),
        "p50",
        "p99",
        "p99.9",
        "CPU/transaction");
    for (Tool tool : Tool.values()) {
      LatencyCase off = new LatencyCase(tool, Route.OFF);
      LatencyCase on = new LatencyCase(tool, Route.ON);
      latency(comparison, off);
      latency(comparison, on);
      ratio(tool + " off/on", comparison.ratio(off, on));
    }
    for (LatencyCase yardstick : LatencyCase.YARDSTICKS) {
      latency(comparison, yardstick);
      ratio(
          yardstick + "/on",
          comparison.ratio(yardstick, new LatencyCase(yardstick.tool(), Route.ON)));
    }
    comparison.shareOfRemovable().ifPresent(share -> ratio("share of the removable", share));
  }

  private void latency(LatencyComparison comparison, LatencyCase latencyCase) {
    row(
        LATENCY,
        latencyCase,
        comparison.percentileMicros(latencyCase, 50),
        comparison.percentileMicros(latencyCase, 99),
        comparison.percentileMicros(latencyCase, 99.9),
        comparison.cpuMicros(latencyCase).stream()
            .mapToObj(cpu -> String.format(Locale.ROOT, "%18.2f", cpu))
            .collect(Collectors.joining()));
  }

  private void ratio(String name, PairedRatio ratio) {
    row(RATIO, name, ratio.value(), ratio.low(), ratio.high());
  }

  private void http(HttpComparison http) {
    row(HTTP_HEAD, http.cpus(), "", "requests/s", "of plain");
    row(RATE, HttpCase.PLAIN.title(), http.requestsPerSecond(HttpCase.PLAIN));
    for (HttpCase httpCase : new HttpCase[] {HttpCase.IDLE, HttpCase.ACCELERATED}) {
      PairedRatio ofPlain = http.ofPlain(httpCase);
      row(
          RATE_OF_PLAIN,
          httpCase.title(),
          http.requestsPerSecond(httpCase),
          ofPlain.value(),
          ofPlain.low(),
          ofPlain.high());
    }
    ChattyNeighbour neighbour = http.neighbour();
    row(
        "  Of %d more such connections %d were too short to join, while a chatty listener's%n  %d"
            + " messages beside them were all redirected.%n",
        neighbour.shortConnections(), neighbour.skippedShort(), neighbour.chattyMessages());
  }

  private void table(Table table) {
    row(
        "%nEvery link with every workload, %s, %d Services:%noff, %s, and how many times as good that is.%n",
        table.cpus(), table.services(), table.nullTest() ? "off again" : "on");
    for (Link link : table.links()) {
      row(LINK, link.title());
      table.cells().stream().filter(cell -> cell.link().equals(link)).forEach(this::cell);
    }
  }

  private void cell(Cell cell) {
    Column workload = cell.workload();
    if (cell.isMeasured()) {
      row(
          CELL,
          workload.title(),
          Digits.of(cell.median(Side.OFF)),
          Digits.of(cell.median(Side.ON)),
          workload.unit().symbol(),
          Digits.withInterval(cell.gain()));
    } else {
      row(OBSTACLE, workload.title(), cell.obstacle().orElseThrow());
    }
  }

  private void costs(Costs costs) {
    row("%nWhat acceleration costs; gain: how many times as good the second is as the first.%n");
    for (Cost cost : costs.comparisons()) {
      row("%n%s%n", cost.title());
      row(FIGURE, cost.baseline(), Digits.of(cost.baselineMedian()), cost.unit().symbol());
      row(
          COST,
          cost.treatment(),
          Digits.of(cost.treatmentMedian()),
          cost.unit().symbol(),
          Digits.withInterval(cost.gain()));
    }
    row("%n");
    for (Figure figure : costs.figures()) {
      row(FIGURE, figure.title(), Digits.of(figure.value()), figure.unit().symbol());
    }
  }

  private void summary(BenchReport report) {
    row("%n");
    Summary.of(report).forEach(sentence -> row("%s%n", Prose.wrapped(sentence, COLUMNS)));
  }

  private void environment(Environment environment) {
    row("%nKernel %s%n", environment.kernel());
    row(
        "%d x %s, governor %s, %s congestion control%n",
        environment.cpus(),
        environment.cpuModel(),
        environment.governor(),
        environment.congestionControl());
    row(
        "Steal time %.1f %%, load average %.2f when it began%n",
        environment.stealPercent(), environment.loadAverage());
  }

  private void row(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values));
  }
}
