package io.podwire.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.podwire.datapath.Authority;
import io.podwire.datapath.State;
import io.podwire.testbed.Progress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class VerificationTest {

  private static final String ENABLED = Api.status(State.ENABLED, Authority.AGENT, "");
  private static final String REDIRECTED =
      """
      {"flows": [{
        "client": {"local": "10.1.0.7:40000", "redirected": 700, "retired": null},
        "server": {"local": "10.1.0.7:11111", "redirected": 699, "retired": null}
      }]}""";

  private final Api api = new Api();
  private final List<String> left = new CopyOnWriteArrayList<>();

  /** Connections that are open and were not looked up yet. */
  private final AtomicInteger open = new AtomicInteger();

  @AfterEach
  void nothingIsLeft() {
    assertThat(api.sockperfPods()).isEmpty();
    assertThat(api.client().services().inAnyNamespace().list().getItems()).isEmpty();
    api.close();
  }

  @Test
  void aNodeWhoseConnectionsAreRedirectedBothWaysIsVerifiedWithTheRightsThatThePageNames()
      throws Exception {
    api.createAgent(Api.running("agent"));
    api.answer((pod, command) -> answer(command, REDIRECTED));
    CompletableFuture<Void> kubelet = kubelet();

    NodeVerification node = verified();
    kubelet.join();

    SeenFlow seen = new SeenFlow(700, 699, Optional.empty());
    assertThat(node)
        .isEqualTo(
            new NodeVerification(Api.NODE, Optional.of(seen), Optional.of(seen), Optional.empty()));
    assertThat(api.rights()).isEqualTo(RightsPage.of("verify"));
  }

  @Test
  void aConnectionThatGoesBackToTcpIsSaidWithItsReason() {
    api.createAgent(Api.running("agent"));
    String retired = REDIRECTED.replaceFirst("null", "\"retired_option\"");
    api.answer((pod, command) -> answer(command, retired));
    CompletableFuture<Void> kubelet = kubelet();

    NodeVerification node = verified();
    kubelet.join();

    assertThat(node.byPodIp()).isEmpty();
    assertThat(node.problem())
        .contains("to 10.1.0.7: its connection went back to TCP (retired_option)");
  }

  @Test
  void whatCannotBeDeletedIsNamedWithTheCommandThatDeletesIt() {
    api.createAgent(Api.running("agent"));
    api.answer((pod, command) -> answer(command, REDIRECTED));
    CompletableFuture<Void> kubelet = kubelet();
    api.forbid("DELETE /api/v1/namespaces/default/services/");

    NodeVerification node = verified();
    kubelet.join();

    assertThat(node.problem()).isEmpty();
    assertThat(services()).hasSize(1);
    String name = services().get(0).getMetadata().getName();
    assertThat(left)
        .containsExactly(
            "service default/"
                + name
                + " could not be deleted: not allowed: forbidden: DELETE"
                + " /api/v1/namespaces/default/services/"
                + name
                + ": kubectl -n default delete --ignore-not-found service "
                + name);
    api.forbid("none");
    api.client().resource(services().get(0)).delete();
  }

  @Test
  void aNodeThatIsSwitchedOffIsNotTried() {
    api.createAgent(Api.running("agent"));
    api.answer(
        (pod, command) -> Api.agent(command, Api.status(State.DISABLED, Authority.NODE, "")));

    assertThat(verified().problem())
        .contains("acceleration is not enabled: disabled by the annotation of the Node");
  }

  @Test
  void anAgentThatIsNotReadyIsSaid() {
    api.createAgent(Api.running("agent"));
    api.answer(
        (pod, command) ->
            Optional.of(
                Api.Said.of(
                    "{\"node\": \"\", \"ready\": false, \"obstacle\": \"it is refused\", \"pods\": []}")));

    assertThat(verified().problem())
        .contains("the agent of node worker-1 is not ready: it is refused: see docs/operations.md");
  }

  @Test
  void aNodeWithoutAnAgentIsSaid() {
    assertThat(verification().of(List.of("worker-9"), Progress.NONE).get(0).problem().orElseThrow())
        .startsWith("no agent runs on node worker-9");
  }

  @Test
  void aClusterWithoutAgentsIsRefused() {
    assertThatThrownBy(() -> verification().of(List.of(), Progress.NONE))
        .isInstanceOf(ClusterException.class)
        .hasMessageStartingWith("no agent is in this cluster");
  }

  private Verification verification() {
    return new Verification(
        api.observed(), "default", Optional.empty(), left::add, Duration.ofSeconds(2));
  }

  private NodeVerification verified() {
    List<NodeVerification> nodes = verification().of(List.of(), Progress.NONE);
    assertThat(nodes).hasSize(1);
    return nodes.get(0);
  }

  /** A node that selects every pod, and lists a connection once. */
  private Optional<Api.Said> answer(String command, String flows) {
    if (command.contains("sockperf")) {
      open.incrementAndGet();
      return Optional.of(Api.Said.of("sockperf: Warmup stage"));
    }
    return switch (command) {
      case "accelctl pods -o json" -> Optional.of(Api.Said.of(selected()));
      case "accelctl flows -o json" ->
          Optional.of(
              Api.Said.of(
                  open.getAndUpdate(count -> Math.max(0, count - 1)) > 0
                      ? flows
                      : "{\"flows\": []}"));
      default -> Api.agent(command, ENABLED);
    };
  }

  private String selected() {
    return api.sockperfPods().stream()
        .map(pod -> pod.getMetadata().getName())
        .map(
            name ->
                "{\"namespace\": \"default\", \"name\": \"%s\", \"addresses\": [], \"selected\": true, \"reason\": \"\"}"
                    .formatted(name))
        .collect(
            Collectors.joining(
                ",", "{\"node\": \"\", \"ready\": true, \"obstacle\": \"\", \"pods\": [", "]}"));
  }

  /** Gives the Service an address, and says that both pods run. */
  private CompletableFuture<Void> kubelet() {
    return CompletableFuture.runAsync(
        () -> {
          List<Pod> pods =
              Poll.until(
                      Duration.ofSeconds(20),
                      () ->
                          Optional.of(api.sockperfPods())
                              .filter(found -> found.size() == 2 && !services().isEmpty()))
                  .orElseThrow();
          assertThat(pods).hasSize(2);
          services()
              .forEach(
                  service ->
                      api.client()
                          .resource(service)
                          .edit(
                              old ->
                                  old.edit()
                                      .editSpec()
                                      .withClusterIP("10.96.0.9")
                                      .endSpec()
                                      .build()));
          api.say("Running", true, Api.running("sockperf"));
        });
  }

  private List<Service> services() {
    return api.client().services().inAnyNamespace().list().getItems();
  }
}
