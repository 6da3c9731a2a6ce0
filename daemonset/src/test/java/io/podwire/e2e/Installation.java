package io.podwire.e2e;

import static io.podwire.e2e.Kubectl.attempt;
import static io.podwire.e2e.Kubectl.briefly;
import static io.podwire.e2e.Kubectl.get;
import static io.podwire.e2e.Kubectl.json;
import static io.podwire.e2e.Kubectl.kubectl;
import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.distribution.Completed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Podwire in the cluster, installed as docs/install.md says: by the chart. */
final class Installation {

  static final String NAMESPACE = "podwire";
  private static final String RELEASE = "podwire";
  private static final Path WHAT_HAPPENED = Path.of("target/e2e/what-happened.txt");
  private static final String LABEL = "app.kubernetes.io/name=podwire";

  private final String helm;
  private final Map<String, String> values;

  /**
   * @param helm the program, Helm 3 or 4
   * @param values of the chart, beside the image and what an upgrade says
   */
  Installation(String helm, Map<String, String> values) {
    this.helm = helm;
    this.values = values;
  }

  /**
   * Installs an image by the command that a page has, and waits until it runs on every node. To the
   * command comes what no page can know: names of the image, and values for this cluster.
   */
  void install(DocsReader reader, String image) {
    Map<String, String> all = values(image, Map.of());
    String registry = all.remove("image.registry");
    StringBuilder command =
        new StringBuilder(
            reader.command("helm install podwire ").replace("registry.example", registry));
    all.forEach((key, value) -> command.append(" --set '" + key + "=" + value + "'"));
    reader.run(command.toString());
    awaitRollout();
  }

  /**
   * Upgrades to an image and values, and waits until they run on every node. What is empty there is
   * as in the chart.
   */
  void upgrade(String image, Map<String, String> changed) {
    beginUpgrade(image, changed);
    awaitRollout();
  }

  /** The same without waiting. */
  void beginUpgrade(String image, Map<String, String> changed) {
    List<String> words = new ArrayList<>(List.of("upgrade", RELEASE, "chart"));
    values(image, changed)
        .forEach((key, value) -> words.addAll(List.of("--set", key + "=" + value)));
    helm(words.toArray(String[]::new));
  }

  private Map<String, String> values(String image, Map<String, String> changed) {
    Map<String, String> all = new LinkedHashMap<>(values);
    all.putAll(changed);
    all.values().removeIf(String::isEmpty);
    int name = image.indexOf('/');
    int tag = image.lastIndexOf(':');
    all.put("image.registry", image.substring(0, name));
    all.put("image.repository", image.substring(name + 1, tag));
    all.put("image.tag", image.substring(tag + 1));
    return all;
  }

  /** Goes back to what was installed first, and waits until it runs on every node. */
  void rollBackToTheFirst() {
    helm("rollback", RELEASE, "1");
    awaitRollout();
  }

  /** What the chart's own test says. */
  String test() {
    return helm("test", RELEASE);
  }

  /** Uninstalls where some node cannot unload, and returns what helm says of that. */
  String failToUninstall() {
    Completed uninstall = helmCompletes("uninstall", RELEASE);
    assertThat(uninstall.exit()).as(briefly(uninstall.out())).isNotZero();
    return uninstall.out() + uninstall.err();
  }

  void uninstall() {
    helm("uninstall", RELEASE);
    kubectl("delete", "namespace", NAMESPACE);
  }

  /** Runs helm on the namespace, asserts that it succeeds, and returns all that it printed. */
  private String helm(String... arguments) {
    Completed completed = helmCompletes(arguments);
    assertThat(completed.exit())
        .as(
            () ->
                "helm %s: %s%s%s"
                    .formatted(
                        String.join(" ", arguments),
                        briefly(completed.err()),
                        briefly(completed.out()),
                        whatHappened()))
        .isZero();
    return completed.out() + completed.err(); // logs of hooks are in the latter
  }

  private Completed helmCompletes(String... arguments) {
    List<String> command = new ArrayList<>(List.of(helm, "--namespace", NAMESPACE));
    command.addAll(List.of(arguments));
    return Completed.of(command);
  }

  /**
   * Waits until what the DaemonSet has for every node is ready there. Its pods are replaced one by
   * one, each takes a minute and more on a machine that has other work, and two once took longer
   * than three minutes.
   */
  static void awaitRollout() {
    Completed rollout =
        attempt("-n", NAMESPACE, "rollout", "status", "daemonset/podwire-agent", "--timeout=6m");
    assertThat(rollout.exit()).as(() -> rollout.err() + whatHappened()).isZero();
  }

  /** What there is of events and logs goes to a file, and its end to the caller. */
  private static String whatHappened() {
    String pods = attempt("-n", NAMESPACE, "get", "pods,events").out();
    String logs =
        attempt("-n", NAMESPACE, "logs", "-l", LABEL, "--all-containers", "--tail=1000").out();
    try {
      Files.writeString(WHAT_HAPPENED, pods + logs);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return briefly(pods) + briefly(logs) + "and the rest is in daemonset/" + WHAT_HAPPENED;
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
    return kubectl(words(container, node, command));
  }

  /** Runs a command beside the agent of a node that may fail. */
  Completed attemptExec(String node, String... command) {
    return attempt(words("agent", node, command));
  }

  private String[] words(String container, String node, String... command) {
    String pod = pod(node).at("/metadata/name").asString();
    return Stream.concat(
            Stream.of("-n", NAMESPACE, "exec", pod, "-c", container, "--"), Stream.of(command))
        .toArray(String[]::new);
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
