package io.podwire.bench.report.html;

import io.podwire.bench.Distribution;
import io.podwire.bench.model.Cell;
import io.podwire.bench.model.CellRound;
import io.podwire.bench.model.Column;
import io.podwire.bench.model.CpuUse;
import io.podwire.bench.model.Link;
import io.podwire.bench.model.Side;
import io.podwire.bench.model.Table;
import io.podwire.bench.report.chart.GainChart;
import io.podwire.bench.report.chart.GainGrid;
import io.podwire.bench.report.chart.LineChart;
import io.podwire.bench.report.chart.Markup;
import io.podwire.bench.report.chart.PercentileChart;
import io.podwire.bench.report.chart.RoundChart;
import io.podwire.bench.report.text.Digits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/** The table in {@code report.html}: gains, CPU time, and every link with its rounds. */
final class TableSection {

  private static final double MICROS_PER_MILLI = 1_000;

  private final Table table;

  private TableSection(Table table) {
    this.table = table;
  }

  static List<Section> of(Table table) {
    TableSection section = new TableSection(table);
    return List.of(
        new Section("table", "Every link with every workload", section.gains()),
        new Section("cpu", "CPU time", section.cpu()),
        new Section("links", "Rounds and distributions, link by link", section.links()));
  }

  private String gains() {
    return Html.paragraph(
            table.nullTest()
                ? "A null test: acceleration was off on both sides of every pair, so that what is not 1 is noise."
                : "In each cell: how many times as good acceleration on is as off, the interval of that, and the"
                    + " medians off → on.")
        + Html.table(
            "Gains by link and workload, " + table.cpus() + ", " + table.services() + " Services",
            heads(workload -> workload.unit().symbol()),
            rows(TableSection::gain));
  }

  private String cpu() {
    return Html.paragraph(
            "Medians of the rounds, off → on, from the cgroups of both ends and, softirq, from the CPUs that they ran on."
                + " Softirq time is contained in the others unless the kernel has CONFIG_IRQ_TIME_ACCOUNTING.")
        + Html.table(
            "CPU time of client, server and softirq for the same work",
            heads(TableSection::cpuUnit),
            rows(TableSection::cpu));
  }

  private String links() {
    StringBuilder html = new StringBuilder();
    for (Link link : table.links()) {
      List<Cell> measured = measured(link);
      if (!measured.isEmpty()) {
        html.append(html.isEmpty() ? "<details open>" : "<details>")
            .append("<summary>")
            .append(Markup.escaped(link.title()))
            .append("</summary>\n")
            .append(
                Html.figure(
                    "Gain of each workload: median, interval, and every pair as a small dot",
                    GainChart.of(
                            "gains on " + link.title(),
                            measured.stream().map(TableSection::chartRow).toList())
                        .inline()))
            .append(
                Html.sideBySide(
                    measured.stream()
                        .flatMap(cell -> figures(cell).stream())
                        .toArray(String[]::new)))
            .append("</details>\n");
      }
    }
    return html.toString();
  }

  private List<Cell> measured(Link link) {
    return table.cells().stream()
        .filter(cell -> cell.link().equals(link) && cell.isMeasured())
        .toList();
  }

  private List<String> heads(Function<Column, String> unit) {
    List<String> heads = new ArrayList<>(List.of(""));
    for (Column workload : table.workloads()) {
      heads.add(
          Markup.escaped(workload.title())
              + "<small>"
              + Markup.escaped(unit.apply(workload))
              + "</small><small><code>"
              + Markup.escaped(workload.tool())
              + "</code></small>");
    }
    return heads;
  }

  private List<String> rows(Function<Cell, String> content) {
    return table.links().stream()
        .map(
            link ->
                Html.row(
                    Html.titled(
                        link.network().title(),
                        link.target().title() + ", " + link.family().title()),
                    table.workloads().stream()
                        .map(workload -> table.cell(link, workload))
                        .map(
                            cell ->
                                cell.obstacle()
                                    .map(why -> Html.cell("obstacle", Markup.escaped(why)))
                                    .orElseGet(() -> content.apply(cell)))
                        .toList()))
        .toList();
  }

  private static String gain(Cell cell) {
    return Html.cell(
        "number " + GainGrid.style(cell.gain().effect()),
        "<b>"
            + Digits.of(cell.gain())
            + "</b><small>"
            + Digits.interval(cell.gain())
            + "</small><small>"
            + Digits.of(cell.median(Side.OFF))
            + " → "
            + Digits.of(cell.median(Side.ON))
            + "</small>");
  }

  private static String cpuUnit(Column workload) {
    return switch (workload.work()) {
      case TRANSACTION -> "µs/transaction";
      case GIGABYTE -> "ms/GB";
    };
  }

  private static String cpu(Cell cell) {
    return Html.cell(
        "number",
        cpu(cell, "client", CpuUse::client)
            + cpu(cell, "server", CpuUse::server)
            + cpu(cell, "softirq", CpuUse::softirq));
  }

  private static String cpu(Cell cell, String name, ToDoubleFunction<CpuUse> part) {
    double unit =
        switch (cell.workload().work()) {
          case TRANSACTION -> 1;
          case GIGABYTE -> MICROS_PER_MILLI;
        };
    return "<small>"
        + name
        + " "
        + Digits.of(part.applyAsDouble(cell.cpu(Side.OFF)) / unit)
        + " → "
        + Digits.of(part.applyAsDouble(cell.cpu(Side.ON)) / unit)
        + "</small>";
  }

  private static GainChart.Row chartRow(Cell cell) {
    List<CellRound> off = cell.rounds(Side.OFF);
    List<CellRound> on = cell.rounds(Side.ON);
    double[] pairs =
        IntStream.range(0, off.size())
            .mapToDouble(
                pair ->
                    cell.workload()
                        .unit()
                        .gain(
                            new double[] {off.get(pair).sample().value()},
                            new double[] {on.get(pair).sample().value()})
                        .value())
            .toArray();
    return new GainChart.Row(cell.workload().title(), cell.gain(), pairs);
  }

  private static List<String> figures(Cell cell) {
    List<String> figures = new ArrayList<>();
    String title = cell.workload().title();
    distribution(cell)
        .ifPresent(
            chart ->
                figures.add(Html.figure(title + ": distribution over all rounds", chart.svg())));
    figures.add(Html.figure(title + ": each round", rounds(cell).svg()));
    return figures;
  }

  private static Optional<LineChart> distribution(Cell cell) {
    List<PercentileChart.Line> lines = new ArrayList<>();
    for (Side side : Side.values()) {
      List<Histogram> all =
          cell.rounds(side).stream().flatMap(round -> round.sample().oneWay().stream()).toList();
      if (!all.isEmpty()) {
        lines.add(
            new PercentileChart.Line(side.toString(), side.toString(), Distribution.merged(all)));
      }
    }
    return lines.isEmpty() ? Optional.empty() : Optional.of(PercentileChart.of(lines));
  }

  private static LineChart rounds(Cell cell) {
    List<RoundChart.Line> lines = new ArrayList<>();
    for (Side side : Side.values()) {
      lines.add(
          new RoundChart.Line(
              side.toString(),
              side.toString(),
              cell.rounds(side).stream().mapToDouble(round -> round.sample().value()).toArray()));
    }
    return RoundChart.of(cell.workload().unit().symbol(), lines);
  }
}
