package io.podwire.datapath;

import java.util.List;

/**
 * How long flows took from their retirement until both ends had left the sockhash.
 *
 * @param buckets flows by the power of two of their time: element n counts those of less than
 *     2<sup>n</sup> µs (and not less than half of that)
 */
public record LeavingTimes(List<Long> buckets) {

  /** The times of a datapath that saw no flow leave. */
  public static final LeavingTimes NONE = new LeavingTimes(List.of());

  public LeavingTimes {
    buckets = List.copyOf(buckets);
  }

  /** How many flows left. */
  public long count() {
    return buckets.stream().mapToLong(Long::longValue).sum();
  }

  /**
   * An upper bound for a part of the flows, in µs; 0 where none left.
   *
   * @param part 0 to 1: 0.5 for the median
   */
  public long microseconds(double part) {
    long wanted = (long) Math.ceil(count() * part);
    long seen = 0;
    for (int n = 0; n < buckets.size(); n++) {
      seen += buckets.get(n);
      if (seen >= wanted && seen > 0) {
        return 1L << n;
      }
    }
    return 0;
  }
}
