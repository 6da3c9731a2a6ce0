package io.podwire.bench.run;

import io.podwire.bench.headline.HttpComparison;
import io.podwire.bench.headline.LatencyComparison;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What a run of the bench gave.
 *
 * @param began when it began
 * @param took how long it took
 * @param options what was to run
 * @param environment where it ran
 * @param latency one comparison for each placement and message size, in this order
 * @param http connection-per-request HTTP
 */
public record BenchReport(
    Instant began,
    Duration took,
    BenchOptions options,
    Environment environment,
    List<LatencyComparison> latency,
    HttpComparison http) {

  /** The table for a terminal, and where the whole report is. */
  public String table() {
    return ReportTable.of(this) + String.format("%n%s%n", options.output().resolve("report.html"));
  }
}
