package io.podwire.distribution;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/** An API server in memory, with one node; it can be stopped, and comes back with its objects. */
final class ApiServer implements AutoCloseable {

  static final String NODE = "worker-1";

  /** Held, or its level would go with it: a line for each request is too much. */
  private static final Logger MOCK = Logger.getLogger("io.fabric8.mockwebserver");

  static {
    MOCK.setLevel(Level.OFF);
  }

  private final ClusterObjects objects = new ClusterObjects();
  private final int port;
  private KubernetesMockServer server;
  private KubernetesClient client;

  private ApiServer(int port) {
    this.port = port;
  }

  /** One that is not started yet, on a port of its own. */
  static ApiServer stopped() {
    try (ServerSocket free = new ServerSocket(0)) {
      return new ApiServer(free.getLocalPort());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One with the node and the namespace {@code default}. */
  static ApiServer start() {
    ApiServer api = stopped();
    api.resume();
    api.client
        .nodes()
        .resource(new NodeBuilder().withNewMetadata().withName(NODE).endMetadata().build())
        .create();
    api.client
        .namespaces()
        .resource(
            new NamespaceBuilder().withNewMetadata().withName("default").endMetadata().build())
        .create();
    return api;
  }

  void resume() {
    server =
        new KubernetesMockServer(
            new Context(), new MockWebServer(), new HashMap<>(), objects, false);
    server.init(InetAddress.getLoopbackAddress(), port);
    client = server.createClient();
  }

  void stop() {
    client.close();
    server.destroy();
  }

  /** What it has, and how it tells of it. */
  ClusterObjects objects() {
    return objects;
  }

  KubernetesClient client() {
    return client;
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  /** Writes a kubeconfig for it. */
  Path kubeconfig(Path directory) throws IOException {
    return Files.writeString(
        directory.resolve("kubeconfig"),
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: c, cluster: {server: "%s"}}]
        contexts: [{name: c, context: {cluster: c, user: u}}]
        current-context: c
        users: [{name: u, user: {}}]
        """
            .formatted(url()));
  }

  /**
   * Makes a Pod on the node whose first address is its IP, and all others on interfaces that Multus
   * tells of.
   */
  Pod createPod(String name, List<InetAddress> addresses) {
    return createPod(name, NODE, Map.of(), addresses);
  }

  Pod createPod(
      String name, String node, Map<String, String> annotations, List<InetAddress> addresses) {
    String ips =
        addresses.stream()
            .skip(1)
            .map(address -> '"' + address.getHostAddress() + '"')
            .collect(Collectors.joining(","));
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace("default")
            .addToLabels("app", name)
            .addToAnnotations(annotations)
            .addToAnnotations(
                "k8s.v1.cni.cncf.io/network-status",
                "[{\"name\":\"a\",\"interface\":\"eth0\",\"ips\":[" + ips + "]}]")
            .endMetadata()
            .withNewSpec()
            .withNodeName(node)
            .endSpec()
            .withNewStatus()
            .withPhase("Running")
            .withPodIP(addresses.get(0).getHostAddress())
            .withPodIPs(new PodIP(addresses.get(0).getHostAddress()))
            .endStatus()
            .build();
    return client.pods().inNamespace("default").resource(pod).create();
  }

  /**
   * Makes a Pod on the node that Spiderpool gives an address, of which the kubelet says nothing.
   */
  Pod createPodWithoutAddress(String name) {
    return createPodWithoutAddress(name, NODE, Map.of());
  }

  /** The same, on a node and with annotations. */
  Pod createPodWithoutAddress(String name, String node, Map<String, String> annotations) {
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace("default")
            .addToAnnotations(annotations)
            .endMetadata()
            .withNewSpec()
            .withNodeName(node)
            .endSpec()
            .withNewStatus()
            .withPhase("Pending")
            .endStatus()
            .build();
    return client.pods().inNamespace("default").resource(pod).create();
  }

  /** Has the kubelet say which address a Pod has. */
  void addressPod(String name, InetAddress address) {
    client
        .pods()
        .inNamespace("default")
        .withName(name)
        .edit(
            pod ->
                new PodBuilder(pod)
                    .editStatus()
                    .withPhase("Running")
                    .withPodIP(address.getHostAddress())
                    .withPodIPs(new PodIP(address.getHostAddress()))
                    .endStatus()
                    .build());
  }

  /** Makes a Service with an address of its own. */
  void createService(String name, String address) {
    client
        .services()
        .inNamespace("default")
        .resource(
            new ServiceBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("app", name)
                .endMetadata()
                .withNewSpec()
                .addToSelector("app", name)
                .addNewPort()
                .withName("http")
                .withPort(80)
                .withNewTargetPort(8080)
                .endPort()
                .withClusterIP(address)
                .withClusterIPs(address)
                .endSpec()
                .build())
        .create();
  }

  /** Has a Pod that waits run on the node. */
  void schedulePod(String name) {
    client
        .pods()
        .inNamespace("default")
        .withName(name)
        .edit(pod -> new PodBuilder(pod).editSpec().withNodeName(NODE).endSpec().build());
  }

  void deletePod(String name) {
    client.pods().inNamespace("default").withName(name).delete();
  }

  void annotatePod(String name, String value) {
    client
        .pods()
        .inNamespace("default")
        .withName(name)
        .edit(
            pod ->
                new PodBuilder(pod)
                    .editMetadata()
                    .addToAnnotations("podwire.io/acceleration", value)
                    .endMetadata()
                    .build());
  }

  @Override
  public void close() {
    stop();
  }
}
