package io.podwire.bench.report.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.podwire.bench.Distribution;
import org.HdrHistogram.Histogram;

/**
 * A distribution in {@code report.json}: how many values there are, and their percentiles in µs.
 */
record PercentilesDocument(
    long count,
    double p0,
    double p25,
    double p50,
    double p75,
    double p90,
    double p99,
    @JsonProperty("p99.9") double p999,
    @JsonProperty("p99.99") double p9999,
    double p100) {

  static PercentilesDocument of(Histogram histogram) {
    return new PercentilesDocument(
        histogram.getTotalCount(),
        Distribution.micros(histogram, 0),
        Distribution.micros(histogram, 25),
        Distribution.micros(histogram, 50),
        Distribution.micros(histogram, 75),
        Distribution.micros(histogram, 90),
        Distribution.micros(histogram, 99),
        Distribution.micros(histogram, 99.9),
        Distribution.micros(histogram, 99.99),
        Distribution.micros(histogram, 100));
  }
}
