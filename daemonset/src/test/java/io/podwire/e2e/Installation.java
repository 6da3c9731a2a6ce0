package io.podwire.e2e;

import static io.podwire.e2e.Kubectl.attempt;
import static io.podwire.e2e.Kubectl.get;
import static io.podwire.e2e.Kubectl.json;
import static io.podwire.e2e.Kubectl.kubectl;
import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.distribution.Completed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Podwire in the cluster, installed as docs/install.md says: by a kustomization over an overlay.
 */
final class Installation {

  static final String NAMESPACE = "podwire";
  private static final String LABEL = "app.kubernetes.io/name=podwire";

  private final Path directory;
  private final Map<String, String> configuration;

  /**
   * @param directory for kustomizations; below this module, since kustomize takes relative paths
   * @param configuration of the agent, beside what the overlay says
   */
  Installation(Path directory, Map<String, String> configuration) {
    this.directory = directory;
    this.configuration = configuration;
  }

  /** Installs, or upgrades to, an image, and waits until it runs on every node. */
  void apply(String overlay, String image) {
    kubectl("apply", "-k", kustomization(overlay, image).toString());
    Completed rollout =
        attempt("-n", NAMESPACE, "rollout", "status", "daemonset/podwire-agent", "--timeout=180s");
    assertThat(rollout.exit()).as(() -> rollout.err() + whatHappened()).isZero();
  }

  private static String whatHappened() {
    return attempt("-n", NAMESPACE, "get", "pods,events").out()
        + attempt("-n", NAMESPACE, "logs", "-l", LABEL, "--all-containers", "--tail=1000").out();
  }

  void delete(String overlay, String image) {
    kubectl("delete", "--ignore-not-found", "-k", kustomization(overlay, image).toString());
  }

  private Path kustomization(String overlay, String image) {
    int colon = image.lastIndexOf(':');
    Path made = directory.resolve(overlay);
    try {
      Files.createDirectories(made);
      Files.writeString(
          made.resolve("kustomization.yaml"),
          """
          apiVersion: kustomize.config.k8s.io/v1beta1
          kind: Kustomization
          resources:
            - %s
          images:
            - name: localhost/podwire
              newName: %s
              newTag: %s
          configMapGenerator:
            - name: podwire-agent
              namespace: podwire
              behavior: merge
              literals:
          %s"""
              .formatted(
                  made.toAbsolutePath().relativize(Path.of("overlays", overlay).toAbsolutePath()),
                  image.substring(0, colon),
                  image.substring(colon + 1),
                  configuration.entrySet().stream()
                      .map(entry -> "      - " + entry.getKey() + "=" + entry.getValue() + "\n")
                      .collect(Collectors.joining())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return made;
  }

  /** The pods of the DaemonSet. */
  JsonNode pods() {
    return get("-n", NAMESPACE, "pods", "-l", LABEL, "--field-selector=status.phase=Running")
        .get("items");
  }

  /** The agent of a node. */
  JsonNode pod(String node) {
    for (JsonNode pod : pods()) {
      if (pod.at("/spec/nodeName").asString().equals(node)
          && pod.at("/metadata/deletionTimestamp").isMissingNode()) {
        return pod;
      }
    }
    throw new AssertionError("no agent runs on " + node);
  }

  /** Runs a command beside the agent of a node. */
  String exec(String node, String... command) {
    return execIn("agent", node, command);
  }

  /** Runs a command in a container of the agent's pod of a node. */
  String execIn(String container, String node, String... command) {
    String[] words = new String[command.length + 7];
    String[] start = {
      "-n", NAMESPACE, "exec", pod(node).at("/metadata/name").asString(), "-c", container, "--"
    };
    System.arraycopy(start, 0, words, 0, start.length);
    System.arraycopy(command, 0, words, start.length, command.length);
    return kubectl(words);
  }

  JsonNode status(String node) {
    return json(exec(node, "accelctl", "status", "-o", "json"));
  }

  long counter(String node, String name) {
    JsonNode value = status(node).at("/counters/" + name);
    assertThat(value.isMissingNode()).as("no counter %s", name).isFalse();
    return value.asLong();
  }
}
