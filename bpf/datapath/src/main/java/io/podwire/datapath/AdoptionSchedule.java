package io.podwire.datapath;

import java.time.Duration;

/**
 * Decides when to look for connections to adopt: at once when a sign changed, again while some are
 * busy, and never so often that the process takes more than a fiftieth of a CPU over time. It knows
 * no clock and touches nothing.
 */
public final class AdoptionSchedule {

  /** Each second of CPU time is paid for by so many seconds. */
  private static final int PRICE = 50;

  /** The CPU time that can be saved up: what two minutes pay for. */
  private static final long MOST_CREDIT = Duration.ofMinutes(2).toNanos() / PRICE;

  private static final long FIRST_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long LAST_NANOS = Duration.ofSeconds(64).toNanos();

  private AdoptionSigns last = AdoptionSigns.ABSENT;
  private boolean changed;
  private boolean busy;
  private long pause = FIRST_NANOS;
  private long again;
  private boolean begun;
  private long credit = MOST_CREDIT;

  /** When the credit was that, and what the process had used by then. */
  private long creditAt;

  private long spent;

  /**
   * Whether an attempt is to be made.
   *
   * @param now in nanoseconds of any clock that goes on evenly
   * @param cpu what the process has used by now, in nanoseconds
   */
  public boolean isDue(AdoptionSigns signs, long now, long cpu) {
    settle(now, cpu);
    if (!signs.equals(last)) {
      last = signs;
      changed = true;
      pause = FIRST_NANOS;
    }
    boolean wanted = changed || (busy && now - again >= 0);
    return signs.enabled() && wanted && credit >= 0;
  }

  /** What the process used before the first look is not charged. */
  private void settle(long now, long cpu) {
    if (begun) {
      credit = Math.min(MOST_CREDIT, credit + (now - creditAt) / PRICE - (cpu - spent));
    }
    begun = true;
    creditAt = now;
    spent = cpu;
  }

  /** An attempt ended that began with the signs seen last. */
  public void attempted(Adoption found, long now) {
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
