package io.podwire.agent;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.podwire.datapath.Prefix;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The addresses that objects name as a pod's; what is no address is left out. */
final class PodAddresses {

  /**
   * Where Multus writes the addresses of every interface, and a pod's author whatever they like.
   */
  static final String NETWORK_STATUS = "k8s.v1.cni.cncf.io/network-status";

  /** More interfaces than pods have; an annotation has room for ten thousand addresses. */
  static final int MAX_NAMED = 64;

  private static final ObjectMapper JSON = new ObjectMapper();

  private PodAddresses() {}

  /** The addresses in the pod's status. */
  static Set<Prefix> ofStatus(PodObject pod) {
    Set<Prefix> addresses = new LinkedHashSet<>();
    add(pod.status().address(), addresses);
    pod.status().podIPs().forEach(address -> add(address.ip(), addresses));
    return addresses;
  }

  /**
   * The first {@value #MAX_NAMED} addresses in the Multus annotation, which proves nothing. It is
   * read as a tree and not into records, since not every CNI plugin writes what the format wants.
   */
  static Set<Prefix> named(PodObject pod) {
    Set<Prefix> addresses = new LinkedHashSet<>();
    Map<String, String> annotations = pod.getMetadata().getAnnotations();
    String interfaces = annotations == null ? null : annotations.get(NETWORK_STATUS);
    if (interfaces != null) {
      try {
        for (JsonNode one : JSON.readTree(interfaces)) {
          for (JsonNode ip : one.path("ips")) {
            if (addresses.size() < MAX_NAMED) {
              add(ip.asString(""), addresses);
            }
          }
        }
      } catch (JacksonException e) {
        return addresses; // as far as they were read
      }
    }
    return addresses;
  }

  /**
   * The addresses that Spiderpool gave to a pod of this node, by a {@code SpiderEndpoint} of
   * v2beta1.
   */
  static Optional<SpiderEndpointFacts> of(GenericKubernetesResource spiderEndpoint, String node) {
    Map<?, ?> current =
        map(map(spiderEndpoint.getAdditionalProperties().get("status")).get("current"));
    Set<Prefix> addresses = new LinkedHashSet<>();
    if (node.equals(current.get("node")) && current.get("ips") instanceof List<?> ips) {
      for (Object ip : ips) {
        add(map(ip).get("ipv4"), addresses);
        add(map(ip).get("ipv6"), addresses);
      }
    }
    return current.get("uid") instanceof String uid && !addresses.isEmpty()
        ? Optional.of(new SpiderEndpointFacts(uid, addresses))
        : Optional.empty();
  }

  private static Map<?, ?> map(Object node) {
    return node instanceof Map<?, ?> map ? map : Map.of();
  }

  private static void add(Object text, Set<Prefix> addresses) {
    parse(text).ifPresent(addresses::add);
  }

  /** An address as the API server writes it; empty where it is none. */
  static Optional<Prefix> parse(Object text) {
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
