package io.podwire.cluster;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podwire.agent.ApiFailure;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * What has to be undone: by {@link #close}, or when the JVM is told to end before that (Ctrl-C).
 * Nothing more is done once that began.
 */
public final class Undo implements AutoCloseable {

  private final Deque<Step> steps = new ArrayDeque<>();
  private final Consumer<String> left;
  private final Thread hook = new Thread(this::undo, "podwire-undo");
  private boolean undone;

  /**
   * How something is undone.
   *
   * @param action undoes it, also where it was done by half only
   * @param failure what has to be said where it throws, such as {@code pod a/b could not be
   *     deleted}
   * @param remedy the command that undoes it then
   */
  public record Step(Runnable action, String failure, String remedy) {}

  /**
   * Nothing is to be undone yet.
   *
   * @param left is told what could not be undone, each in a line for an operator
   */
  public Undo(Consumer<String> left) {
    this.left = left;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Does something. */
  public synchronized void doing(Runnable action, Step undo) {
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

  /** Undoes all of it, the last first; what fails is told, and keeps nothing else from it. */
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
    while (!steps.isEmpty()) {
      Step step = steps.pop();
      try {
        step.action().run();
      } catch (RuntimeException e) {
        left.accept(step.failure() + ": " + why(e) + ": " + step.remedy());
      }
    }
  }

  private static String why(RuntimeException failure) {
    return failure instanceof KubernetesClientException api
        ? ApiFailure.what(api)
        : failure.getMessage();
  }
}
