package io.podwire.bench.report.html;

import io.podwire.bench.PairedRatio;
import io.podwire.bench.Unit;
import io.podwire.bench.model.BenchReport;
import io.podwire.bench.model.Cell;
import io.podwire.bench.model.Column;
import io.podwire.bench.model.LatencyCase;
import io.podwire.bench.model.LatencyComparison;
import io.podwire.bench.model.Route;
import io.podwire.bench.model.Side;
import io.podwire.bench.model.Table;
import io.podwire.bench.model.Tool;
import io.podwire.bench.report.chart.GainGrid;
import io.podwire.bench.report.text.Digits;
import io.podwire.testbed.Family;
import io.podwire.testbed.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What others published of traffic within a node, beside what this machine measured. */
final class PublishedSection {

  // These are of Spiderpool's performance report: sockperf, TCP, pods of one node, in µs.
  private static final double PUBLISHED_OFF = 17.335;
  private static final double PUBLISHED_ON = 7.643;

  private PublishedSection() {}

  /** The section; empty where nothing comparable was measured. */
  static Optional<Section> of(BenchReport report) {
    List<String> rows = new ArrayList<>();
    report.headline().ifPresent(headline -> headline.latency().forEach(one -> rows.add(ours(one))));
    report
        .table()
        .filter(table -> !table.nullTest())
        .ifPresent(
            table -> smallMessages(table).forEach(cell -> rows.add(ours(cell, table.cpus()))));
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    rows.add(0, theirs());
    return Optional.of(
        new Section(
            "published",
            "Beside published figures",
            Html.table(
                    "One-way latency of a small message within a node, µs",
                    List.of("", "machine", "without", "with", "gain"),
                    rows)
                + Html.paragraph(
                    "Theirs were measured on another machine: compare gains, not microseconds. These two numbers are"
                        + " the only published ones of traffic within a node that Podwire holds.")));
  }

  private static String theirs() {
    return Html.row(
            Html.titled("Spiderpool, sockperf", "theirs: another machine"),
            List.of(
                Html.words("two 56-core bare-metal nodes, kernel 6.2, one of them enabled"),
                Html.number(String.format(Locale.ROOT, "%.3f", PUBLISHED_OFF)),
                Html.number(String.format(Locale.ROOT, "%.3f", PUBLISHED_ON)),
                Html.number(String.format(Locale.ROOT, "%.2f", PUBLISHED_OFF / PUBLISHED_ON))))
        .replaceFirst("<tr>", "<tr class=\"theirs\">");
  }

  private static String ours(LatencyComparison comparison) {
    LatencyCase off = new LatencyCase(Tool.SOCKPERF, Route.OFF);
    LatencyCase on = new LatencyCase(Tool.SOCKPERF, Route.ON);
    return ours(
        "macvlan pods, sockperf",
        comparison.messageSize() + " bytes",
        comparison.cpus(),
        comparison.percentileMicros(off, 50),
        comparison.percentileMicros(on, 50),
        comparison.ratio(off, on));
  }

  private static String ours(Cell cell, String cpus) {
    return ours(
        cell.link().title(),
        cell.workload().title(),
        cpus,
        cell.median(Side.OFF),
        cell.median(Side.ON),
        cell.gain());
  }

  private static String ours(
      String title, String below, String cpus, double off, double on, PairedRatio gain) {
    return Html.row(
        Html.titled(title, below),
        List.of(
            Html.words("this one, " + cpus),
            Html.number(Digits.of(off)),
            Html.number(Digits.of(on)),
            Html.cell(
                "number " + GainGrid.style(gain.effect()),
                "<b>" + Digits.of(gain) + "</b> " + Digits.interval(gain))));
  }

  /** Between pod addresses, the first workload that measures latency. */
  private static Stream<Cell> smallMessages(Table table) {
    Optional<Column> latency =
        table.workloads().stream().filter(one -> one.unit() == Unit.MICROS).findFirst();
    return table.cells().stream()
        .filter(cell -> cell.isMeasured() && latency.equals(Optional.of(cell.workload())))
        .filter(cell -> cell.link().target() == Target.POD_IP)
        .filter(cell -> cell.link().family() == Family.IPV4);
  }
}
