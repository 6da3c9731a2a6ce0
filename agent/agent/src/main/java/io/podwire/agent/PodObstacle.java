package io.podwire.agent;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Why a pod is not ready: what the kubelet or the scheduler says of it. */
public final class PodObstacle {

  /** Reasons of a container to wait that are no part of its way to run. */
  private static final Set<String> STUCK =
      Set.of(
          "ErrImagePull",
          "ImagePullBackOff",
          "ErrImageNeverPull",
          "InvalidImageName",
          "ImageInspectError",
          "RegistryUnavailable",
          "CreateContainerConfigError",
          "CreateContainerError",
          "RunContainerError",
          "CrashLoopBackOff");

  private PodObstacle() {}

  /** Of a pod that is not ready. */
  public static String of(Pod pod) {
    PodStatus status = status(pod);
    List<ContainerStatus> containers = containers(status);
    return containers.stream()
        .flatMap(container -> obstacle(container).stream())
        .findFirst()
        .or(() -> failed(status))
        .or(() -> notScheduled(status))
        .orElse(
            containers.isEmpty()
                ? "the node's kubelet has not started it"
                : "phase " + status.getPhase());
  }

  /**
   * Of a pod that will not become ready without help, since its containers are not started again;
   * empty where it may.
   */
  public static Optional<String> forGood(Pod pod) {
    PodStatus status = status(pod);
    boolean lasts = hasFailed(status) || containers(status).stream().anyMatch(PodObstacle::lasts);
    return lasts ? Optional.of(of(pod)) : Optional.empty();
  }

  private static PodStatus status(Pod pod) {
    return Objects.requireNonNullElseGet(pod.getStatus(), PodStatus::new);
  }

  private static List<ContainerStatus> containers(PodStatus status) {
    return Stream.concat(
            status.getInitContainerStatuses().stream(), status.getContainerStatuses().stream())
        .toList();
  }

  /** Why a container is not ready; empty where it is, or waits for another one. */
  private static Optional<String> obstacle(ContainerStatus container) {
    if (Boolean.TRUE.equals(container.getReady())) {
      return Optional.empty();
    }
    Optional<ContainerState> now = Optional.ofNullable(container.getState());
    Optional<ContainerStateTerminated> end =
        Stream.of(now, Optional.ofNullable(container.getLastState()))
            .flatMap(Optional::stream)
            .flatMap(state -> Stream.ofNullable(state.getTerminated()))
            .findFirst();
    if (end.isPresent()) {
      return end.filter(ended -> ended.getExitCode() != 0)
          .map(ended -> container.getName() + " failed: " + said(ended));
    }
    Optional<String> waits =
        now.flatMap(state -> Optional.ofNullable(state.getWaiting()))
            .flatMap(PodObstacle::waits)
            .map(why -> container.getName() + " waits: " + why);
    return waits.or(
        () ->
            now.filter(state -> state.getRunning() != null)
                .map(state -> container.getName() + " runs, but is not ready"));
  }

  private static String said(ContainerStateTerminated end) {
    return end.getMessage() == null || end.getMessage().isBlank()
        ? end.getReason() + ", exit code " + end.getExitCode()
        : OneLine.of(end.getMessage());
  }

  private static Optional<String> waits(ContainerStateWaiting waiting) {
    return Optional.ofNullable(waiting.getReason())
        .filter(reason -> !reason.equals("PodInitializing")) // for an init container
        .map(reason -> said(reason, waiting.getMessage()));
  }

  private static boolean lasts(ContainerStatus container) {
    Optional<ContainerState> now = Optional.ofNullable(container.getState());
    return now.map(ContainerState::getTerminated).isPresent()
        || now.map(ContainerState::getWaiting)
            .map(ContainerStateWaiting::getReason)
            .filter(STUCK::contains)
            .isPresent();
  }

  private static boolean hasFailed(PodStatus status) {
    return "Failed".equals(status.getPhase());
  }

  /** An evicted pod has no containers that say why. */
  private static Optional<String> failed(PodStatus status) {
    return hasFailed(status)
        ? Optional.of(said("it failed", status.getReason(), status.getMessage()))
        : Optional.empty();
  }

  private static Optional<String> notScheduled(PodStatus status) {
    return status.getConditions().stream()
        .filter(condition -> condition.getType().equals("PodScheduled"))
        .filter(condition -> condition.getMessage() != null)
        .map(condition -> said("not scheduled", condition.getMessage()))
        .findFirst();
  }

  private static String said(String... words) {
    return Stream.of(words)
        .filter(word -> word != null && !word.isBlank())
        .map(OneLine::of)
        .collect(Collectors.joining(": "));
  }
}
