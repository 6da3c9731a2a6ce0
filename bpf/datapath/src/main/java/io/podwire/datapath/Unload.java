package io.podwire.datapath;

import io.podwire.bpf.DirectoryLock;
import java.time.Duration;

/**
 * Drains every build of a pin directory, and removes all that is pinned. It holds the lock for each
 * of its steps but not while it waits, and gives up where another process switched the datapath
 * meanwhile.
 */
final class Unload {

  private static final long POLL_MILLIS = 5;

  /** Between two walks of the sockhash while it drains, at last; the first ones come sooner. */
  private static final long WALK_NANOS = 500_000_000;

  /**
   * More than the second after which a socket with a lent keepalive sends something; the same again
   * for each {@value #PROBES_A_SECOND} that are lent at once.
   */
  private static final long WAKING_NANOS = 3_000_000_000L;

  /** As in flow.h: all sockets with a lent keepalive together send no more. */
  static final int PROBES_A_SECOND = 4096;

  private final PinDirectory directory;

  Unload(PinDirectory directory) {
    this.directory = directory;
  }

  /**
   * Does nothing where nothing is pinned.
   *
   * @param timeout how long to wait for the flows
   * @param force whether flows that are left at the timeout are cut off
   * @return the number of flows that were cut off, 0 unless forced
   * @throws DatapathException where flows are left and it is not forced
   */
  int run(Duration timeout, boolean force) {
    if (directory.all().isEmpty()) {
      return 0;
    }
    begin();
    int left = drain(System.nanoTime() + timeout.toNanos());
    if (left > 0 && !force) {
      giveUp();
      throw new DatapathException(
          "flows that still hold unread bytes after "
              + timeout.toMillis()
              + " ms: "
              + left
              + "; the datapath stays, disabled: wait for their readers, or lose those bytes with"
              + " --force");
    }
    remove(left > 0);
    return left;
  }

  private void begin() {
    try (DirectoryLock lock = directory.lock()) {
      stopAll(State.DRAINING);
    }
  }

  private void giveUp() {
    try (DirectoryLock lock = directory.lock()) {
      requireDraining();
      stopAll(State.DISABLED);
    }
  }

  /**
   * @param cutsOff whether flows are left: the sockhash would live on with the sockets in it
   */
  private void remove(boolean cutsOff) {
    try (DirectoryLock lock = directory.lock()) {
      requireDraining();
      directory.removeAll(cutsOff);
    }
  }

  /**
   * Waits until no flow is left, or the deadline, and then for the readers that are to be woken;
   * returns how many flows are left.
   *
   * @param deadline as of {@link System#nanoTime()}
   */
  private int drain(long deadline) {
    long noFlowSince = 0;
    long pause = POLL_MILLIS * 1_000_000;
    long walkAt = System.nanoTime();
    int mostLent = 0;
    while (true) {
      requireDraining();
      boolean walks = System.nanoTime() - walkAt >= 0;
      Rest rest = rest(walks);
      mostLent = Math.max(mostLent, rest.lentKeepalives());
      long now = System.nanoTime();
      if (walks) { // each walks the whole sockhash, and only finds anew what joined meanwhile
        pause = Math.min(2 * pause, WALK_NANOS);
        walkAt = now + pause;
      }
      if (rest.hasFlows()) {
        noFlowSince = 0;
        if (now - deadline > 0) {
          return flowsLeft();
        }
      } else {
        noFlowSince = noFlowSince == 0 ? now : noFlowSince;
        long waking = WAKING_NANOS * (1 + mostLent / PROBES_A_SECOND);
        if (rest.lentKeepalives() == 0 || now - noFlowSince > waking) {
          return 0;
        }
      }
      pause();
    }
  }

  /** What there is still to wait for, in all builds. */
  private record Rest(boolean hasFlows, int lentKeepalives) {}

  /**
   * @param walks whether flows that joined meanwhile are told to leave, too
   */
  private Rest rest(boolean walks) {
    boolean hasFlows = false;
    int lentKeepalives = 0;
    for (PinnedBuild build : directory.all()) {
      try (build) {
        if (build.flows().hasAny()) {
          hasFlows = true;
          if (walks) {
            build.startLeavingAll();
          } else {
            build.programs().runJanitor();
          }
        }
        lentKeepalives += build.lentKeepalives().count();
      }
    }
    return new Rest(hasFlows, lentKeepalives);
  }

  private void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatapathException(
          "interrupted; flows left: "
              + flowsLeft()
              + "; the datapath stays, draining: unload again");
    }
  }

  private int flowsLeft() {
    int left = 0;
    for (PinnedBuild build : directory.all()) {
      try (build) {
        left += build.flows().count();
      }
    }
    return left;
  }

  /** Switches every attached build, and lets no flow of before go on. */
  private void stopAll(State state) {
    PinDirectory.forEach(directory.attached(), build -> build.settings().stopInto(state));
  }

  private void requireDraining() {
    PinDirectory.forEach(
        directory.attached(),
        build -> {
          if (build.settings().state() != State.DRAINING) {
            throw new DatapathException(
                "the datapath at "
                    + directory.path()
                    + " was switched by another process while it drained: it stays");
          }
        });
  }
}
