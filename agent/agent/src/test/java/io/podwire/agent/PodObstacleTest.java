package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import org.junit.jupiter.api.Test;

/** What RolloutTest does not show of it. */
final class PodObstacleTest {

  @Test
  void aPodOfWhichNothingIsSaidYetMayBecomeReady() {
    assertThat(PodObstacle.forGood(new Pod())).isEmpty();
    assertThat(PodObstacle.of(new Pod())).isEqualTo("the node's kubelet has not started it");
  }

  @Test
  void aContainerThatIsBeingCreatedHoldsUpForAWhile() {
    Pod pod = waiting("ContainerCreating", null);

    assertThat(PodObstacle.forGood(pod)).isEmpty();
    assertThat(PodObstacle.of(pod)).isEqualTo("one waits: ContainerCreating");
  }

  @Test
  void anImageThatCannotBePulledHoldsUpForGood() {
    assertThat(PodObstacle.forGood(waiting("ErrImagePull", "no such\nhost")))
        .contains("one waits: ErrImagePull: no such; host");
  }

  @Test
  void aContainerThatEndedHoldsUpForGoodHoweverItEnded() {
    assertThat(PodObstacle.forGood(ended(0))).contains("phase Running");
    assertThat(PodObstacle.forGood(ended(3))).contains("one failed: Error, exit code 3");
  }

  @Test
  void anEvictedPodSaysWhyItself() {
    PodStatus evicted =
        new PodStatusBuilder()
            .withPhase("Failed")
            .withReason("Evicted")
            .withMessage("The node was low on resource: memory.")
            .build();

    assertThat(PodObstacle.forGood(pod(evicted)))
        .contains("it failed: Evicted: The node was low on resource: memory.");
  }

  private static Pod waiting(String reason, String message) {
    return pod(
        new PodStatusBuilder()
            .withPhase("Pending")
            .withContainerStatuses(
                new ContainerStatusBuilder()
                    .withName("one")
                    .withNewState()
                    .withNewWaiting(message, reason)
                    .endState()
                    .build())
            .build());
  }

  private static Pod ended(int exit) {
    return pod(
        new PodStatusBuilder()
            .withPhase("Running")
            .withContainerStatuses(
                new ContainerStatusBuilder()
                    .withName("one")
                    .withNewState()
                    .withNewTerminated()
                    .withExitCode(exit)
                    .withReason("Error")
                    .endTerminated()
                    .endState()
                    .build())
            .build());
  }

  private static Pod pod(PodStatus status) {
    return new PodBuilder().withStatus(status).build();
  }
}
