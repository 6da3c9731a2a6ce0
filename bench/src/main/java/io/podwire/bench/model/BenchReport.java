package io.podwire.bench.model;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a run of the bench gave.
 *
 * @param began when it began
 * @param took how long it took
 * @param options what was to run
 * @param environment where it ran
 * @param headline small messages and HTTP; not in a null test, nor of a cluster
 * @param table every link with every workload, where the profile has a table; in a cluster always
 * @param costs what acceleration costs, where the profile measures it
 */
public record BenchReport(
    Instant began,
    Duration took,
    RunOptions options,
    Environment environment,
    Optional<Headline> headline,
    Optional<Table> table,
    Optional<Costs> costs) {

  /** Everything that was measured without and with, in the order of the report. */
  public List<Gain> gains() {
    List<Gain> gains = new ArrayList<>();
    headline.ifPresent(
        measured -> {
          measured.latency().forEach(comparison -> gains.addAll(latency(comparison)));
          String group = "HTTP, a connection per request, " + measured.http().cpus();
          for (HttpCase httpCase : List.of(HttpCase.IDLE, HttpCase.ACCELERATED)) {
            gains.add(
                new Gain(
                    "http/" + httpCase,
                    group,
                    httpCase.title(),
                    measured.http().ofPlain(httpCase)));
          }
        });
    table.ifPresent(
        measured ->
            measured.cells().stream()
                .filter(Cell::isMeasured)
                .forEach(cell -> gains.add(cell(measured, cell))));
    costs.ifPresent(
        measured ->
            measured
                .comparisons()
                .forEach(
                    cost ->
                        gains.add(
                            new Gain(
                                "cost/" + cost.name(),
                                cost.title(),
                                cost.treatment(),
                                cost.gain()))));
    return gains;
  }

  private static List<Gain> latency(LatencyComparison comparison) {
    List<Gain> gains = new ArrayList<>();
    for (Tool tool : Tool.values()) {
      gains.add(
          new Gain(
              "latency/" + comparison.placement() + "/" + comparison.messageSize() + "/" + tool,
              "Latency, " + comparison.messageSize() + " bytes, " + comparison.cpus(),
              tool + " off/on",
              comparison.ratio(new LatencyCase(tool, Route.OFF), new LatencyCase(tool, Route.ON))));
    }
    return gains;
  }

  // Noise has another name than a gain: a comparison of reports must not take one for the other.
  private static Gain cell(Table table, Cell cell) {
    return new Gain(
        (table.nullTest() ? "null-test/" : "table/") + cell.link() + "/" + cell.workload().name(),
        cell.link().title(),
        cell.workload().title(),
        cell.gain());
  }
}
