package io.podwire.cluster;

import io.podwire.testbed.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Does the same for many nodes, some at a time. */
public final class FanOut {

  /** Nodes at a time: each is a connection to the API server, and from there to its kubelet. */
  private static final int WIDTH = 16;

  private FanOut() {}

  /**
   * Does it for all of them, each in a thread of its own.
   *
   * @param what is done, in a few words, for the progress
   * @param progress hears of each that is finished
   * @param task is done for each; what one throws is thrown here, while others may be at it still
   * @return the results in the order of the items
   */
  public static <T, R> List<R> over(
      List<T> items, String what, Progress progress, Function<T, R> task) {
    ExecutorService threads = Executors.newFixedThreadPool(WIDTH, FanOut::daemon);
    AtomicInteger done = new AtomicInteger();
    progress.step(0, items.size(), what);
    try {
      List<Future<R>> running = new ArrayList<>();
      for (T item : items) {
        running.add(
            threads.submit(
                () -> {
                  R result = task.apply(item);
                  synchronized (progress) {
                    progress.step(done.incrementAndGet(), items.size(), what);
                  }
                  return result;
                }));
      }
      List<R> results = new ArrayList<>();
      for (Future<R> one : running) {
        results.add(one.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException("interrupted while waiting for the cluster", e);
    } finally {
      threads.shutdown();
      progress.step(items.size(), items.size(), "");
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "node");
    thread.setDaemon(true);
    return thread;
  }
}
