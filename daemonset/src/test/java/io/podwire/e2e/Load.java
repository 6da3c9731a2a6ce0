package io.podwire.e2e;

import static io.podwire.e2e.Kubectl.get;
import static io.podwire.e2e.Kubectl.kubectl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;

/**
 * A pod whose connections to the server stay open while messages go both ways on each, and every
 * byte is compared. It ends with the first that is wrong, late or refused.
 */
final class Load implements AutoCloseable {

  /** As load.yaml says. */
  static final int CONNECTIONS = 20;

  private final String name;

  Load(String name) {
    this.name = name;
  }

  /** Opens the connections; before its pod is selected they would have to be adopted. */
  void start() {
    kubectl("-n", TrafficPods.NAMESPACE, "exec", name, "--", "touch", "/tmp/go");
  }

  /** Runs a command beside it, in its container. */
  String exec(String... command) {
    List<String> words = new ArrayList<>(List.of("-n", TrafficPods.NAMESPACE, "exec", name, "--"));
    words.addAll(List.of(command));
    return kubectl(words.toArray(String[]::new));
  }

  /** Asserts that messages still come and go, on the connections that were opened first. */
  void assertUnbroken() {
    long before = rounds();
    await().until(() -> rounds() > before);
  }

  /** Rounds of one message and its answer on every connection, all of them right. */
  private long rounds() {
    assertThat(get("-n", TrafficPods.NAMESPACE, "pod", name).at("/status/phase").asString())
        .as("the load says: %s", lastLine())
        .isIn("Pending", "Running");
    String line = lastLine();
    return line.startsWith("round ") ? Long.parseLong(line.split(" ")[1]) : -1;
  }

  private String lastLine() {
    return Kubectl.attempt("-n", TrafficPods.NAMESPACE, "logs", "--tail", "1", name).out().strip();
  }

  @Override
  public void close() {
    TrafficPods.endPod(name);
  }
}
