package io.podwire.bench;

import java.util.Arrays;
import java.util.Random;

/**
 * The ratio of two things measured in pairs of rounds: the median of the pairs' ratios, with a 95 %
 * interval.
 *
 * <p>The interval is the percentile bootstrap of that median: pairs are drawn with replacement,
 * {@value #RESAMPLES} times. The generator's seed is fixed, so that the same rounds always give the
 * same interval.
 *
 * @param value the median ratio
 * @param low the 2.5th percentile of the resampled medians
 * @param high the 97.5th percentile of the resampled medians
 */
public record PairedRatio(double value, double low, double high) {

  private static final int RESAMPLES = 10_000;
  private static final long SEED = 1;

  /**
   * @param numerators one value for each pair
   * @param denominators one value for each pair, in the same order
   * @throws IllegalArgumentException unless there are as many of both, and at least one
   */
  public static PairedRatio of(double[] numerators, double[] denominators) {
    if (numerators.length != denominators.length) {
      throw new IllegalArgumentException(
          numerators.length + " and " + denominators.length + " rounds are not pairs");
    }
    double[] ratios = new double[numerators.length];
    Arrays.setAll(ratios, pair -> numerators[pair] / denominators[pair]);
    Random random = new Random(SEED);
    double[] medians = new double[RESAMPLES];
    double[] drawn = new double[ratios.length];
    for (int i = 0; i < RESAMPLES; i++) {
      Arrays.setAll(drawn, pair -> ratios[random.nextInt(ratios.length)]);
      medians[i] = Median.of(drawn);
    }
    Arrays.sort(medians);
    return new PairedRatio(
        Median.of(ratios), medians[RESAMPLES * 25 / 1000], medians[RESAMPLES * 975 / 1000 - 1]);
  }
}
