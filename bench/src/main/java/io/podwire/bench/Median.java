package io.podwire.bench;

import java.util.Arrays;

/** The middle of some values; of an even number, the mean of the two in the middle. */
public final class Median {

  private Median() {}

  /**
   * @throws IllegalArgumentException without values
   */
  public static double of(double... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("no median of no values");
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
