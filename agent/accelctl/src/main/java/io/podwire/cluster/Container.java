package io.podwire.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A container of a pod, to run commands in, as {@code kubectl exec} does.
 *
 * @param namespace of the pod
 * @param pod its name
 * @param name the container's
 * @param limit how long a command may take
 */
public record Container(
    KubernetesClient client, String namespace, String pod, String name, Duration limit) {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** With a limit of 60 s. */
  Container(KubernetesClient client, String namespace, String pod, String name) {
    this(client, namespace, pod, name, LIMIT);
  }

  /** The same container with another limit. */
  Container within(Duration other) {
    return new Container(client, namespace, pod, name, other);
  }

  /**
   * Runs a command to its end.
   *
   * @return its standard output
   * @throws ClusterException where it takes longer than the limit, or ends with anything but 0
   */
  public String run(String... command) {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    run(output, command);
    return output.toString(StandardCharsets.UTF_8);
  }

  /** {@link #run(String...)}, with its standard output to where the caller wants it. */
  public void run(OutputStream output, String... command) {
    try (RunningCommand running = new RunningCommand(this, output, command)) {
      running.finish(limit);
    }
  }

  /** The container for people: {@code namespace/pod}. */
  @Override
  public String toString() {
    return namespace + "/" + pod;
  }
}
