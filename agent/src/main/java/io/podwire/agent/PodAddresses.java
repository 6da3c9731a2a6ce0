package io.podwire.agent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.podwire.datapath.Prefix;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The addresses that a pod has, on all its interfaces. */
final class PodAddresses {

  /** Where Multus writes the addresses of every interface. */
  static final String NETWORK_STATUS = "k8s.v1.cni.cncf.io/network-status";

  private static final ObjectMapper JSON = new ObjectMapper();

  private PodAddresses() {}

  /** Those of the pod's status and of the Multus annotation; what is no address is left out. */
  static Set<Prefix> of(PodObject pod) {
    Set<Prefix> addresses = new LinkedHashSet<>();
    add(pod.status().address(), addresses);
    pod.status().podIPs().forEach(address -> add(address.ip(), addresses));
    Map<String, String> annotations = pod.getMetadata().getAnnotations();
    String interfaces = annotations == null ? null : annotations.get(NETWORK_STATUS);
    if (interfaces != null) {
      try {
        for (JsonNode one : JSON.readTree(interfaces)) {
          one.path("ips").forEach(ip -> add(ip.asText(), addresses));
        }
      } catch (JsonProcessingException e) {
        return addresses; // as far as is known: not every CNI plugin writes what the format wants
      }
    }
    return addresses;
  }

  /** Those that Spiderpool gave, by a {@code SpiderEndpoint} of v2beta1, to a pod of this node. */
  static Set<Prefix> of(GenericKubernetesResource endpoint, String node) {
    Set<Prefix> addresses = new LinkedHashSet<>();
    Map<?, ?> current = map(map(endpoint.getAdditionalProperties().get("status")).get("current"));
    Object on = current.get("node");
    if ((on == null || node.equals(on)) && current.get("ips") instanceof List<?> ips) {
      for (Object ip : ips) {
        add(map(ip).get("ipv4"), addresses);
        add(map(ip).get("ipv6"), addresses);
      }
    }
    return addresses;
  }

  private static Map<?, ?> map(Object node) {
    return node instanceof Map<?, ?> map ? map : Map.of();
  }

  private static void add(Object text, Set<Prefix> addresses) {
    parse(text).ifPresent(addresses::add);
  }

  private static Optional<Prefix> parse(Object text) {
    if (!(text instanceof String address) || address.isBlank()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Prefix.address(address.strip().replaceFirst("/.*", "")));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
