package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RolloutTest {

  private static final Duration SHORT = Duration.ofMillis(500);
  private static final Duration LONG = Duration.ofSeconds(30);

  private static final Map<String, String> LABELS = Map.of("app.kubernetes.io/component", "agent");

  private final ApiInMemory api = new ApiInMemory();
  private final KubernetesClient client = api.client();
  private final Rollout rollout = new Rollout(client, "podwire", "podwire-agent");
  private final List<String> news = new ArrayList<>();

  @AfterEach
  void close() {
    api.close();
  }

  @Test
  void waitsUntilItIsReadyOnEveryNodeAndSaysHowFarItIs() {
    create(0, 3, 1);

    rollout.await(
        LONG,
        said -> {
          news.add(said);
          if (said.endsWith("new")) {
            status(9, 3, 1);
          } else if (said.endsWith("ready on 1 of 3 nodes")) {
            status(9, 3, 3);
          }
        });

    assertThat(news)
        .containsExactly(
            "podwire/podwire-agent new",
            "podwire/podwire-agent ready on 1 of 3 nodes",
            "podwire/podwire-agent ready on 3 of 3 nodes");
  }

  @Test
  void aClusterWithoutNodesForItIsReady() {
    create(9, 0, 0);

    rollout.await(LONG, news::add);

    assertThat(news).containsExactly("podwire/podwire-agent ready on 0 of 0 nodes");
  }

  @Test
  void saysWhatIsMissingWhenTheTimeIsOver() {
    assertFails("podwire/podwire-agent is not ready within 0.5s: not there");
    create(9, 3, 2);
    assertFails("podwire/podwire-agent is not ready within 0.5s: ready on 2 of 3 nodes");
    api.forbid("GET /apis/apps/v1/namespaces/podwire/daemonsets/");
    assertFails(
        "podwire/podwire-agent is not ready within 0.5s: not known: not allowed: forbidden:"
            + " GET /apis/apps/v1/namespaces/podwire/daemonsets/podwire-agent");
  }

  @Test
  void saysWhatHoldsUpEachPodThatIsNotReady() {
    String owner = create(9, 7, 1);
    createPod(owner, "worker-1", ready());
    createPod(
        owner, "worker-2", status(failed("accelctl: 3 flows do not read\n in time\n", "Error")));
    createPod(owner, "worker-3", status(failed("", "OOMKilled")));
    createPod(owner, "worker-4", status(waiting("ImagePullBackOff", "no such image")));
    createPod(
        owner,
        null,
        new PodStatusBuilder()
            .withPhase("Pending")
            .addNewCondition()
            .withType("PodScheduled")
            .withStatus("False")
            .withMessage("1 node(s) didn't have free ports")
            .endCondition()
            .build());
    createPod(owner, "worker-6", status(running()));
    createPod(owner, "worker-7", new PodStatusBuilder().withPhase("Pending").build());
    createPod("of-another-owner", "worker-8", status(running()));

    assertFails(
        "podwire/podwire-agent is not ready within 0.5s: ready on 1 of 7 nodes,"
            + " not on worker-2, worker-3, worker-4, worker-5, worker-6, worker-7");

    assertThat(news)
        .containsExactly(
            "podwire/podwire-agent ready on 1 of 7 nodes",
            "worker-2: unload failed: accelctl: 3 flows do not read; in time",
            "worker-3: unload failed: OOMKilled, exit code 1",
            "worker-4: unload waits: ImagePullBackOff: no such image",
            "worker-5: not scheduled: 1 node(s) didn't have free ports",
            "worker-6: unload runs, but is not ready",
            "worker-7: the node's kubelet has not started it");
  }

  @Test
  void namesTenNodesAndCountsTheOthers() {
    String owner = create(9, 12, 0);
    for (int node = 10; node < 22; node++) {
      createPod(owner, "worker-" + node, status(running()));
    }

    assertFails(
        "podwire/podwire-agent is not ready within 0.5s: ready on 0 of 12 nodes,"
            + " not on worker-10, worker-11, worker-12, worker-13, worker-14, worker-15, worker-16,"
            + " worker-17, worker-18, worker-19 and 2 more");
    assertThat(news).hasSize(13);
  }

  @Test
  void podsThatItMayNotListAreNotNamed() {
    create(9, 3, 2);
    api.forbid("GET /api/v1/namespaces/podwire/pods");

    assertFails("podwire/podwire-agent is not ready within 0.5s: ready on 2 of 3 nodes");

    assertThat(news)
        .endsWith(
            "the pods of podwire/podwire-agent are not known: not allowed: forbidden:"
                + " GET /api/v1/namespaces/podwire/pods");
  }

  private void assertFails(String why) {
    assertThatThrownBy(() -> rollout.await(SHORT, news::add))
        .isInstanceOf(AgentException.class)
        .hasMessage(why);
  }

  /**
   * Returns its UID.
   *
   * @param observed generation of it, which the API server counts from 1
   */
  private String create(long observed, int wanted, int ready) {
    DaemonSet object =
        new DaemonSetBuilder()
            .withNewMetadata()
            .withNamespace("podwire")
            .withName("podwire-agent")
            .endMetadata()
            .withNewSpec()
            .withNewSelector()
            .withMatchLabels(LABELS)
            .endSelector()
            .endSpec()
            .build();
    String uid = client.resource(object).create().getMetadata().getUid();
    status(observed, wanted, ready);
    return uid;
  }

  private void status(long observed, int wanted, int ready) {
    client
        .apps()
        .daemonSets()
        .inNamespace("podwire")
        .withName("podwire-agent")
        .editStatus(
            old ->
                new DaemonSetBuilder(old)
                    .withNewStatus()
                    .withObservedGeneration(observed)
                    .withDesiredNumberScheduled(wanted)
                    .withUpdatedNumberScheduled(wanted)
                    .withNumberReady(ready)
                    .endStatus()
                    .build());
  }

  /** One without a node is made for worker-5, as the controller of DaemonSets says it. */
  private void createPod(String owner, String node, PodStatus status) {
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("podwire")
            .withName("podwire-agent-on-" + node)
            .withLabels(LABELS)
            .addNewOwnerReference()
            .withUid(owner)
            .withKind("DaemonSet")
            .withName("podwire-agent")
            .withController(true)
            .endOwnerReference()
            .endMetadata()
            .withNewSpec()
            .withNodeName(node)
            .withNewAffinity()
            .withNewNodeAffinity()
            .withNewRequiredDuringSchedulingIgnoredDuringExecution()
            .addNewNodeSelectorTerm()
            .addNewMatchField()
            .withKey("metadata.name")
            .withOperator("In")
            .withValues("worker-5")
            .endMatchField()
            .endNodeSelectorTerm()
            .endRequiredDuringSchedulingIgnoredDuringExecution()
            .endNodeAffinity()
            .endAffinity()
            .endSpec()
            .withStatus(status)
            .build();
    client.resource(pod).create();
  }

  private static PodStatus ready() {
    return new PodStatusBuilder()
        .addNewCondition()
        .withType("Ready")
        .withStatus("True")
        .endCondition()
        .build();
  }

  private static PodStatus status(ContainerStatus unload) {
    return new PodStatusBuilder()
        .withPhase("Pending")
        .withInitContainerStatuses(unload)
        .addNewContainerStatus()
        .withName("done")
        .withNewState()
        .withNewWaiting(null, "PodInitializing")
        .endState()
        .endContainerStatus()
        .build();
  }

  private static ContainerStatus failed(String message, String reason) {
    return new ContainerStatusBuilder()
        .withName("unload")
        .withNewState()
        .withNewWaiting("back-off 10s", "CrashLoopBackOff")
        .endState()
        .withNewLastState()
        .withNewTerminated()
        .withExitCode(1)
        .withReason(reason)
        .withMessage(message)
        .endTerminated()
        .endLastState()
        .build();
  }

  private static ContainerStatus waiting(String reason, String message) {
    return new ContainerStatusBuilder()
        .withName("unload")
        .withNewState()
        .withNewWaiting(message, reason)
        .endState()
        .build();
  }

  private static ContainerStatus running() {
    return new ContainerStatusBuilder()
        .withName("unload")
        .withNewState()
        .withNewRunning("2026-11-26T00:00:00Z")
        .endState()
        .build();
  }
}
