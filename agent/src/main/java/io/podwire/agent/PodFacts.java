package io.podwire.agent;

import io.fabric8.kubernetes.api.model.ObjectMeta;
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

  static PodFacts of(PodObject pod) {
    ObjectMeta metadata = pod.getMetadata();
    String phase = pod.status().phase();
    return new PodFacts(
        metadata.getNamespace(),
        metadata.getName(),
        metadata.getLabels() == null ? Map.of() : Map.copyOf(metadata.getLabels()),
        Wish.of(metadata),
        pod.spec().hostNetwork(),
        "Succeeded".equals(phase) || "Failed".equals(phase),
        PodAddresses.of(pod));
  }
}
