package io.podwire.datapath;

import java.time.Duration;

/**
 * Decides when to look for connections to adopt: at once when a sign changed, again while some are
 * busy, and never so often that it takes more than a fiftieth of a CPU. It knows no clock and
 * touches nothing.
 */
public final class AdoptionSchedule {

  /** An attempt rests for this many times the CPU time that it took, until the next one. */
  private static final int RESTS = 50;

  private static final long FIRST_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long LAST_NANOS = Duration.ofSeconds(64).toNanos();

  private AdoptionSigns last = AdoptionSigns.ABSENT;
  private boolean changed;
  private boolean busy;
  private long pause = FIRST_NANOS;
  private long again;
  private long rested = Long.MIN_VALUE;

  /**
   * Whether an attempt is to be made.
   *
   * @param now in nanoseconds of any clock that goes on evenly
   */
  public boolean isDue(AdoptionSigns signs, long now) {
    if (!signs.equals(last)) {
      last = signs;
      changed = true;
      pause = FIRST_NANOS;
    }
    boolean wanted = changed || (busy && now - again >= 0);
    boolean hasRested = rested == Long.MIN_VALUE || now - rested >= 0;
    return signs.enabled() && wanted && hasRested;
  }

  /** An attempt ended that began with the signs seen last. */
  public void attempted(Adoption found, long now) {
    rested = now + RESTS * found.cpu().toNanos();
    if (found.hasJoined()) {
      pause = FIRST_NANOS;
    }
    tryAgain(!found.busy().isEmpty() || last.drains(), now);
  }

  /** An attempt failed. */
  public void failed(long now) {
    tryAgain(true, now);
  }

  private void tryAgain(boolean worthWhile, long now) {
    changed = false;
    busy = worthWhile;
    again = now + pause;
    pause = Math.min(2 * pause, LAST_NANOS);
  }
}
