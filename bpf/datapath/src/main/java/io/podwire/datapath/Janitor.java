package io.podwire.datapath;

import java.util.concurrent.locks.LockSupport;

/**
 * Takes flows that went back to TCP out of the sockhash while it is open, from a thread of its own:
 * on kernels without BPF timers. On others the kernel does that, and there is no thread.
 */
public final class Janitor implements AutoCloseable {

  private static final long BUSY_NANOS = 1_000_000;
  private static final long IDLE_NANOS = 4_000_000;

  private final Datapath datapath;
  private final Thread thread;
  private volatile boolean closed;

  private Janitor(Datapath datapath) {
    this.datapath = datapath;
    this.thread = new Thread(this::run, "janitor");
    thread.setDaemon(true);
  }

  /** Begins to do so for a datapath, loaded or not, which the caller closes after this. */
  public static Janitor of(Datapath datapath) {
    Janitor janitor = new Janitor(datapath);
    if (!RunningKernel.hasTimers()) {
      janitor.thread.start();
    }
    return janitor;
  }

  private void run() {
    while (!closed) {
      boolean busy = false;
      try {
        busy = datapath.runJanitor();
      } catch (RuntimeException e) {
        // unloaded meanwhile, or by an error that whoever works on the datapath sees too
      }
      LockSupport.parkNanos(busy ? BUSY_NANOS : IDLE_NANOS);
    }
  }

  /** Ends the thread. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
