package io.podwire.cluster;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the kubelet says of a pod. */
final class PodState {

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

  private PodState() {}

  static boolean isReady(Pod pod) {
    return status(pod).getConditions().stream()
        .anyMatch(
            condition ->
                condition.getType().equals("Ready") && condition.getStatus().equals("True"));
  }

  /** Why it will never run, or runs no more; empty where that may change without help. */
  static Optional<String> failure(Pod pod) {
    Optional<String> container =
        status(pod).getContainerStatuses().stream()
            .map(ContainerStatus::getState)
            .flatMap(state -> failure(state).stream())
            .findFirst();
    return container.isEmpty() && "Failed".equals(status(pod).getPhase())
        ? Optional.of(said("Failed", status(pod).getReason(), status(pod).getMessage()))
        : container;
  }

  private static Optional<String> failure(ContainerState state) {
    if (state.getTerminated() != null) {
      return Optional.of(
          said(
              state.getTerminated().getReason(),
              "exit " + state.getTerminated().getExitCode(),
              state.getTerminated().getMessage()));
    }
    return Optional.ofNullable(state.getWaiting())
        .filter(waiting -> STUCK.contains(waiting.getReason()))
        .map(waiting -> said(waiting.getReason(), waiting.getMessage()));
  }

  /** What the pod is at, in a few words. */
  static String describe(Pod pod) {
    return failure(pod)
        .orElseGet(
            () ->
                Stream.concat(
                        Stream.of(status(pod).getPhase()),
                        status(pod).getContainerStatuses().stream()
                            .map(status -> status.getState().getWaiting())
                            .filter(Objects::nonNull)
                            .map(waiting -> said(waiting.getReason(), waiting.getMessage())))
                    .collect(Collectors.joining(", ")));
  }

  private static PodStatus status(Pod pod) {
    return Objects.requireNonNullElseGet(pod.getStatus(), PodStatus::new);
  }

  private static String said(String... words) {
    return Stream.of(words)
        .filter(word -> word != null && !word.isBlank())
        .map(String::strip)
        .collect(Collectors.joining(": "));
  }
}
