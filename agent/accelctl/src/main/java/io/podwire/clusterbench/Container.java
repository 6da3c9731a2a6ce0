package io.podwire.clusterbench;

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
 */
record Container(KubernetesClient client, String namespace, String pod, String name) {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /**
   * Runs a command to its end.
   *
   * @return its standard output
   * @throws io.podwire.bench.BenchException where it takes longer than 60 s, or ends with anything
   *     but 0
   */
  String run(String... command) {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    run(output, command);
    return output.toString(StandardCharsets.UTF_8);
  }

  /** {@link #run(String...)}, with its standard output to where the caller wants it. */
  void run(OutputStream output, String... command) {
    try (RunningCommand running = new RunningCommand(this, output, command)) {
      running.finish(LIMIT);
    }
  }

  /** The container for people: {@code namespace/pod}. */
  @Override
  public String toString() {
    return namespace + "/" + pod;
  }
}
