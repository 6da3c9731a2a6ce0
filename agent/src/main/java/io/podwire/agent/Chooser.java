package io.podwire.agent;

import io.podwire.datapath.Prefix;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which pods of a node are selected (docs/operations.md). */
final class Chooser {

  /** Where addresses were named, but none that may be selected. */
  static final String NO_ADDRESS = "no address that may be selected";

  private final AgentConfiguration configuration;
  private final AddressTrust trust;
  private Map<PodFacts, Choice> before = Map.of();

  Chooser(AgentConfiguration configuration, AddressTrust trust) {
    this.configuration = configuration;
    this.trust = trust;
  }

  /**
   * A choice for each pod of the node, in the order of their names. One that is as it was before is
   * the same object: with a thousand pods, to compare all is what a pass costs.
   *
   * @param nodeAddresses which are no pod's; the same object for as long as they are the same
   */
  List<Choice> choose(ClusterView view, Set<Prefix> nodeAddresses) {
    trust.beginPass();
    List<Choice> drafts =
        view.pods().stream()
            .sorted(Comparator.comparing(PodFacts::namespace).thenComparing(PodFacts::name))
            .map(pod -> choose(pod, view, nodeAddresses))
            .toList();
    Map<Prefix, PodFacts> keptOut = keptOut(drafts);
    Map<PodFacts, Choice> now = new IdentityHashMap<>();
    List<Choice> choices = new ArrayList<>();
    for (Choice draft : drafts) {
      Choice choice = sameOrNew(draft.selected() ? without(draft, keptOut) : draft);
      now.put(choice.pod(), choice);
      choices.add(choice);
    }
    before = now;
    return choices;
  }

  /** An address that two pods have is off if either says off. */
  private static Map<Prefix, PodFacts> keptOut(List<Choice> drafts) {
    Map<Prefix, PodFacts> keptOut = new HashMap<>();
    for (Choice draft : drafts) {
      PodFacts pod = draft.pod();
      if (!draft.selected() && !pod.hostNetwork() && !pod.finished()) {
        draft.addresses().forEach(address -> keptOut.putIfAbsent(address, pod));
      }
    }
    return keptOut;
  }

  private static Choice without(Choice draft, Map<Prefix, PodFacts> keptOut) {
    Map<Prefix, String> shared = new LinkedHashMap<>();
    for (Prefix address : draft.addresses()) {
      PodFacts other = keptOut.get(address);
      if (other != null) {
        shared.put(address, "pod " + other + " has it too, and is not selected");
      }
    }
    return shared.isEmpty() ? draft : draft.without(shared);
  }

  private Choice sameOrNew(Choice choice) {
    Choice old = before.get(choice.pod());
    return choice.equals(old) ? old : choice;
  }

  private Choice choose(PodFacts pod, ClusterView view, Set<Prefix> nodeAddresses) {
    TrustedAddresses addresses =
        trust.of(
            pod,
            Optional.ofNullable(view.endpoints().get(pod.namespace() + "/" + pod.name())),
            nodeAddresses);
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

  private static Choice wished(PodFacts pod, TrustedAddresses addresses, Wish wish, String who) {
    return wish == Wish.ENABLED
        ? new Choice(pod, addresses, true, who + "enabled")
        : new Choice(pod, addresses, false, who + "disabled");
  }

  private Optional<String> obstacle(PodFacts pod, TrustedAddresses addresses) {
    if (pod.hostNetwork()) {
      return Optional.of("host network: its addresses are the node's");
    }
    if (pod.finished()) {
      return Optional.of("finished");
    }
    if (addresses.addresses().isEmpty()) {
      return Optional.of(addresses.refused().isEmpty() ? "no address yet" : NO_ADDRESS);
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
