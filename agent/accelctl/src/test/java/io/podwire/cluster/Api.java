package io.podwire.cluster;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.fabric8.mockwebserver.http.Response;
import io.fabric8.mockwebserver.http.WebSocket;
import io.fabric8.mockwebserver.http.WebSocketListener;
import io.podwire.agent.ApiInMemory;
import io.podwire.datapath.Authority;
import io.podwire.datapath.State;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An API server in memory with one node, whose kubelet says of every new pod, and answers to every
 * command, what it is told to. A container's log has one line.
 */
public final class Api extends ApiInMemory {

  public static final String NODE = "worker-1";

  private static final int PIECE_BYTES = 1 << 15;
  private static final Pattern LOG = Pattern.compile("/pods/([^/]+)/log\\?.*container=(\\w+)");
  private static final Pattern EXEC = Pattern.compile("/pods/([^/]+)/exec\\?(.*)");

  private final AtomicReference<BiFunction<String, String, Optional<Said>>> commands =
      new AtomicReference<>((pod, command) -> Optional.of(Said.failure(127, "not found")));

  /** How a command in a container ends, and what it says. */
  public record Said(int exit, byte[] out, String err) {

    /** Of a command that succeeds. */
    public static Said of(String out) {
      return of(out.getBytes(StandardCharsets.UTF_8));
    }

    /** The same, in bytes. */
    public static Said of(byte[] out) {
      return new Said(0, out, "");
    }

    /** Of a command that fails. */
    public static Said failure(int exit, String err) {
      return new Said(exit, new byte[0], err);
    }
  }

  @Override
  protected Optional<MockResponse> answer(RecordedRequest request) {
    Matcher log = LOG.matcher(request.getPath());
    if (log.find()) {
      String line = "log of " + log.group(2) + " in " + log.group(1);
      return Optional.of(new MockResponse().setResponseCode(200).setBody(line));
    }
    Matcher exec = EXEC.matcher(request.getPath());
    return exec.find() ? Optional.of(run(exec.group(1), words(exec.group(2)))) : Optional.empty();
  }

  private static String words(String query) {
    return Stream.of(query.split("&"))
        .filter(parameter -> parameter.startsWith("command="))
        .map(parameter -> parameter.substring("command=".length()))
        .map(word -> URLDecoder.decode(word, StandardCharsets.UTF_8))
        .collect(Collectors.joining(" "));
  }

  /** By the protocol v4.channel.k8s.io: each message begins with the number of its stream. */
  private MockResponse run(String pod, String command) {
    return new MockResponse()
        .withWebSocketUpgrade(
            new WebSocketListener() {
              @Override
              public void onOpen(WebSocket socket, Response response) {
                // not in the server's only thread: who answers may ask the server
                CompletableFuture.supplyAsync(() -> commands.get().apply(pod, command))
                    .thenAccept(said -> said.ifPresent(what -> answer(socket, what)));
              }
            });
  }

  /** A kubelet sends what it reads, in pieces. */
  private static void answer(WebSocket socket, Said said) {
    for (int from = 0; from < said.out().length; from += PIECE_BYTES) {
      int to = Math.min(from + PIECE_BYTES, said.out().length);
      send(socket, 1, Arrays.copyOfRange(said.out(), from, to));
    }
    send(socket, 2, said.err().getBytes(StandardCharsets.UTF_8));
    send(socket, 3, end(said.exit()).getBytes(StandardCharsets.UTF_8));
    socket.close(1000, "");
  }

  private static void send(WebSocket socket, int stream, byte[] bytes) {
    byte[] message = new byte[bytes.length + 1];
    message[0] = (byte) stream;
    System.arraycopy(bytes, 0, message, 1, bytes.length);
    socket.send(message);
  }

  private static String end(int exit) {
    return exit == 0
        ? "{\"status\":\"Success\"}"
        : "{\"status\":\"Failure\",\"reason\":\"NonZeroExitCode\",\"details\":{\"causes\":[{\"reason\":\"ExitCode\",\"message\":\""
            + exit
            + "\"}]}}";
  }

  public Api() {
    client()
        .nodes()
        .resource(new NodeBuilder().withNewMetadata().withName(NODE).endMetadata().build())
        .create();
  }

  /**
   * Answers commands in containers from now on.
   *
   * @param commands by the name of the pod and the words of the command; empty where it hangs
   */
  public void answer(BiFunction<String, String, Optional<Said>> commands) {
    this.commands.set(commands);
  }

  /** What an agent says that is ready, and whose datapath is so. */
  public static Optional<Said> agent(String command, String status) {
    return Optional.of(
        switch (command) {
          case "accelctl status -o json" -> Said.of(status);
          case "accelctl pods -o json" ->
              Said.of(
                  "{\"node\": \"\", \"ready\": true, \"obstacle\": \"\", \"version\": \"1.0+c\", \"pods\": []}");
          default -> Said.failure(127, command + " is not answered");
        });
  }

  /** A part of a status document. */
  public static String status(State state, Authority by, String more) {
    return """
        {"state": "%s", "decided_by": "%s", "counters": {}, "flows": 7, %s
         "settings": {"max_backlog_bytes": 4096, "max_backlog_messages": 1, "max_flows": 1, "break_even_messages": 1}}"""
        .formatted(state, by, more);
  }

  public void annotateNode(String value) {
    client()
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

  public Map<String, String> nodeAnnotations() {
    return client().nodes().withName(NODE).get().getMetadata().getAnnotations();
  }

  /** Makes an agent's pod whose container is as given. */
  public void createAgent(ContainerStatus status) {
    createAgent(NODE, "podwire-agent-x", status);
  }

  /** The same on a node, under a name. */
  public void createAgent(String node, String name, ContainerStatus status) {
    client()
        .pods()
        .inNamespace("podwire")
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("podwire")
                .addToLabels("app.kubernetes.io/name", "podwire")
                .addToLabels("app.kubernetes.io/component", "agent")
                .endMetadata()
                .withNewSpec()
                .withNodeName(node)
                .addNewContainer()
                .withName("agent")
                .withImage("localhost/podwire:1")
                .endContainer()
                .endSpec()
                .withNewStatus()
                .withPhase(status.getState().getRunning() == null ? "Pending" : "Running")
                .withContainerStatuses(status)
                .endStatus()
                .build())
        .create();
  }

  /** Every pod that runs sockperf. */
  public List<Pod> sockperfPods() {
    return client().pods().inAnyNamespace().withLabel(SockperfPods.OWN).list().getItems();
  }

  /** Of all these. */
  public void say(String phase, boolean ready, ContainerStatus status) {
    for (Pod pod : sockperfPods()) {
      client()
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

  public static ContainerStatus waiting(String name, String reason, String message) {
    return new ContainerStatusBuilder()
        .withName(name)
        .withNewState()
        .withNewWaiting(message, reason)
        .endState()
        .build();
  }

  public static ContainerStatus running(String name) {
    return new ContainerStatusBuilder()
        .withName(name)
        .withNewState()
        .withNewRunning("2026-11-26T00:00:00Z")
        .endState()
        .build();
  }

  public static ContainerStatus terminated(String name, String reason, String message) {
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
}
