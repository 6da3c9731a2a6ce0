package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Path;

/**
 * The CNI plugin, which asks an agent.
 *
 * @param socket where that listens
 */
record CniPlugin(String socket) {

  private static final String PROGRAM = Path.of("target/cni/podwire").toAbsolutePath().toString();

  /**
   * Runs the plugin as a container runtime does.
   *
   * @return what it says on standard error: nothing where the agent has decided on the pod
   */
  String add(String name, String uid, InetAddress address) {
    String result =
        "{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\""
            + address.getHostAddress()
            + "/24\"}]}";
    ProcessBuilder plugin =
        new ProcessBuilder("sh", "-c", "printf %s \"$0\" | \"$1\"", config(result), PROGRAM);
    plugin.environment().put("CNI_COMMAND", "ADD");
    plugin.environment().put("CNI_CONTAINERID", "sandbox-of-" + name);
    plugin
        .environment()
        .put("CNI_ARGS", "K8S_POD_NAMESPACE=default;K8S_POD_NAME=" + name + ";K8S_POD_UID=" + uid);
    Completed run = Completed.of(plugin);
    assertThat(run.exit()).isZero();
    assertThat(run.out()).isEqualTo(result + "\n");
    return run.err();
  }

  private String config(String result) {
    return "{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"type\":\"podwire\",\"timeoutMillis\":10000,\"socket\":\""
        + socket
        + "\",\"prevResult\":"
        + result
        + "}";
  }
}
