package io.podwire.bench.report.text;

import io.podwire.bench.PairedRatio;
import java.util.Locale;

/** Numbers for people: as many digits as say something. */
public final class Digits {

  private static final double NEAR_ONE = 0.1;

  private Digits() {}

  /** Three digits or more, such as {@code 4.98}, {@code 62.1}, {@code 35,100}. */
  public static String of(double value) {
    int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  /** The ratio alone, such as {@code 1.96}; near 1, where a hundredth matters, {@code 0.994}. */
  public static String of(PairedRatio ratio) {
    return decimal(ratio, ratio.value());
  }

  /** The interval alone, such as {@code [1.90, 2.01]}. */
  public static String interval(PairedRatio ratio) {
    return "[" + decimal(ratio, ratio.low()) + ", " + decimal(ratio, ratio.high()) + "]";
  }

  /** The ratio and its interval, such as {@code 1.96 [1.90, 2.01]}. */
  public static String withInterval(PairedRatio ratio) {
    return of(ratio) + " " + interval(ratio);
  }

  private static String decimal(PairedRatio ratio, double value) {
    boolean nearOne = Math.abs(ratio.value() - 1) < NEAR_ONE;
    return String.format(Locale.ROOT, nearOne ? "%.3f" : "%.2f", value);
  }
}
