package io.podwire.agent;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import java.util.Optional;

/**
 * A pod of a DaemonSet.
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
}
