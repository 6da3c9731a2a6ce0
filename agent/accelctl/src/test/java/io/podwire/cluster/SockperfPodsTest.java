package io.podwire.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SockperfPodsTest {

  private static final ClusterPlace PLACE = new ClusterPlace(Api.NODE, "default", Optional.empty());

  private final Api api = new Api();
  private final Undo undo = new Undo(line -> {});

  @AfterEach
  void close() {
    undo.close();
    api.close();
  }

  @Test
  void bothPodsAreOfTheImageOnTheNodeAndWithoutRights() {
    CompletableFuture<Void> kubelet = kubelet("Running", true, Api.running("sockperf"));
    new SockperfPods(api.client(), "podwire-test", PLACE, "image:1", undo);
    kubelet.join();

    assertThat(api.sockperfPods())
        .hasSize(2)
        .allSatisfy(
            pod -> {
              assertThat(pod.getSpec().getNodeName()).isEqualTo(Api.NODE);
              assertThat(pod.getMetadata().getAnnotations())
                  .containsEntry("podwire.io/acceleration", "enabled");
              assertThat(pod.getSpec().getContainers().get(0).getImage()).isEqualTo("image:1");
              assertThat(pod.getSpec().getSecurityContext().getRunAsNonRoot()).isTrue();
              assertThat(
                      pod.getSpec()
                          .getContainers()
                          .get(0)
                          .getSecurityContext()
                          .getCapabilities()
                          .getDrop())
                  .containsExactly("ALL");
            });
  }

  @Test
  void theServiceIsInFrontOfTheServerAlone() {
    CompletableFuture<Void> kubelet = kubelet("Running", true, Api.running("sockperf"));
    SockperfPods pods = new SockperfPods(api.client(), "podwire-test", PLACE, "image:1", undo);
    kubelet.join();

    var selector =
        api.client()
            .services()
            .inNamespace("default")
            .withLabel(SockperfPods.LABEL, "podwire-test")
            .list()
            .getItems()
            .get(0)
            .getSpec()
            .getSelector();
    List<String> selected =
        api.sockperfPods().stream()
            .filter(
                pod -> pod.getMetadata().getLabels().entrySet().containsAll(selector.entrySet()))
            .map(pod -> pod.getMetadata().getName())
            .toList();
    assertThat(selected).containsExactly(pods.server().pod());
  }

  @Test
  void podsAndServiceAreDeletedAfterwards() {
    CompletableFuture<Void> kubelet = kubelet("Running", true, Api.running("sockperf"));
    new SockperfPods(api.client(), "podwire-test", PLACE, "image:1", undo);
    kubelet.join();

    undo.close();

    assertNothingIsLeft();
  }

  @Test
  void anImageThatCannotBePulledIsSaidAtOnceAndLeavesNothing() {
    CompletableFuture<Void> kubelet =
        kubelet("Pending", false, Api.waiting("sockperf", "ErrImagePull", "no such host registry"));
    assertThatThrownBy(
            () -> new SockperfPods(api.client(), "podwire-test", PLACE, "registry/no:1", undo))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining(
            "cannot run image registry/no:1 on node worker-1: sockperf waits: ErrImagePull: no such host registry")
        .hasMessageContaining("--image");
    kubelet.join();

    undo.close();

    assertNothingIsLeft();
  }

  @Test
  void anImageWithoutSockperfIsSaid() {
    CompletableFuture<Void> kubelet =
        kubelet(
            "Failed",
            false,
            Api.terminated("sockperf", "StartError", "exec: \"sockperf\": not found in $PATH"));
    assertThatThrownBy(() -> new SockperfPods(api.client(), "podwire-test", PLACE, "image:1", undo))
        .hasMessageContaining("sockperf failed: exec: \"sockperf\": not found in $PATH")
        .hasMessageContaining("name one that has sockperf with --image");
    kubelet.join();
  }

  private CompletableFuture<Void> kubelet(String phase, boolean ready, ContainerStatus status) {
    return CompletableFuture.runAsync(
        () -> {
          List<Pod> pods =
              Poll.until(
                      Duration.ofSeconds(20),
                      () -> Optional.of(api.sockperfPods()).filter(found -> found.size() == 2))
                  .orElseThrow();
          assertThat(pods).hasSize(2);
          api.say(phase, ready, status);
        });
  }

  private void assertNothingIsLeft() {
    assertThat(api.sockperfPods()).isEmpty();
    assertThat(api.client().services().inAnyNamespace().list().getItems()).isEmpty();
  }
}
