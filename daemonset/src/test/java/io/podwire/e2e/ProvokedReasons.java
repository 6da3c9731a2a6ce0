package io.podwire.e2e;

import static io.podwire.e2e.Kubectl.get;
import static io.podwire.e2e.Kubectl.kubectl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Provokes the reasons for which connections are not redirected, and asks {@code accelctl explain}
 * for each by the names of the pods.
 */
final class ProvokedReasons {

  private static final String SERVER = TrafficPods.NAMESPACE + "/server";

  /** Of a datapath beside the agent's, in its container. */
  private static final String OTHER_PINS = "/sys/fs/bpf/podwire-other";

  private final Installation podwire;
  private final TrafficPods workload;
  private final String node;

  /**
   * @param node of the workload
   */
  ProvokedReasons(Installation podwire, TrafficPods workload, String node) {
    this.podwire = podwire;
    this.workload = workload;
    this.node = node;
  }

  /**
   * @param name of a pod that opens connections, and is selected
   */
  void refusedOption(String name) {
    traffic(name, "-z", "pairs", "5", "1");

    assertThat(explain(name))
        .contains(parties(name) + " did not join ")
        .contains(": join_refused_option: an end has an option ");
  }

  /** Its average has to become short first, which one connection in several adds to. */
  void tooShort(String name) {
    traffic(name, "pairs", "400", "1");

    assertThat(explain(name))
        .contains(parties(name) + " did not join ")
        .contains(": skipped_short: ")
        .endsWith("is kept out while one of these reasons holds.\n");
  }

  void goneBackAndThenRemembered(String name) {
    String needed = "retired_(duplex|recv_flags): .*";
    await()
        .untilAsserted(
            () -> {
              traffic(name, "sleep", "1");
              assertThat(explain(name))
                  .containsPattern(
                      parties(name) + " (went back to TCP|did not join) .*" + needed + "\n");
            });

    traffic(name, "pairs", "1", "1");

    assertThat(explain(name))
        .containsPattern("(skipped_incompatible|skipped_container): an earlier|: the container of");
  }

  /** Another program holds the sockets: that of a datapath which was there first. */
  void heldByAnotherProgram(String name) {
    podwire.exec(
        node,
        "accelctl",
        "enable",
        "--accept",
        "unchecked",
        "--pin-dir",
        OTHER_PINS,
        "--address",
        workload.serverAddress() + "," + address(name));
    try {
      traffic(name, "pairs", "1", "1");

      assertThat(explain(name, "--pin-dir", OTHER_PINS))
          .contains(": join_failed_busy: another program holds the socket")
          .contains(" because another program holds them: ");
    } finally {
      podwire.exec(node, "accelctl", "unload", "--pin-dir", OTHER_PINS);
    }
  }

  /**
   * @param name of a pod whose connections are open, and were before the node was switched on
   */
  void openBefore(String name) {
    assertThat(explain(name))
        .contains(Load.CONNECTIONS + " connections are open, and not joined. ")
        .contains(" probably they were made before they could join");
  }

  /**
   * @param name of a pod that opted out
   */
  void notSelected(String name) {
    assertThat(explain(name))
        .contains(" is not selected: pod says disabled.\n")
        .endsWith(
            "does not join while " + TrafficPods.NAMESPACE + "/" + name + " is not selected.\n");
  }

  /**
   * @param name of a pod on another node
   */
  void elsewhere(String name, String other) {
    traffic(name, "pairs", "1", "1");
    String address = address(name);

    assertThat(podwire.exec(node, "accelctl", "explain", address, SERVER))
        .contains(
            "The agent of node " + node + " knows no pod with " + address + ": it is elsewhere");
    String far = TrafficPods.NAMESPACE + "/" + name;
    assertThat(podwire.attemptExec(other, "accelctl", "explain", far, SERVER).err())
        .contains(
            "no pod " + SERVER + " on node " + other + ", and only connections within a node are");
  }

  /** Once the agent's heartbeat has run out. */
  void staleHeartbeat(String name) {
    await()
        .untilAsserted(
            () -> {
              traffic(name, "pairs", "1", "1");
              assertThat(podwire.exec(node, "accelctl", "explain"))
                  .contains(": skipped_stale: the agent's heartbeat had run out");
            });
  }

  /** The same by names, when it answers again. */
  void staleHeartbeatIsKnown(String name) {
    assertThat(explain(name)).contains(parties(name) + " did not join ", ": skipped_stale: ");
  }

  private static String address(String name) {
    return get("-n", TrafficPods.NAMESPACE, "pod", name).at("/status/podIP").asString();
  }

  private static String parties(String name) {
    return TrafficPods.NAMESPACE + "/" + name + " to " + SERVER + ":7000";
  }

  private String explain(String name, String... options) {
    String[] words = new String[options.length + 4];
    words[0] = "accelctl";
    words[1] = "explain";
    words[2] = TrafficPods.NAMESPACE + "/" + name;
    words[3] = SERVER + ":7000";
    System.arraycopy(options, 0, words, 4, options.length);
    return podwire.exec(node, words);
  }

  /** Connects to the server, as traffic.c says. */
  private void traffic(String name, String... words) {
    StringBuilder command = new StringBuilder("exec /traffic/traffic");
    boolean named = false;
    for (String word : words) {
      command.append(' ').append(word);
      if (!named && !word.startsWith("-")) {
        named = true;
        command.append(' ').append(workload.serverAddress()).append(" 7000");
      }
    }
    kubectl("-n", TrafficPods.NAMESPACE, "exec", name, "--", "sh", "-c", command.toString());
  }
}
