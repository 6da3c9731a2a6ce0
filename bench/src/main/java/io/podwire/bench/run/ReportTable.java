package io.podwire.bench.run;

import io.podwire.bench.PairedRatio;
import io.podwire.bench.headline.ChattyNeighbour;
import io.podwire.bench.headline.HttpCase;
import io.podwire.bench.headline.HttpComparison;
import io.podwire.bench.headline.LatencyCase;
import io.podwire.bench.headline.LatencyComparison;
import io.podwire.bench.headline.Route;
import io.podwire.bench.headline.Tool;
import java.util.Locale;
import java.util.stream.Collectors;

/** A report as text, for a terminal 80 columns wide. */
final class ReportTable {

  private static final String LATENCY_HEAD = "%n%-34s %8s %8s %8s  %16s%n";
  private static final String LATENCY = "  %-32s %8.2f %8.2f %8.2f%s%n";
  private static final String RATIO = "  %-32s %8.2f  [%.2f, %.2f]%n";
  private static final String HTTP_HEAD = "%nHTTP, a connection per request, %s%n%-34s %10s  %s%n";
  private static final String RATE = "  %-32s %10.0f%n";
  private static final String RATE_OF_PLAIN = "  %-32s %10.0f  %.3f [%.3f, %.3f]%n";

  private final StringBuilder text = new StringBuilder();

  private ReportTable() {}

  static String of(BenchReport report) {
    ReportTable table = new ReportTable();
    table.row(
        "One-way latency (half of a round trip) and CPU time of both ends, in µs: medians of %d"
            + " rounds.%n",
        report.options().rounds());
    table.row("Ratios: median of the paired rounds, with its 95 %% interval.%n");
    report.latency().forEach(table::latency);
    table.http(report.http());
    table.environment(report.environment());
    return table.text.toString();
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
