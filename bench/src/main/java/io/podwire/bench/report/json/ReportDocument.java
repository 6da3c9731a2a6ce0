package io.podwire.bench.report.json;

import io.podwire.bench.model.BenchReport;
import io.podwire.bench.model.Environment;
import io.podwire.bench.model.RunOptions;
import io.podwire.bench.report.text.Summary;
import java.util.List;

/**
 * {@code report.json}: its fields in their order; {@code docs/bench.md} documents them. The parts
 * that were not measured are null, and absent from the file.
 *
 * <p>A record of the model that is a component here is written as it is: who renames one of its
 * components changes the schema.
 *
 * @param schema the version, {@link #SCHEMA}
 * @param began when the run began, ISO 8601 in UTC
 * @param tookSeconds how long it took
 * @param options what was asked for
 * @param environment where it ran
 * @param summary sentences for people
 * @param gains everything that was measured without and with
 * @param latency a part of the headline
 * @param http a part of the headline
 * @param table every link with every workload
 * @param costs what acceleration costs
 */
public record ReportDocument(
    int schema,
    String began,
    long tookSeconds,
    RunOptions options,
    Environment environment,
    List<String> summary,
    List<GainDocument> gains,
    List<LatencyDocument> latency,
    HttpDocument http,
    TableDocument table,
    CostsDocument costs) {

  /** The version that this build writes and reads. */
  public static final int SCHEMA = 2;

  /** A report, ready to be written. */
  public static ReportDocument of(BenchReport report) {
    return new ReportDocument(
        SCHEMA,
        report.began().toString(),
        report.took().toSeconds(),
        report.options(),
        report.environment(),
        Summary.of(report),
        report.gains().stream().map(GainDocument::of).toList(),
        report
            .headline()
            .map(headline -> headline.latency().stream().map(LatencyDocument::of).toList())
            .orElse(null),
        report.headline().map(headline -> HttpDocument.of(headline.http())).orElse(null),
        report.table().map(TableDocument::of).orElse(null),
        report.costs().map(CostsDocument::of).orElse(null));
  }
}
