package io.podwire.agent;

import io.podwire.datapath.Prefix;
import io.podwire.datapath.SocketOwner;
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
final class PodDecisions {

  /** The reason of a pod that has addresses, but none that may be selected. */
  static final String NO_ADDRESS = "no address that may be selected";

  private final AgentConfiguration configuration;
  private final AddressTrust trust;
  private IdentityHashMap<PodFacts, PodDecision> before = new IdentityHashMap<>();

  PodDecisions(AgentConfiguration configuration, AddressTrust trust) {
    this.configuration = configuration;
    this.trust = trust;
  }

  /**
   * A decision for each pod of the node, in the order of their names. One that is as it was before
   * is the same object: with a thousand pods, to compare all is what a pass costs.
   *
   * @param nodeAddresses which are no pod's; the same object for as long as they are the same
   * @param owners who else gives sockets of the node a program now
   */
  List<PodDecision> decide(ClusterView view, Set<Prefix> nodeAddresses, List<SocketOwner> owners) {
    trust.beginPass();
    List<PodDecision> drafts =
        view.pods().stream()
            .sorted(Comparator.comparing(PodFacts::namespace).thenComparing(PodFacts::name))
            .map(pod -> decide(pod, view, nodeAddresses, owners))
            .toList();
    Map<Prefix, PodFacts> keptOut = keptOut(drafts);
    IdentityHashMap<PodFacts, PodDecision> now = new IdentityHashMap<>();
    List<PodDecision> decisions = new ArrayList<>();
    for (PodDecision draft : drafts) {
      PodDecision decision = sameOrNew(draft.selected() ? without(draft, keptOut) : draft);
      now.put(decision.pod(), decision);
      decisions.add(decision);
    }
    before = now;
    return decisions;
  }

  /** An address that two pods have is off if either says off. */
  private static Map<Prefix, PodFacts> keptOut(List<PodDecision> drafts) {
    Map<Prefix, PodFacts> keptOut = new HashMap<>();
    for (PodDecision draft : drafts) {
      PodFacts pod = draft.pod();
      if (!draft.selected() && !pod.hostNetwork() && !pod.finished()) {
        draft.addresses().forEach(address -> keptOut.putIfAbsent(address, pod));
      }
    }
    return keptOut;
  }

  private static PodDecision without(PodDecision draft, Map<Prefix, PodFacts> keptOut) {
    Map<Prefix, String> shared = new LinkedHashMap<>();
    for (Prefix address : draft.addresses()) {
      PodFacts other = keptOut.get(address);
      if (other != null) {
        shared.put(address, "pod " + other + " has it too, and is not selected");
      }
    }
    return shared.isEmpty() ? draft : draft.without(shared);
  }

  private PodDecision sameOrNew(PodDecision decision) {
    PodDecision old = before.get(decision.pod());
    return decision.equals(old) ? old : decision;
  }

  private PodDecision decide(
      PodFacts pod, ClusterView view, Set<Prefix> nodeAddresses, List<SocketOwner> owners) {
    TrustedAddresses addresses =
        trust.of(
            pod,
            Optional.ofNullable(view.spiderEndpoints().get(pod.namespace() + "/" + pod.name())),
            view.given().getOrDefault(pod.uid(), Set.of()),
            nodeAddresses);
    Optional<String> why = whyNeverSelected(pod, addresses).or(() -> whyLeftToAnother(pod, owners));
    if (why.isPresent()) {
      return new PodDecision(pod, addresses, false, why.get());
    }
    if (pod.annotation().isPresent()) {
      return annotated(pod, addresses, pod.annotation().get(), "pod says ");
    }
    Optional<AccelerationAnnotation> namespace =
        Optional.ofNullable(view.namespaces().get(pod.namespace()));
    if (namespace.isPresent()) {
      return annotated(pod, addresses, namespace.get(), "namespace says ");
    }
    return new PodDecision(
        pod,
        addresses,
        configuration.selectionMode() != SelectionMode.OPT_IN,
        "mode " + configuration.selectionMode());
  }

  private static PodDecision annotated(
      PodFacts pod, TrustedAddresses addresses, AccelerationAnnotation annotation, String who) {
    return annotation == AccelerationAnnotation.ENABLED
        ? new PodDecision(pod, addresses, true, who + "enabled")
        : new PodDecision(pod, addresses, false, who + "disabled");
  }

  private Optional<String> whyLeftToAnother(PodFacts pod, List<SocketOwner> owners) {
    return configuration.yieldTo().stream()
        .filter(yield -> yield.pods().areMetBy(pod.labels()))
        .filter(yield -> owners.stream().anyMatch(yield::isTo))
        .findFirst()
        .map(yield -> "left to " + yield.owner() + ", which is loaded (--yield-to)");
  }

  /** Why a pod is not selected whatever annotations and the mode say; empty where it may be. */
  private Optional<String> whyNeverSelected(PodFacts pod, TrustedAddresses addresses) {
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
