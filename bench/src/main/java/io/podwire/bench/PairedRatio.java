package io.podwire.bench;

import java.util.Arrays;

/**
 * The ratio of two things measured in pairs of rounds: the median of the pairs' ratios, with a 95 %
 * interval of that median.
 *
 * <p>The interval reaches from the k-th smallest ratio to the k-th greatest, with the largest k
 * that leaves the median outside in at most 5 % of runs: it lies below the k-th smallest of n
 * ratios when fewer than k of them are below it, which is a matter of n fair coins, whatever the
 * noise is distributed like. From 6 pairs on such a k exists. Of fewer pairs it is the least and
 * the greatest ratio, and holds the median less often: {@link #coverage}.
 *
 * <p>A percentile bootstrap would be narrower, and hold the median in 87 to 94 % of runs with 6 to
 * 12 pairs: {@code docs/bench.md}.
 *
 * @param value the median ratio
 * @param low the lower end of the interval
 * @param high the upper end of the interval
 */
public record PairedRatio(double value, double low, double high) {

  private static final double WANTED = 0.95;

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
    double median = Median.of(ratios);
    Arrays.sort(ratios);
    int leftOut = leftOut(ratios.length);
    return new PairedRatio(median, ratios[leftOut], ratios[ratios.length - 1 - leftOut]);
  }

  /**
   * The share of runs of so many pairs whose interval contains the true median: at least 0.95 from
   * 6 pairs on, 0.5 for 2.
   */
  public static double coverage(int pairs) {
    return coverage(pairs, leftOut(pairs));
  }

  /** What the interval lets one say, where more than 1 is better. */
  public Effect effect() {
    if (low > 1) {
      return Effect.HELPS;
    }
    return high < 1 ? Effect.COSTS : Effect.NONE_SEEN;
  }

  /** Whether both intervals have a value in common. */
  public boolean overlaps(PairedRatio other) {
    return low <= other.high && other.low <= high;
  }

  /** How many ratios lie outside of the interval at each end. */
  private static int leftOut(int pairs) {
    int leftOut = 0;
    while (coverage(pairs, leftOut + 1) >= WANTED) {
      leftOut++;
    }
    return leftOut;
  }

  /** One minus twice the chance that at most {@code leftOut} of so many fair coins show heads. */
  private static double coverage(int pairs, int leftOut) {
    double chance = Math.pow(0.5, pairs);
    double outside = 0;
    for (int heads = 0; heads <= leftOut; heads++) {
      outside += chance;
      chance *= (double) (pairs - heads) / (heads + 1);
    }
    return 1 - 2 * outside;
  }
}
