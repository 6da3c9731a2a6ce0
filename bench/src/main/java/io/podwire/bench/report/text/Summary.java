package io.podwire.bench.report.text;

import io.podwire.bench.Effect;
import io.podwire.bench.PairedRatio;
import io.podwire.bench.model.BenchReport;
import io.podwire.bench.model.Cell;
import io.podwire.bench.model.Cost;
import io.podwire.bench.model.Headline;
import io.podwire.bench.model.HttpCase;
import io.podwire.bench.model.LatencyCase;
import io.podwire.bench.model.LatencyComparison;
import io.podwire.bench.model.Route;
import io.podwire.bench.model.Table;
import io.podwire.bench.model.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A report in plain sentences: where acceleration helps, where it costs, and where no difference
 * was seen, by nothing but the intervals.
 */
public final class Summary {

  private static final int MOST_NAMED = 2;

  private final List<String> sentences = new ArrayList<>();

  private Summary() {}

  public static List<String> of(BenchReport report) {
    Summary summary = new Summary();
    report.headline().ifPresent(summary::headline);
    report
        .table()
        .ifPresent(
            table -> {
              if (table.nullTest()) {
                summary.noise(table);
              } else {
                summary.table(table);
              }
            });
    report.costs().ifPresent(costs -> costs.comparisons().forEach(summary::cost));
    return List.copyOf(summary.sentences);
  }

  private void headline(Headline headline) {
    for (LatencyComparison comparison : headline.latency()) {
      LatencyCase off = new LatencyCase(Tool.SOCKPERF, Route.OFF);
      LatencyCase on = new LatencyCase(Tool.SOCKPERF, Route.ON);
      say(
          "A message of %d bytes from pod to pod (sockperf, %s) takes %s µs without acceleration and %s µs with: %s.",
          comparison.messageSize(),
          comparison.cpus(),
          Digits.of(comparison.percentileMicros(off, 50)),
          Digits.of(comparison.percentileMicros(on, 50)),
          effect(comparison.ratio(off, on)));
      comparison
          .shareOfRemovable()
          .ifPresent(share -> removable(comparison.messageSize(), comparison.cpus(), share));
    }
    for (HttpCase httpCase : List.of(HttpCase.IDLE, HttpCase.ACCELERATED)) {
      say(
          "HTTP with a connection for each request, %s: %s.",
          httpCase.title(), effect(headline.http().ofPlain(httpCase)));
    }
  }

  private void removable(int messageSize, String cpus, PairedRatio share) {
    say(
        "Of what such a message takes longer than through a pipe (pingpong, %d bytes, %s), acceleration removes the share %s.",
        messageSize, cpus, Digits.withInterval(share));
  }

  private void table(Table table) {
    List<Cell> measured = table.cells().stream().filter(Cell::isMeasured).toList();
    say(
        "Of %d measured cells of the table, acceleration helps in %d and costs in %d; in %d no difference was seen.",
        measured.size(),
        with(measured, Effect.HELPS).size(),
        with(measured, Effect.COSTS).size(),
        with(measured, Effect.NONE_SEEN).size());
    table
        .workloads()
        .forEach(
            workload ->
                workload(
                    workload.title(),
                    table.cells().stream()
                        .filter(cell -> cell.workload().equals(workload))
                        .toList()));
  }

  private void workload(String title, List<Cell> column) {
    List<Cell> measured = column.stream().filter(Cell::isMeasured).toList();
    List<String> parts = new ArrayList<>();
    for (Effect effect : Effect.values()) {
      List<Cell> cells = with(measured, effect);
      if (!cells.isEmpty()) {
        parts.add(effect.title() + " on " + links(cells, measured.size()));
      }
    }
    if (measured.size() < column.size()) {
      parts.add("not measured on " + (column.size() - measured.size()));
    }
    say("%s: %s.", title, String.join("; ", parts));
  }

  private static String links(List<Cell> cells, int of) {
    String count =
        cells.size() == of
            ? (of == 1 ? "the one link" : "all " + of + " links")
            : cells.size() + " of " + of + " links";
    String names =
        cells.size() == of || cells.size() > MOST_NAMED
            ? ""
            : ": "
                + cells.stream().map(cell -> cell.link().title()).collect(Collectors.joining("; "));
    List<PairedRatio> gains =
        cells.stream()
            .map(Cell::gain)
            .sorted((a, b) -> Double.compare(a.value(), b.value()))
            .toList();
    String least = Digits.of(gains.get(0));
    String most = Digits.of(gains.get(gains.size() - 1));
    return count + " (" + (least.equals(most) ? least : least + " to " + most) + names + ")";
  }

  private void noise(Table table) {
    List<Cell> measured = table.cells().stream().filter(Cell::isMeasured).toList();
    say(
        "Off against off: the intervals of %d of %d cells contain 1.00.",
        with(measured, Effect.NONE_SEEN).size(), measured.size());
    measured.stream()
        .filter(cell -> cell.gain().effect() != Effect.NONE_SEEN)
        .forEach(
            cell ->
                say(
                    "Noise that its interval does not show: %s: %s: %s.",
                    cell.link().title(),
                    cell.workload().title(),
                    Digits.withInterval(cell.gain())));
  }

  private void cost(Cost cost) {
    say("%s: %s: %s.", cost.title(), cost.treatment(), effect(cost.gain()));
  }

  private static List<Cell> with(List<Cell> measured, Effect effect) {
    return measured.stream().filter(cell -> cell.gain().effect() == effect).toList();
  }

  private static String effect(PairedRatio gain) {
    return gain.effect().title() + ", " + Digits.withInterval(gain) + " times as good";
  }

  private void say(String format, Object... values) {
    sentences.add(String.format(Locale.ROOT, format, values));
  }
}
