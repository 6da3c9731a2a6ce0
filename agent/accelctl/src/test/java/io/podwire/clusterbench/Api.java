package io.podwire.clusterbench;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * An API server in memory with one node, whose kubelet says of every new pod what it is told to.
 */
final class Api implements AutoCloseable {

  static final String NODE = "worker-1";

  /** Held, or its level would go with it: a line for each request is too much. */
  private static final Logger MOCK = Logger.getLogger("io.fabric8.mockwebserver");

  static {
    MOCK.setLevel(Level.OFF);
  }

  private final Objects objects = new Objects();
  private final KubernetesMockServer server =
      new KubernetesMockServer(new Context(), new MockWebServer(), new HashMap<>(), objects, false);
  private final KubernetesClient client;

  private static final class Objects extends KubernetesCrudDispatcher {

    private final AtomicReference<String> forbidden = new AtomicReference<>("none");

    @Override
    public MockResponse dispatch(RecordedRequest request) {
      String what = request.method() + " " + request.getPath();
      if (what.startsWith(forbidden.get())) {
        return new MockResponse()
            .setResponseCode(403)
            .setBody(
                "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"code\":403,\"message\":\"forbidden: "
                    + what
                    + "\"}");
      }
      return super.dispatch(request);
    }

    // fabric8's knows no field selectors of spec
    @Override
    public MockResponse handleGet(String path) {
      return super.handleGet(path.replaceFirst("fieldSelector=spec[^&]*&?", ""));
    }
  }

  Api() {
    server.init();
    client = server.createClient();
    client
        .nodes()
        .resource(new NodeBuilder().withNewMetadata().withName(NODE).endMetadata().build())
        .create();
  }

  KubernetesClient client() {
    return client;
  }

  /** Refuses requests that begin so: a method and a path. */
  void forbid(String request) {
    objects.forbidden.set(request);
  }

  void annotateNode(String value) {
    client
        .nodes()
        .withName(NODE)
        .edit(
            node ->
                new NodeBuilder(node)
                    .editMetadata()
                    .addToAnnotations("podwire.io/acceleration", value)
                    .endMetadata()
                    .build());
  }

  Map<String, String> nodeAnnotations() {
    return client.nodes().withName(NODE).get().getMetadata().getAnnotations();
  }

  /** Makes an agent's pod whose container is as given. */
  void createAgent(ContainerStatus status) {
    client
        .pods()
        .inNamespace("podwire")
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName("podwire-agent-x")
                .withNamespace("podwire")
                .addToLabels("app.kubernetes.io/name", "podwire")
                .addToLabels("app.kubernetes.io/component", "agent")
                .endMetadata()
                .withNewSpec()
                .withNodeName(NODE)
                .addNewContainer()
                .withName("agent")
                .withImage("localhost/podwire:1")
                .endContainer()
                .endSpec()
                .withNewStatus()
                .withPhase("Pending")
                .withContainerStatuses(status)
                .endStatus()
                .build())
        .create();
  }

  List<Pod> benchPods() {
    return client
        .pods()
        .inAnyNamespace()
        .withLabel(BenchPods.LABEL, BenchPods.LABELLED)
        .list()
        .getItems();
  }

  /** Of every pod of the bench. */
  void say(String phase, boolean ready, ContainerStatus status) {
    for (Pod pod : benchPods()) {
      client
          .pods()
          .inNamespace(pod.getMetadata().getNamespace())
          .withName(pod.getMetadata().getName())
          .editStatus(
              old ->
                  new PodBuilder(old)
                      .withNewStatus()
                      .withPhase(phase)
                      .addNewCondition()
                      .withType("Ready")
                      .withStatus(ready ? "True" : "False")
                      .endCondition()
                      .addNewPodIP("10.1.0.7")
                      .withContainerStatuses(status)
                      .endStatus()
                      .build());
    }
  }

  static ContainerStatus waiting(String name, String reason, String message) {
    return new ContainerStatusBuilder()
        .withName(name)
        .withNewState()
        .withNewWaiting(message, reason)
        .endState()
        .build();
  }

  static ContainerStatus running(String name) {
    return new ContainerStatusBuilder()
        .withName(name)
        .withNewState()
        .withNewRunning("2026-11-26T00:00:00Z")
        .endState()
        .build();
  }

  static ContainerStatus terminated(String name, String reason, String message) {
    return new ContainerStatusBuilder()
        .withName(name)
        .withNewState()
        .withNewTerminated()
        .withExitCode(128)
        .withReason(reason)
        .withMessage(message)
        .endTerminated()
        .endState()
        .build();
  }

  @Override
  public void close() {
    client.close();
    server.destroy();
  }
}
