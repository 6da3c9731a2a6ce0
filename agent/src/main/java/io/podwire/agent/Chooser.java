package io.podwire.agent;

import io.podwire.datapath.Prefix;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which pods of a node are selected (docs/operations.md). */
final class Chooser {

  private final AgentConfiguration configuration;
  private Map<PodFacts, Choice> before = Map.of();

  Chooser(AgentConfiguration configuration) {
    this.configuration = configuration;
  }

  /**
   * A choice for each pod of the node, in the order of their names. One that is as it was before is
   * the same object: with a thousand pods, to compare all is what a pass costs.
   */
  List<Choice> choose(ClusterView view) {
    Map<PodFacts, Choice> now = new IdentityHashMap<>();
    List<Choice> choices =
        view.pods().stream()
            .sorted(Comparator.comparing(PodFacts::namespace).thenComparing(PodFacts::name))
            .map(pod -> now.computeIfAbsent(pod, p -> sameOrNew(p, view)))
            .toList();
    before = now;
    return choices;
  }

  private Choice sameOrNew(PodFacts pod, ClusterView view) {
    Choice choice = choose(pod, view);
    Choice old = before.get(pod);
    return choice.equals(old) ? old : choice;
  }

  private Choice choose(PodFacts pod, ClusterView view) {
    Set<Prefix> addresses = addresses(pod, view);
    Optional<String> obstacle = obstacle(pod, addresses);
    if (obstacle.isPresent()) {
      return new Choice(pod, addresses, false, obstacle.get());
    }
    if (pod.wish().isPresent()) {
      return wished(pod, addresses, pod.wish().get(), "pod says ");
    }
    Optional<Wish> namespace = Optional.ofNullable(view.namespaces().get(pod.namespace()));
    if (namespace.isPresent()) {
      return wished(pod, addresses, namespace.get(), "namespace says ");
    }
    return new Choice(
        pod, addresses, configuration.mode() == Mode.OPT_OUT, "mode " + configuration.mode());
  }

  private static Set<Prefix> addresses(PodFacts pod, ClusterView view) {
    if (view.endpoints().isEmpty()) {
      return pod.addresses();
    }
    Set<Prefix> addresses = new LinkedHashSet<>(pod.addresses());
    addresses.addAll(view.endpoints().getOrDefault(pod.namespace() + "/" + pod.name(), Set.of()));
    return addresses;
  }

  private static Choice wished(PodFacts pod, Set<Prefix> addresses, Wish wish, String who) {
    return wish == Wish.ENABLED
        ? new Choice(pod, addresses, true, who + "enabled")
        : new Choice(pod, addresses, false, who + "disabled");
  }

  private Optional<String> obstacle(PodFacts pod, Set<Prefix> addresses) {
    if (pod.hostNetwork()) {
      return Optional.of("host network: its addresses are the node's");
    }
    if (pod.finished()) {
      return Optional.of("finished");
    }
    if (addresses.isEmpty()) {
      return Optional.of("no address yet");
    }
    if (configuration.excludedNamespaces().contains(pod.namespace())) {
      return Optional.of("namespace is excluded");
    }
    if (!configuration.podSelector().areMetBy(pod.labels())) {
      return Optional.of("pod selector does not match");
    }
    return Optional.empty();
  }
}
