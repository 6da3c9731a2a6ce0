package io.podwire.agent;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.annotation.JsonDeserialize;

/**
 * A Pod, with only what the agent reads. fabric8's own brings five hundred classes along, which
 * stay loaded, and with each pod the tens of kilobytes that its containers and managed fields are.
 */
@Group("")
@Version("v1")
@Kind("Pod")
@JsonDeserialize(using = ValueDeserializer.None.class) // as what it is, not by its kind
@JsonIgnoreProperties(ignoreUnknown = true)
@SuppressWarnings("serial") // which nobody does
final class PodObject implements HasMetadata, Namespaced {

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Spec(String nodeName, boolean hostNetwork) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Status(String phase, @JsonProperty("podIP") String address, List<Address> podIPs) {

    Status {
      podIPs = podIPs == null ? List.of() : List.copyOf(podIPs);
    }
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Address(String ip) {}

  @JsonIgnoreProperties("managedFields")
  private ObjectMeta metadata = new ObjectMeta();

  @JsonProperty private Spec spec;
  @JsonProperty private Status status;

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

  /** What the pod was wanted to be; never null. */
  Spec spec() {
    return Optional.ofNullable(spec).orElseGet(() -> new Spec(null, false));
  }

  /** What the pod is; never null. */
  Status status() {
    return Optional.ofNullable(status).orElseGet(() -> new Status(null, null, List.of()));
  }
}
