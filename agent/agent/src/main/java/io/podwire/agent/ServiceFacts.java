package io.podwire.agent;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.podwire.datapath.Prefix;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the agent knows of a Service beside its name.
 *
 * @param addresses its own, {@code spec.clusterIPs}; at least one
 */
record ServiceFacts(Set<Prefix> addresses) {

  /** Empty where the Service has no address of its own: it is headless, or another's name. */
  static Optional<ServiceFacts> of(GenericKubernetesResource service) {
    List<?> ips = service.get("spec", "clusterIPs");
    if (ips == null) {
      return Optional.empty();
    }
    Set<Prefix> addresses =
        ips.stream()
            .map(PodAddresses::parse)
            .flatMap(Optional::stream)
            .collect(Collectors.toUnmodifiableSet());
    return addresses.isEmpty() ? Optional.empty() : Optional.of(new ServiceFacts(addresses));
  }
}
