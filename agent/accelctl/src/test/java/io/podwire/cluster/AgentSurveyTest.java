package io.podwire.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.apps.ControllerRevisionBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.podwire.datapath.Authority;
import io.podwire.datapath.Build;
import io.podwire.datapath.State;
import io.podwire.testbed.Progress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class AgentSurveyTest {

  private static final String BUILD =
      "\"redirected_share\": 0.5, \"generation\": 11, \"build\": \"5bba5ba8b7\",";
  private static final String ENABLED = Api.status(State.ENABLED, Authority.AGENT, BUILD);

  private final Api api = new Api();

  @AfterEach
  void close() {
    api.close();
  }

  @Test
  void nodesWhoseAgentsAreReadyAndEnabledAreAsWished() {
    agent("worker-2");
    agent("worker-1");
    api.answer((pod, command) -> Api.agent(command, ENABLED));

    ClusterStatus status = take();

    assertThat(status.isAsWished()).isTrue();
    assertThat(status.nodes()).extracting(NodeReport::node).containsExactly("worker-1", "worker-2");
    assertThat(status.nodes())
        .allSatisfy(
            node -> {
              assertThat(node.ready()).isTrue();
              assertThat(node.agent()).isEqualTo("1.0+c");
              assertThat(node.problems()).isEmpty();
              assertThat(node.status().orElseThrow().build()).contains(new Build(11, "5bba5ba8b7"));
              assertThat(node.status().orElseThrow().flows()).isEqualTo(7);
              assertThat(node.status().orElseThrow().redirectedShare()).hasValue(0.5);
            });
  }

  @Test
  void whatItAsksTakesTheRightsThatThePageNames() throws Exception {
    agent("worker-1");
    daemonSet(1, 1);
    api.answer((pod, command) -> Api.agent(command, ENABLED));

    new AgentSurvey(api.observed(), Progress.NONE).take();

    assertThat(api.rights()).isEqualTo(RightsPage.of("status --cluster"));
  }

  @Test
  void aNodeThatIsRefusedHasALineThatSaysWhy() {
    agent("worker-1");
    api.answer(
        (pod, command) ->
            command.startsWith("accelctl pods")
                ? Optional.of(
                    Api.Said.of(
                        "{\"node\": \"worker-1\", \"ready\": false, \"obstacle\": \"this kernel cannot\", \"pods\": []}"))
                : Api.agent(command, Api.status(State.ABSENT, Authority.NOBODY, "")));

    NodeReport node = onlyNode();

    assertThat(node.ready()).isFalse();
    assertThat(node.agent()).isEmpty();
    assertThat(node.problems())
        .containsExactly("not ready: this kernel cannot", "nothing is loaded");
  }

  @Test
  void aNodeThatIsSwitchedOffHasALineThatSaysByWhom() {
    agent("worker-1");
    api.answer(
        (pod, command) -> Api.agent(command, Api.status(State.DISABLED, Authority.LOCAL, BUILD)));
    assertThat(onlyNode().problems())
        .containsExactly("disabled on the node itself, until accelctl enable or auto there");

    api.answer(
        (pod, command) -> Api.agent(command, Api.status(State.DISABLED, Authority.NODE, BUILD)));
    assertThat(onlyNode().problems()).containsExactly("disabled by the annotation of the Node");
  }

  @Test
  void aNodeWhoseConnectionsJoinAnotherBuildThanItsAgentsIsNotAsWished() {
    agent("worker-1");
    api.answer(
        (pod, command) ->
            Api.agent(
                command,
                Api.status(
                    State.ENABLED,
                    Authority.AGENT,
                    BUILD + "\"another\": {\"generation\": 10, \"build\": \"77aa0011ff\"},")));

    assertThat(onlyNode().problems())
        .containsExactly("new connections join build 10-77aa0011, which is not the agent's");
  }

  @Test
  void anAgentThatIsDeadIsALineAndTheOthersAreAskedAllTheSame() {
    api.createAgent(
        "worker-1", "dead", Api.waiting("agent", "CrashLoopBackOff", "back-off 5m0s restarting"));
    agent("worker-2");
    agent("worker-3");
    api.answer(
        (pod, command) ->
            pod.equals("agent-of-worker-2")
                ? Optional.of(Api.Said.failure(1, "accelctl: no"))
                : Api.agent(command, ENABLED));

    ClusterStatus status = take();

    assertThat(status.isAsWished()).isFalse();
    assertThat(status.nodesAsWished()).isEqualTo(1);
    assertThat(status.nodes().get(0).status()).isEmpty();
    assertThat(status.nodes().get(0).problems())
        .containsExactly(
            "the agent does not run: agent waits: CrashLoopBackOff: back-off 5m0s restarting");
    assertThat(status.nodes().get(1).status()).isEmpty();
    assertThat(status.nodes().get(1).problems())
        .containsExactly(
            "no answer: accelctl in pod podwire/agent-of-worker-2 failed, exit 1: accelctl: no");
  }

  @Test
  void aPodOfAnOlderRolloutIsNotAsWished() {
    agent("worker-1");
    agent("worker-2");
    daemonSet(2, 1L);
    own("worker-1", "old");
    own("worker-2", "new");
    revision("old", 1);
    revision("new", 2);
    api.answer((pod, command) -> Api.agent(command, ENABLED));

    ClusterStatus status = take();

    assertThat(status.problems()).isEmpty();
    assertThat(status.nodes().get(0).problems())
        .containsExactly("its pod is older than the newest of DaemonSet podwire/podwire-agent");
    assertThat(status.nodes().get(1).problems()).isEmpty();
  }

  @Test
  void nodesThatHaveNoPodYetAreSaid() {
    agent("worker-1");
    daemonSet(3, 1L);
    own("worker-1", "new");
    api.answer((pod, command) -> Api.agent(command, ENABLED));

    assertThat(take().problems())
        .containsExactly(
            "DaemonSet podwire/podwire-agent is to have pods on 3 nodes, and has them on 1");
  }

  @Test
  void aDaemonSetThatItsControllerHasNotSeenIsSaid() {
    daemonSet(0, 0L);

    assertThat(take().problems())
        .containsExactly(
            "DaemonSet podwire/podwire-agent: its controller has not seen its newest version");
  }

  @Test
  void aClusterWithoutAgentsIsNotAsWished() {
    ClusterStatus status = take();

    assertThat(status.isAsWished()).isFalse();
    assertThat(status.problems()).hasSize(1);
    assertThat(status.problems().get(0)).startsWith("no agent is in this cluster");
  }

  @Test
  void anAnswerThatMeansNothingIsALine() {
    agent("worker-1");
    api.answer((pod, command) -> Optional.of(Api.Said.of("{\"state\": \"of a later version\"}")));

    assertThat(onlyNode().problems().get(0))
        .startsWith(
            "no answer: accelctl status in pod podwire/agent-of-worker-1 printed no answer");
  }

  @Test
  void itWaitsUntilAllIsAsWished() {
    agent("worker-1");
    AtomicInteger asked = new AtomicInteger();
    api.answer(
        (pod, command) ->
            Api.agent(
                command,
                command.startsWith("accelctl status") && asked.incrementAndGet() == 1
                    ? Api.status(State.DISABLED, Authority.NOBODY, BUILD)
                    : ENABLED));

    assertThat(survey().await(Duration.ofSeconds(30)).isAsWished()).isTrue();
    assertThat(asked).hasValue(2);
  }

  @Test
  void itWaitsNoLongerThanItIsTold() {
    agent("worker-1");
    api.answer(
        (pod, command) -> Api.agent(command, Api.status(State.DISABLED, Authority.NOBODY, BUILD)));

    assertThat(survey().await(Duration.ZERO).isAsWished()).isFalse();
  }

  @Test
  void whatTheApiServerForbidsIsSaid() {
    api.forbid("GET /api/v1/pods");

    assertThatThrownBy(this::take)
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("not allowed: forbidden: GET /api/v1/pods");
  }

  private AgentSurvey survey() {
    return new AgentSurvey(api.client(), Progress.NONE);
  }

  private ClusterStatus take() {
    return survey().take();
  }

  private NodeReport onlyNode() {
    List<NodeReport> nodes = take().nodes();
    assertThat(nodes).hasSize(1);
    return nodes.get(0);
  }

  private void agent(String node) {
    api.createAgent(node, "agent-of-" + node, Api.running("agent"));
  }

  /** Has the DaemonSet own the pod of a node. */
  private void own(String node, String revision) {
    api.client()
        .pods()
        .inNamespace("podwire")
        .withName("agent-of-" + node)
        .edit(
            pod ->
                pod.edit()
                    .editMetadata()
                    .addToLabels("controller-revision-hash", revision)
                    .addNewOwnerReference()
                    .withUid(uid())
                    .endOwnerReference()
                    .endMetadata()
                    .build());
  }

  private void daemonSet(int wanted, long observed) {
    api.client()
        .apps()
        .daemonSets()
        .resource(
            new DaemonSetBuilder()
                .withNewMetadata()
                .withName("podwire-agent")
                .withNamespace("podwire")
                .withGeneration(1L)
                .withLabels(AgentPods.LABELS)
                .endMetadata()
                .withNewStatus()
                .withObservedGeneration(observed)
                .withDesiredNumberScheduled(wanted)
                .endStatus()
                .build())
        .create();
  }

  /** Of the DaemonSet: the server has chosen it. */
  private String uid() {
    return api.client()
        .apps()
        .daemonSets()
        .inNamespace("podwire")
        .withName("podwire-agent")
        .get()
        .getMetadata()
        .getUid();
  }

  private void revision(String hash, long number) {
    api.client()
        .apps()
        .controllerRevisions()
        .resource(
            new ControllerRevisionBuilder()
                .withNewMetadata()
                .withName("podwire-agent-" + hash)
                .withNamespace("podwire")
                .addToLabels("controller-revision-hash", hash)
                .addNewOwnerReference()
                .withUid(uid())
                .endOwnerReference()
                .endMetadata()
                .withRevision(number)
                .build())
        .create();
  }
}
