package io.podwire.agent;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Version;
import io.podwire.datapath.Prefix;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.annotation.JsonDeserialize;

/** A Service, with only what the agent reads, as {@link PodObject} is a Pod. */
@Group("")
@Version("v1")
@Kind("Service")
@JsonDeserialize(using = ValueDeserializer.None.class) // as what it is, not by its kind
@JsonIgnoreProperties(ignoreUnknown = true)
@SuppressWarnings("serial") // which nobody does
final class ServiceObject implements HasMetadata, Namespaced {

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Spec(List<String> clusterIPs) {}

  @JsonIgnoreProperties({"managedFields", "ownerReferences", "annotations", "labels"})
  private ObjectMeta metadata = new ObjectMeta();

  @JsonProperty private Spec spec;

  @Override
  public ObjectMeta getMetadata() {
    return metadata;
  }

  @Override
  public void setMetadata(ObjectMeta metadata) {
    this.metadata = Objects.requireNonNull(metadata);
  }

  @Override
  public void setApiVersion(String version) {
    // the class has one
  }

  /**
   * Its own addresses, {@code spec.clusterIPs}; empty where it has none, since it is headless or
   * another's name.
   */
  Optional<Set<Prefix>> addresses() {
    List<String> ips = spec == null || spec.clusterIPs() == null ? List.of() : spec.clusterIPs();
    Set<Prefix> addresses =
        ips.stream()
            .map(PodAddresses::parse)
            .flatMap(Optional::stream)
            .collect(Collectors.toUnmodifiableSet());
    return addresses.isEmpty() ? Optional.empty() : Optional.of(addresses);
  }
}
