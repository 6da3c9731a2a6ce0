package io.podwire.e2e;

import static io.podwire.e2e.Kubectl.get;
import static io.podwire.e2e.Kubectl.kubectl;
import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.distribution.Completed;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * A server with a Service and a client, on one node and in a namespace of their own, made of the
 * image and of the program that proves its bytes (bpf/datapath/src/test/c/traffic).
 */
final class TrafficPods implements AutoCloseable {

  static final String NAMESPACE = "podwire-e2e";

  private static final Path PROGRAM =
      Path.of("../bpf/datapath/target/test-classes/io/podwire/datapath/traffic");

  private final Path directory;
  private final Map<String, String> words;

  /**
   * @param directory for manifests
   */
  TrafficPods(Path directory, String node, String image) {
    this.directory = directory;
    this.words = Map.of("NODE", node, "IMAGE", image);
  }

  void start() {
    kubectl("create", "namespace", NAMESPACE);
    kubectl("-n", NAMESPACE, "create", "configmap", "traffic", "--from-file=traffic=" + PROGRAM);
    apply("traffic.yaml");
    kubectl("-n", NAMESPACE, "wait", "--for=condition=Ready", "--timeout=120s", "pod", "--all");
  }

  String serverAddress() {
    return get("-n", NAMESPACE, "pod", "server").at("/status/podIP").asString();
  }

  String serviceAddress() {
    return get("-n", NAMESPACE, "service", "server").at("/spec/clusterIP").asString();
  }

  /** A ping-pong from the client of a second, to its end. */
  void pingPong(String address) {
    String said =
        kubectl(
            "-n",
            NAMESPACE,
            "exec",
            "client",
            "--",
            "sockperf",
            "ping-pong",
            "--tcp",
            "-i",
            address,
            "-p",
            "11111",
            "-t",
            "1",
            "--data-integrity");
    assertThat(said).contains("Summary: Latency").doesNotContain("data integrity test failed");
  }

  /** A ping-pong from the client that goes on in the background until it is closed. */
  AutoCloseable pingPongOn(String address) throws IOException {
    Process process =
        new ProcessBuilder(
                "kubectl",
                "-n",
                NAMESPACE,
                "exec",
                "client",
                "--",
                "sockperf",
                "ping-pong",
                "--tcp",
                "-i",
                address,
                "-p",
                "11111",
                "-t",
                "20")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return () -> {
      kubectl("-n", NAMESPACE, "exec", "client", "--", "sh", "-c", KILL_SOCKPERF);
      process.waitFor();
    };
  }

  // no procps in the image
  private static final String KILL_SOCKPERF =
      "for p in /proc/[0-9]*; do [ \"$(cat $p/comm)\" != sockperf ] || kill ${p#/proc/}; done";

  /**
   * A pod with a connection to itself on which a message stays unread, until it is closed.
   *
   * @param awaitSelected returns when the pod may connect
   */
  AutoCloseable leaveUnread(Runnable awaitSelected) {
    apply("stuck.yaml");
    awaitSelected.run();
    kubectl("-n", NAMESPACE, "exec", "stuck", "--", "touch", "/tmp/go");
    return () -> endPod("stuck");
  }

  /** A pod that will open connections to the server. Its containers run when this returns. */
  Load load(String name) {
    return load(name, words.get("NODE"));
  }

  /** The same on another node. */
  Load load(String name, String node) {
    apply(
        "load.yaml",
        Map.of("NODE", node, "IMAGE", words.get("IMAGE"), "NAME", name, "SERVER", serverAddress()));
    kubectl("-n", NAMESPACE, "wait", "--for=condition=Ready", "--timeout=60s", "pod/" + name);
    return new Load(name);
  }

