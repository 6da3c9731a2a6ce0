package io.podwire.cli;

import java.util.List;
import java.util.Locale;

/** The words that go with numbers. */
final class Wording {

  private static final List<String> UNITS = List.of("", "k", "M", "G", "T", "P");

  private Wording() {}

  /** {@code 1 flow}, {@code 2 flows}. */
  static String count(int number, String one, String many) {
    return number + " " + (number == 1 ? one : many);
  }

  /** A number in at most six characters: {@code 99999}, {@code 1431k}, {@code 20039k}. */
  static String amount(long number) {
    int thousands = 0;
    for (; number >= 100_000; number /= 1000) {
      thousands++;
    }
    return number + UNITS.get(thousands);
  }

  /** How long something takes or took, in its largest unit: {@code 99s}, {@code 3m}, {@code 5d}. */
  static String age(long seconds) {
    return seconds < 100
        ? seconds + "s"
        : seconds < 6_000
            ? seconds / 60 + "m"
            : seconds < 360_000 ? seconds / 3_600 + "h" : seconds / 86_400 + "d";
  }

  /** CPU time: {@code 0.4s}, {@code 12.3s}, and from 100 s on as {@link #age}. */
  static String cpuTime(double seconds) {
    return seconds < 100 ? String.format(Locale.ROOT, "%.1fs", seconds) : age((long) seconds);
  }
}
