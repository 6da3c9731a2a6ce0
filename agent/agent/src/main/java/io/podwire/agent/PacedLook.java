package io.podwire.agent;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at connections over and over, from a thread of its own, so that neither a scrape nor the
 * selection of a pod waits for that, and rests after a look in proportion to the CPU time that it
 * took.
 */
final class PacedLook implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PacedLook.class);

  /** Time between two looks, where they cost little. */
  private static final Duration REST = Duration.ofSeconds(10);

  /** Each second of CPU time is paid for by so many seconds: a third of a percent. */
  private static final int PRICE = 300;

  /** How long {@link #close} waits for a look that is under way. */
  private static final Duration END = Duration.ofSeconds(5);

  private final String name;
  private final Runnable look;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private String failure = "";

  /**
   * Does nothing before {@link #start}.
   *
   * @param name of what is looked at
   */
  PacedLook(String name, Runnable look) {
    this.name = name;
    this.look = look;
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      Duration rest;
      do {
        long before = cpuNanos();
        attempt();
        long cost = cpuNanos() - before;
        rest = Duration.ofNanos(Math.max(REST.toNanos(), PRICE * cost));
      } while (!closing.await(rest.toNanos(), TimeUnit.NANOSECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private void attempt() {
    try {
      look.run();
      failure = "";
    } catch (RuntimeException e) {
      if (!failure.equals(e.toString())) {
        LOG.error("cannot look at {} reason=\"{}\"", name, e.getMessage());
        failure = e.toString();
      }
    }
  }

  @Override
  public void close() {
    closing.countDown();
    try {
      thread.join(END.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
