package io.podwire.agent;

import io.fabric8.kubernetes.api.model.Pod;
import io.podwire.datapath.Prefix;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the agent knows of a pod.
 *
 * @param namespace its namespace
 * @param name its name
 * @param labels its labels
 * @param wish what its annotation says
 * @param hostNetwork whether its addresses are the node's
 * @param finished whether its addresses may be another's already
 * @param addresses its addresses
 */
record PodFacts(
    String namespace,
    String name,
    Map<String, String> labels,
    Optional<Wish> wish,
    boolean hostNetwork,
    boolean finished,
    Set<Prefix> addresses) {

  static PodFacts of(Pod pod) {
    String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
    Map<String, String> labels = pod.getMetadata().getLabels();
    return new PodFacts(
        pod.getMetadata().getNamespace(),
        pod.getMetadata().getName(),
        labels == null ? Map.of() : Map.copyOf(labels),
        Wish.of(pod.getMetadata()),
        pod.getSpec() != null && Boolean.TRUE.equals(pod.getSpec().getHostNetwork()),
        "Succeeded".equals(phase) || "Failed".equals(phase),
        PodAddresses.of(pod));
  }
}
