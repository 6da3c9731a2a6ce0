package io.podwire.clusterbench;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import io.podwire.bench.BenchException;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A command in a container. Closing it lets go of it; nothing but the container's end ends it. */
final class RunningCommand implements AutoCloseable {

  private final String name;
  private final ByteArrayOutputStream error = new ByteArrayOutputStream();
  private final ExecWatch watch;

  /**
   * Starts it.
   *
   * @param output gets its standard output
   */
  RunningCommand(Container container, OutputStream output, String... command) {
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
      throw new BenchException("cannot run " + name + ": " + ApiFailure.why(e), e);
    }
  }

  boolean isEnded() {
    return watch.exitCode().isDone();
  }

  /**
   * Waits for its end.
   *
   * @throws BenchException where it takes longer, or ends with anything but 0
   */
  void finish(Duration limit) {
    int exit = exit(limit);
    if (exit != 0) {
      String said = error.toString(StandardCharsets.UTF_8).strip();
      throw new BenchException(
          name + " failed, exit " + exit + (said.isEmpty() ? "" : ": " + said));
    }
  }

  private int exit(Duration limit) {
    try {
      return watch.exitCode().get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new BenchException(name + " did not end within " + limit.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      throw new BenchException(name + " was lost: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted while waiting for " + name, e);
    }
  }

  @Override
  public void close() {
    watch.close();
  }
}