  /**
   * A pod whose author may add addresses to it, one of the host's network, one that is excluded.
   */
  void startImpostor() {
    apply("impostor.yaml");
    kubectl(
        "-n",
        NAMESPACE,
        "wait",
        "--for=condition=Ready",
        "--timeout=60s",
        "pod/impostor",
        "pod/on-host");
    kubectl(
        "-n", "kube-system", "wait", "--for=condition=Ready", "--timeout=60s", "pod/" + NAMESPACE);
  }

  /**
   * Stops a process of a pod of this node, by SIGSTOP.
   *
   * @param argument its only one
   */
  void stopProcess(JsonNode pod, String argument) {
    apply("host-processes.yaml");
    kubectl(
        "-n", NAMESPACE, "wait", "--for=condition=Ready", "--timeout=60s", "pod/host-processes");
    String uid = pod.at("/metadata/uid").asString().replace("-", "[-_]");
    kubectl(
        "-n",
        NAMESPACE,
        "exec",
        "host-processes",
        "--",
        "sh",
        "-c",
        """
        for p in /proc/[0-9]*; do
          if grep -qs %s $p/cgroup && tr '\\0' ' ' <$p/cmdline | grep -q ' %s $'; then
            kill -STOP ${p#/proc/} && found=1
          fi
        done
        [ "$found" ]
        """
            .formatted(uid, argument));
    kubectl("-n", NAMESPACE, "delete", "pod", "host-processes", "--now", "--wait=false");
  }

  /** The address of the pod in the excluded namespace. */
  String excludedAddress() {
    return get("-n", "kube-system", "pod", NAMESPACE).at("/status/podIP").asString();
  }

  void execImpostor(String... command) {
    List<String> words = new ArrayList<>(List.of("-n", NAMESPACE, "exec", "impostor", "--"));
    words.addAll(List.of(command));
    kubectl(words.toArray(String[]::new));
  }

  /** Has the author write what Multus would. */
  void nameByImpostor(List<String> addresses) {
    kubectl(
        "-n",
        NAMESPACE,
        "annotate",
        "pod",
        "impostor",
        addresses.stream()
            .collect(
                Collectors.joining(
                    "\",\"", "k8s.v1.cni.cncf.io/network-status=[{\"ips\":[\"", "\"]}]")));
  }

  /** Does nothing where it was not started. */
  void stopImpostor() {
    for (String pod :
        List.of(NAMESPACE + "/impostor", NAMESPACE + "/on-host", "kube-system/" + NAMESPACE)) {
      String[] name = pod.split("/");
      kubectl("-n", name[0], "delete", "--ignore-not-found", "--wait=false", "pod", name[1]);
    }
  }

  /** Ends the processes of a pod and deletes it. Nobody waits for the kubelet to clean up. */
  static void endPod(String name) {
    String all = "kill -s KILL -- -1"; // but for the first of the container, and itself
    Kubectl.attempt("-n", NAMESPACE, "exec", name, "--", "sh", "-c", all);
    kubectl("-n", NAMESPACE, "delete", "pod", name, "--now", "--wait=false");
  }

  /** Makes what a manifest beside this class says. */
  void apply(String manifest) {
    apply(manifest, words);
  }

  private void apply(String manifest, Map<String, String> words) {
    try (InputStream resource = getClass().getResourceAsStream(manifest)) {
      String text = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
      for (Map.Entry<String, String> word : words.entrySet()) {
        text = text.replace(word.getKey(), word.getValue());
      }
      Path file = directory.resolve(manifest);
      Files.writeString(file, text);
      kubectl("apply", "-f", file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Has the namespace deleted, without waiting for that. */
  void beginToClose() {
    kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
  }

  @Override
  public void close() {
    Completed deleted =
        Kubectl.attempt("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=300s");
    if (deleted.exit() != 0) {
      throw new AssertionError(
          deleted.err()
              + get("namespace", NAMESPACE).get("status").toPrettyString()
              + Kubectl.briefly(get("-n", NAMESPACE, "pods").toPrettyString()));
    }
  }
}
