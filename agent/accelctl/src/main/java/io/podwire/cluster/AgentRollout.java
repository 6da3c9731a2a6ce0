package io.podwire.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.podwire.agent.DaemonPod;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * How far the DaemonSet of agents is rolled out.
 *
 * @param object the DaemonSet
 * @param revision hash of its newest template; empty where its controller has noted none
 */
public record AgentRollout(DaemonSet object, Optional<String> revision) {

  private static final String REVISION = "controller-revision-hash";

  /** Those of a cluster: one, where Podwire is installed as docs/install.md says. */
  public static List<AgentRollout> find(KubernetesClient client) {
    return client
        .apps()
        .daemonSets()
        .inAnyNamespace()
        .withLabels(AgentPods.LABELS)
        .list()
        .getItems()
        .stream()
        .map(object -> new AgentRollout(object, newestRevision(client, object)))
        .toList();
  }

  private static Optional<String> newestRevision(KubernetesClient client, DaemonSet object) {
    return client
        .apps()
        .controllerRevisions()
        .inNamespace(object.getMetadata().getNamespace())
        .list()
        .getItems()
        .stream()
        .filter(
            revision ->
                revision.getMetadata().getOwnerReferences().stream()
                    .anyMatch(owner -> owner.getUid().equals(object.getMetadata().getUid())))
        .max(Comparator.comparing(ControllerRevision::getRevision))
        .map(newest -> newest.getMetadata().getLabels().get(REVISION));
  }

  /** Whether a pod is of this DaemonSet, and of an older template. */
  boolean isOutdated(Pod pod) {
    return new DaemonPod(pod).isOf(object)
        && revision.isPresent()
        && !revision.get().equals(pod.getMetadata().getLabels().get(REVISION));
  }

  /** What keeps nodes from having a pod at all; empty where each has one. */
  Optional<String> problem(Collection<Pod> pods) {
    if (object.getStatus() == null
        || object.getStatus().getObservedGeneration() == null
        || object.getStatus().getObservedGeneration() < object.getMetadata().getGeneration()) {
      return Optional.of(this + ": its controller has not seen its newest version");
    }
    long has = pods.stream().filter(pod -> new DaemonPod(pod).isOf(object)).count();
    Integer wanted = object.getStatus().getDesiredNumberScheduled();
    return wanted != null && wanted > has
        ? Optional.of(this + " is to have pods on " + wanted + " nodes, and has them on " + has)
        : Optional.empty();
  }

  @Override
  public String toString() {
    return "DaemonSet "
        + object.getMetadata().getNamespace()
        + "/"
        + object.getMetadata().getName();
  }
}
