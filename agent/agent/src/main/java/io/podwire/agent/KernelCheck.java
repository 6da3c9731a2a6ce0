package io.podwire.agent;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Asks what the check of this kernel says, in a thread of its own, since that may take a minute. A
 * refusal is looked at again, more and more seldom: somebody may have made a check since.
 */
final class KernelCheck implements AutoCloseable {

  /** From a refusal until it is looked at again, the first time; then twice as long each time. */
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);

  private static final Duration LAST_PAUSE = Duration.ofHours(1);

  /** Time for a check that is being made to end. */
  private static final Duration END = Duration.ofSeconds(5);

  private final Supplier<Admission> admission;
  private final Consumer<Admission> heed;
  private final Thread thread = new Thread(this::run, "check");
  private volatile boolean closed;

  /**
   * Asks nothing before {@link #start}.
   *
   * @param heed is given each result, from this thread
   */
  KernelCheck(Supplier<Admission> admission, Consumer<Admission> heed) {
    this.admission = admission;
    this.heed = heed;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      for (Duration pause = FIRST_PAUSE; !closed; pause = longer(pause)) {
        Admission result = admission();
        if (closed) {
          return;
        }
        heed.accept(result.until(Instant.now().plus(pause)));
        if (result.refusal().isEmpty()) {
          return;
        }
        Thread.sleep(pause.toMillis());
      }
    } catch (InterruptedException e) {
      // closed meanwhile
    }
  }

  private Admission admission() {
    try {
      return admission.get();
    } catch (RuntimeException e) {
      return Admission.unknown("the kernel cannot be checked: " + e.getMessage());
    }
  }

  /** The pause after this one: twice as long, an hour at most. */
  static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LAST_PAUSE) > 0 ? LAST_PAUSE : twice;
  }

  /** Interrupts a check that is being made, and returns when it has ended or after seconds. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(END.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
