package io.podwire.agent;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A pod of a DaemonSet, and what holds it up.
 *
 * @param pod as the API server has it
 */
public record DaemonPod(Pod pod) {

  /** Whether this DaemonSet has made it: one that another owner left may have the same labels. */
  public boolean isOf(DaemonSet set) {
    return pod.getMetadata().getOwnerReferences().stream()
        .anyMatch(reference -> reference.getUid().equals(set.getMetadata().getUid()));
  }

  /** Its node; before it is scheduled, the one that the controller has made it for. */
  public String node() {
    if (pod.getSpec().getNodeName() != null) {
      return pod.getSpec().getNodeName();
    }
    return Optional.ofNullable(pod.getSpec().getAffinity())
        .map(affinity -> affinity.getNodeAffinity())
        .map(affinity -> affinity.getRequiredDuringSchedulingIgnoredDuringExecution())
        .stream()
        .flatMap(selector -> selector.getNodeSelectorTerms().stream())
        .flatMap(term -> term.getMatchFields().stream())
        .filter(field -> field.getKey().equals("metadata.name"))
        .flatMap(field -> field.getValues().stream())
        .findFirst()
        .orElse("a node");
  }

  /** Why it is not ready, where it is not: what its containers say, or the scheduler. */
  public String holdUp() {
    PodStatus status = pod.getStatus();
    List<ContainerStatus> containers =
        Stream.concat(
                status.getInitContainerStatuses().stream(), status.getContainerStatuses().stream())
            .toList();
    return containers.stream()
        .flatMap(container -> holdUp(container).stream())
        .findFirst()
        .or(() -> notScheduled(status))
        .orElse(
            containers.isEmpty()
                ? "the node's kubelet has not started it"
                : "phase " + status.getPhase());
  }

  private static Optional<String> notScheduled(PodStatus status) {
    return status.getConditions().stream()
        .filter(condition -> condition.getType().equals("PodScheduled"))
        .filter(condition -> condition.getMessage() != null)
        .map(condition -> "not scheduled: " + oneLine(condition.getMessage()))
        .findFirst();
  }

  /** Why a container is not ready; empty where it is, or waits for another one. */
  private static Optional<String> holdUp(ContainerStatus container) {
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
            .flatMap(DaemonPod::waits)
            .map(why -> container.getName() + " waits: " + why);
    return waits.or(
        () ->
            now.filter(state -> state.getRunning() != null)
                .map(state -> container.getName() + " runs, but is not ready"));
  }

  private static String said(ContainerStateTerminated end) {
    return end.getMessage() == null || end.getMessage().isBlank()
        ? end.getReason() + ", exit code " + end.getExitCode()
        : oneLine(end.getMessage());
  }

  private static Optional<String> waits(ContainerStateWaiting waiting) {
    return Optional.ofNullable(waiting.getReason())
        .filter(reason -> !reason.equals("PodInitializing")) // for an init container
        .map(
            reason ->
                waiting.getMessage() == null
                    ? reason
                    : reason + ": " + oneLine(waiting.getMessage()));
  }

  /** A text for a cell of a table or a message: its lines behind each other, and no escapes. */
  public static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", "; ").replaceAll("\\p{Cntrl}", "?");
  }
}
