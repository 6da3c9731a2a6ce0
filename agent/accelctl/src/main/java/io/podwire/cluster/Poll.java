package io.podwire.cluster;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Waits for what others do. */
public final class Poll {

  private static final Duration INTERVAL = Duration.ofMillis(200);

  private Poll() {}

  /**
   * Looks until it sees something.
   *
   * @return empty where it did not within the limit
   */
  public static <T> Optional<T> until(Duration limit, Supplier<Optional<T>> look) {
    long deadline = System.nanoTime() + limit.toNanos();
    Optional<T> seen = look.get();
    while (seen.isEmpty() && System.nanoTime() < deadline) {
      pause(INTERVAL);
      seen = look.get();
    }
    return seen;
  }

  /** Lets time pass. */
  public static void pause(Duration time) {
    try {
      TimeUnit.NANOSECONDS.sleep(time.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException("interrupted while waiting for the cluster", e);
    }
  }
}
