package io.podwire.agent;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.podwire.datapath.Prefix;
import java.util.LinkedHashMap;
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

  /**
   * A pod with only what this reads and an informer needs: the rest, most of all containers and
   * managed fields, is tens of kilobytes for each pod.
   */
  static Pod essence(Pod pod) {
    Pod essence = new Pod();
    essence.setMetadata(essence(pod.getMetadata()));
    if (pod.getSpec() != null) {
      PodSpec spec = new PodSpec();
      spec.setNodeName(pod.getSpec().getNodeName());
      spec.setHostNetwork(pod.getSpec().getHostNetwork());
      essence.setSpec(spec);
    }
    if (pod.getStatus() != null) {
      PodStatus status = new PodStatus();
      status.setPhase(pod.getStatus().getPhase());
      status.setPodIP(pod.getStatus().getPodIP());
      status.setPodIPs(pod.getStatus().getPodIPs());
      essence.setStatus(status);
    }
    return essence;
  }

  private static ObjectMeta essence(ObjectMeta metadata) {
    ObjectMeta essence = new ObjectMeta();
    essence.setNamespace(metadata.getNamespace());
    essence.setName(metadata.getName());
    essence.setUid(metadata.getUid());
    essence.setResourceVersion(metadata.getResourceVersion());
    essence.setLabels(metadata.getLabels());
    if (metadata.getAnnotations() != null) {
      Map<String, String> annotations = new LinkedHashMap<>(metadata.getAnnotations());
      annotations.keySet().retainAll(Set.of(Wish.KEY, PodAddresses.NETWORK_STATUS));
      essence.setAnnotations(annotations);
    }
    return essence;
  }
}
