package io.podwire.agent;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.podwire.datapath.Prefix;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the agent knows of a pod.
 *
 * @param namespace its namespace
 * @param name its name
 * @param uid what its cgroups are named after; empty where the API server says none
 * @param workload what made it, as {@code kubectl get} takes it: {@code deployment/web}, or {@code
 *     pod/web} where nothing did
 * @param labels its labels
 * @param annotation what its annotation says
 * @param hostNetwork whether its addresses are the node's
 * @param finished whether its addresses may be another's already
 * @param addresses those of its status
 * @param named those that its annotation names, which proves nothing
 */
record PodFacts(
    String namespace,
    String name,
    String uid,
    String workload,
    Map<String, String> labels,
    Optional<AccelerationAnnotation> annotation,
    boolean hostNetwork,
    boolean finished,
    Set<Prefix> addresses,
    Set<Prefix> named) {

  static PodFacts of(PodObject pod) {
    ObjectMeta metadata = pod.getMetadata();
    String phase = pod.status().phase();
    return new PodFacts(
        metadata.getNamespace(),
        metadata.getName(),
        Optional.ofNullable(metadata.getUid()).orElse(""),
        workload(metadata),
        metadata.getLabels() == null ? Map.of() : Map.copyOf(metadata.getLabels()),
        AccelerationAnnotation.of(metadata),
        pod.spec().hostNetwork(),
        "Succeeded".equals(phase) || "Failed".equals(phase),
        PodAddresses.ofStatus(pod),
        PodAddresses.named(pod));
  }

  private static String workload(ObjectMeta pod) {
    return pod.getOwnerReferences().stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .findFirst()
        .map(owner -> workload(owner, pod.getLabels()))
        .orElseGet(() -> "pod/" + pod.getName());
  }

  /**
   * A Deployment names its ReplicaSets by a hash of their template, and labels their pods with it.
   */
  private static String workload(OwnerReference owner, Map<String, String> labels) {
    String kind = owner.getKind().toLowerCase(Locale.ROOT);
    String hash = labels == null ? null : labels.get("pod-template-hash");
    return kind.equals("replicaset") && hash != null && owner.getName().endsWith("-" + hash)
        ? "deployment/" + owner.getName().substring(0, owner.getName().length() - hash.length() - 1)
        : kind + "/" + owner.getName();
  }

  /** What people read: {@code namespace/name}. */
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
