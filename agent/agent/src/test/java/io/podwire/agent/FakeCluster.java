package io.podwire.agent;

import io.podwire.datapath.Prefix;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** A cluster as a test says it is. */
final class FakeCluster implements Cluster {

  final Map<String, PodFacts> pods = new LinkedHashMap<>();
  final Map<String, AccelerationAnnotation> namespaces = new LinkedHashMap<>();
  final Map<String, SpiderEndpointFacts> spiderEndpoints = new LinkedHashMap<>();
  final Map<String, Set<Prefix>> given = new LinkedHashMap<>();
  final List<PolicyFacts> policies = new ArrayList<>();
  Optional<AccelerationAnnotation> node = Optional.empty();
  List<String> problems = List.of();
  boolean known = true;

  /** A running pod in the namespace {@code default}, with the label {@code app} of its name. */
  void pod(String name, String... addresses) {
    put(name, Optional.empty(), addresses);
  }

  void put(String name, Optional<AccelerationAnnotation> annotation, String... addresses) {
    pods.put(name, facts(name, annotation, prefixes(addresses), Set.of()));
  }

  /** A pod whose annotation names addresses beside the one that it has. */
  void naming(
      String name, Optional<AccelerationAnnotation> annotation, String address, String... named) {
    pods.put(name, facts(name, annotation, prefixes(address), prefixes(named)));
  }

  private static PodFacts facts(
      String name,
      Optional<AccelerationAnnotation> annotation,
      Set<Prefix> addresses,
      Set<Prefix> named) {
    return new PodFacts(
        "default",
        name,
        uid(name),
        "deployment/" + name,
        Map.of("app", name),
        annotation,
        false,
        false,
        addresses,
        named);
  }

  /** The uid of the pod of that name. */
  static String uid(String name) {
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
  }

  static Set<Prefix> prefixes(String... addresses) {
    Set<Prefix> prefixes = new LinkedHashSet<>();
    for (String address : addresses) {
      prefixes.add(Prefix.address(address));
    }
    return prefixes;
  }

  @Override
  public void follow(Runnable changed) {
    // a test says when to look
  }

  @Override
  public ClusterView view() {
    return new ClusterView(
        problems,
        known,
        node,
        List.copyOf(pods.values()),
        Map.copyOf(namespaces),
        Map.copyOf(spiderEndpoints),
        Map.copyOf(given),
        Optional.of(List.copyOf(policies)));
  }

  @Override
  public Map<String, String> services() {
    return Map.of();
  }

  @Override
  public Map<String, Boolean> watches() {
    return Map.of("pods", true);
  }

  @Override
  public void close() {
    // nothing is open
  }
}
