package io.podwire.bench;

/** What a figure of the bench is in. */
public enum Unit {
  /** Microseconds; fewer are better. */
  MICROS("µs", false),
  /** Messages there and back in a second. */
  TRANSACTIONS("transactions/s", true),
  /** Requests answered in a second. */
  REQUESTS("requests/s", true),
  /** Connections opened and closed in a second. */
  CONNECTIONS("connections/s", true),
  /** Messages one way in a second. */
  MESSAGES("messages/s", true),
  /** 10^9 bits of payload in a second. */
  GIGABITS("Gbit/s", true),
  /** Bytes of memory; fewer are better. */
  BYTES("bytes", false),
  /** Hundredths of all. */
  PERCENT("%", true);

  private final String symbol;
  private final boolean moreIsBetter;

  Unit(String symbol, boolean moreIsBetter) {
    this.symbol = symbol;
    this.moreIsBetter = moreIsBetter;
  }

  /** The unit as it follows a number. */
  public String symbol() {
    return symbol;
  }

  /**
   * How many times as good the second is as the first, pair by pair: more than 1 is better,
   * whatever the unit.
   */
  public PairedRatio gain(double[] first, double[] second) {
    return moreIsBetter ? PairedRatio.of(second, first) : PairedRatio.of(first, second);
  }
}
