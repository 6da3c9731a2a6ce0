package io.podwire.cluster;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import io.podwire.agent.ApiFailure;
import io.podwire.agent.OneLine;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A command in a container. Closing it lets go of it; nothing but the container's end ends it. */
public final class RunningCommand implements AutoCloseable {

  private final String name;
  private final ByteArrayOutputStream error = new ByteArrayOutputStream();
  private final ExecWatch watch;

  /**
   * Starts it.
   *
   * @param output gets its standard output
   */
  public RunningCommand(Container container, OutputStream output, String... command) {
    name = command[0] + " in pod " + container;
    try {
      watch =
          container
              .client()
              .pods()
              .inNamespace(container.namespace())
              .withName(container.pod())
              .inContainer(container.name())
              .writingOutput(output)
              .writingError(error)
              .exec(command);
    } catch (KubernetesClientException e) {
      throw new ClusterException("cannot run " + name + ": " + ApiFailure.why(e), e);
    }
  }

  /** Whether it ran to its end, or was lost. */
  public boolean isEnded() {
    return watch.exitCode().isDone();
  }

  /**
   * Waits for its end.
   *
   * @throws ClusterException where it takes longer, or ends with anything but 0
   */
  public void finish(Duration limit) {
    int exit = exit(limit);
    if (exit != 0) {
      String said = OneLine.of(error.toString(StandardCharsets.UTF_8));
      throw new ClusterException(
          name + " failed, exit " + exit + (said.isEmpty() ? "" : ": " + said));
    }
  }

  private int exit(Duration limit) {
    try {
      return watch.exitCode().get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new ClusterException(name + " did not end within " + limit.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      throw new ClusterException(name + " was lost: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException("interrupted while waiting for " + name, e);
    }
  }

  @Override
  public void close() {
    watch.close();
  }
}
