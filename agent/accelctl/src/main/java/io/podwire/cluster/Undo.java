package io.podwire.cluster;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What has to be undone: by {@link #close}, or when the JVM is told to end before that (Ctrl-C).
 * Nothing more is done once that began.
 */
public final class Undo implements AutoCloseable {

  private final Deque<Runnable> steps = new ArrayDeque<>();
  private final Thread hook = new Thread(this::undo, "podwire-undo");
  private boolean undone;

  /** Nothing is to be undone yet. */
  public Undo() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Does something.
   *
   * @param undo what undoes it, also where it was done by half only
   */
  public synchronized void doing(Runnable action, Runnable undo) {
    require();
    steps.push(undo);
    action.run();
  }

  /** Does something more that is undone with what was done before. */
  public synchronized void doing(Runnable action) {
    require();
    action.run();
  }

  private void require() {
    if (undone) {
      throw new IllegalStateException("everything is undone already");
    }
  }

  /** Undoes all of it, the last first; what fails keeps nothing else from being undone. */
  @Override
  public void close() {
    undo();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The hook runs already, and undoes everything.
    }
  }

  private synchronized void undo() {
    undone = true;
    RuntimeException failure = null;
    while (!steps.isEmpty()) {
      try {
        steps.pop().run();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
