package io.podwire.agent;

import com.sun.management.OperatingSystemMXBean;
import io.podwire.bpf.BpfException;
import io.podwire.bpf.Errno;
import io.podwire.datapath.Adoption;
import io.podwire.datapath.AdoptionSchedule;
import io.podwire.datapath.AdoptionSigns;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.DatapathException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has connections of a node join that are open already, and those that went back to TCP, from its
 * start to its end: {@code accelctl adopt --follow}. It knows nothing of Kubernetes, and is a
 * process of its own beside the agent, which lacks the rights that this takes.
 */
public final class AdoptionLoop implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AdoptionLoop.class);

  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /** Time between two looks at the signs. */
  static final Duration LOOK = Duration.ofSeconds(1);

  /** How long one attempt tries busy connections again. */
  static final Duration ATTEMPT = Duration.ofSeconds(1);

  /** Time for an attempt to end. */
  private static final Duration END = Duration.ofSeconds(5);

  /** What the adopter takes the time from. */
  interface Time {

    /** Nanoseconds of a clock that goes on evenly. */
    long nanos();

    /** Nanoseconds of CPU time that this process has used. */
    long cpu();

    /** Returns after this time, or at once when the adopter is closed. */
    void pass(Duration time) throws InterruptedException;
  }

  private final Datapath datapath;
  private final Path proc;
  private final Runnable requirement;
  private final Time time;
  private final AdoptionSchedule schedule = new AdoptionSchedule();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private String failure = "";
  private boolean toldOfDenied;

  /**
   * Touches nothing before {@link #run}.
   *
   * @param datapath the caller closes it after this
   * @param proc as {@code /proc}, of the node's processes
   * @param requirement beside what an adoption takes; throws a {@link DatapathException}
   */
  public AdoptionLoop(Datapath datapath, Path proc, Runnable requirement) {
    this.datapath = datapath;
    this.proc = proc;
    this.requirement = requirement;
    this.time =
        new Time() {
          @Override
          public long nanos() {
            return System.nanoTime();
          }

          @Override
          public long cpu() {
            return PROCESS.getProcessCpuTime();
          }

          @Override
          public void pass(Duration time) throws InterruptedException {
            closing.await(time.toNanos(), TimeUnit.NANOSECONDS);
          }
        };
  }

  AdoptionLoop(Datapath datapath, Path proc, Time time) {
    this.datapath = datapath;
    this.proc = proc;
    this.requirement = () -> {};
    this.time = time;
  }

  /** Follows the datapath until it is closed, or the thread is interrupted. */
  public void run() {
    try {
      if (isPossible()) {
        LOG.info("adopter starting proc={}", proc);
        follow();
      } else {
        closing.await(); // who starts it would start it again, for ever
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended.countDown();
    }
  }

  private boolean isPossible() {
    try {
      datapath.requireAdoption();
      requirement.run();
      return true;
    } catch (DatapathException e) {
      LOG.warn("nothing is adopted on this node: {}", e.getMessage());
      return false;
    }
  }

  private void follow() throws InterruptedException {
    try (AdoptionSigns.Reader signs = datapath.signs()) {
      while (closing.getCount() > 0) {
        look(signs);
        time.pass(LOOK);
      }
    }
  }

  private void look(AdoptionSigns.Reader signs) {
    try {
      if (schedule.isDue(signs.read(), time.nanos(), time.cpu())) {
        Adoption found = datapath.adopt(ATTEMPT, proc);
        schedule.attempted(found, time.nanos());
        failure = "";
        tell(found);
      }
    } catch (BpfException | DatapathException e) {
      schedule.failed(time.nanos());
      boolean unloaded = e instanceof BpfException bpf && bpf.errno() == Errno.ENOENT;
      if (!unloaded && !failure.equals(e.getMessage())) {
        LOG.error("adoption failed reason=\"{}\"", e.getMessage());
        failure = e.getMessage();
      }
    }
  }

  private void tell(Adoption found) {
    if (found.hasJoined()) {
      LOG.info(
          "connections joined adopted={} returned={} busy={} refused={} cpu={}ms",
          found.adopted(),
          found.returned(),
          sum(found.busy().values()),
          sum(found.refused().values()),
          found.cpu().toMillis());
    }
    if (found.denied() > 0 && !toldOfDenied) {
      LOG.warn(
          "processes that the kernel hides from this one: {}; connections of their pods are not adopted",
          found.denied());
      toldOfDenied = true;
    }
  }

  private static int sum(Collection<Integer> counts) {
    return counts.stream().mapToInt(Integer::intValue).sum();
  }

  /** Ends the loop, and does not wait for its end. */
  void stop() {
    closing.countDown();
  }

  /** Returns when an attempt that is under way has ended, or after a few seconds. */
  @Override
  public void close() {
    stop();
    try {
      ended.await(END.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
