package io.podwire.bench;

import java.math.BigDecimal;
import java.util.Collection;
import org.HdrHistogram.Histogram;

/** Histograms of one-way latencies in nanoseconds, exact to three digits. */
public final class Distribution {

  private static final int DIGITS = 3;

  private Distribution() {}

  /** A histogram without values, which any number of nanoseconds fits into. */
  public static Histogram empty() {
    Histogram histogram = new Histogram(DIGITS);
    histogram.setAutoResize(true);
    return histogram;
  }

  /** A histogram of all values of these histograms. */
  public static Histogram merged(Collection<Histogram> histograms) {
    Histogram sum = empty();
    histograms.forEach(sum::add);
    return sum;
  }

  /** A percentile in microseconds. */
  public static double micros(Histogram histogram, double percentile) {
    return histogram.getValueAtPercentile(percentile) / 1_000.0;
  }

  /** A percentile as people write it: {@code 50}, {@code 99.9}. */
  public static String label(double percentile) {
    return BigDecimal.valueOf(percentile).stripTrailingZeros().toPlainString();
  }
}
