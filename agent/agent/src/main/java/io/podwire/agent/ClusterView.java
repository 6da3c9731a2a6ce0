package io.podwire.agent;

import io.podwire.datapath.Prefix;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The cluster at one moment, as far as it concerns a node.
 *
 * @param problems why it is not known, or no longer followed; empty where all is well
 * @param known whether all of it was read at least once
 * @param node what the Node's annotation says
 * @param pods the pods of the node
 * @param namespaces what annotations of namespaces say, by name
 * @param spiderEndpoints what Spiderpool gave, by namespace/name of their pod
 * @param given what the CNI plugin told of pods that start, by the pod's UID
 * @param policies every policy of the kinds that are followed; empty where none are
 */
record ClusterView(
    List<String> problems,
    boolean known,
    Optional<AccelerationAnnotation> node,
    Collection<PodFacts> pods,
    Map<String, AccelerationAnnotation> namespaces,
    Map<String, SpiderEndpointFacts> spiderEndpoints,
    Map<String, Set<Prefix>> given,
    Optional<Collection<PolicyFacts>> policies) {

  /**
   * Why the cluster is not known. Empty also where it was known once and is lost since: then pods
   * stay selected as they are.
   */
  Optional<String> whyUnknown() {
    if (known) {
      return Optional.empty();
    }
    return Optional.of(
        problems.isEmpty() ? "the cluster is not read yet" : String.join("; ", problems));
  }
}
