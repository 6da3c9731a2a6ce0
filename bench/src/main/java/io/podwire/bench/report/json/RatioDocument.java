package io.podwire.bench.report.json;

import io.podwire.bench.PairedRatio;

/**
 * A ratio with its interval, as JSON.
 *
 * @param ratio the median
 * @param low the lower end of its interval
 * @param high the upper end of its interval
 */
public record RatioDocument(double ratio, double low, double high) {

  /** One that was measured. */
  public static RatioDocument of(PairedRatio ratio) {
    return new RatioDocument(ratio.value(), ratio.low(), ratio.high());
  }
}
