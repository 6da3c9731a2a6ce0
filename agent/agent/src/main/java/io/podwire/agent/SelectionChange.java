package io.podwire.agent;

import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What makes the kernel's selection what was decided.
 *
 * @param deselected what is to be removed, first
 * @param sentBack addresses whose flows then go back to TCP, since they are selected no more or
 *     their policies changed; for each the mark of its policies now
 * @param selected what is to be selected, last
 */
record SelectionChange(
    Set<Prefix> deselected, Map<Prefix, Integer> sentBack, Set<Prefix> selected) {

  /** The change of a selection that is right. */
  static final SelectionChange NONE = new SelectionChange(Set.of(), Map.of(), Set.of());

  /**
   * Compares what was decided with what the kernel has. The marks of policies are in the kernel
   * too, so a change of policies is seen that came while no agent ran.
   *
   * @param policies every policy; empty where they are not followed
   * @param present the kernel's selection
   * @param marks the kernel's marks; of an address that has none, 0
   */
  static SelectionChange of(
      List<PodDecision> decisions,
      Optional<Collection<PolicyFacts>> policies,
      Map<Prefix, Selection> present,
      Map<Prefix, Integer> marks) {
    List<PodDecision> selected = decisions.stream().filter(PodDecision::selected).toList();
    Set<Prefix> wanted =
        selected.stream()
            .flatMap(decision -> decision.addresses().stream())
            .collect(Collectors.toSet());
    Set<Prefix> surplus = new HashSet<>(present.keySet());
    surplus.removeAll(wanted);
    Set<Prefix> missing =
        wanted.stream()
            .filter(prefix -> present.get(prefix) != Selection.SELECTED)
            .collect(Collectors.toSet());
    Map<Prefix, Integer> sentBack = new HashMap<>();
    surplus.stream()
        .filter(Prefix::isAddress)
        .forEach(address -> sentBack.put(address, marks.getOrDefault(address, 0)));
    policies
        .map(all -> marks(selected, all))
        .orElseGet(Map::of)
        .forEach(
            (address, mark) -> {
              if (!mark.equals(marks.getOrDefault(address, 0))) {
                sentBack.put(address, mark);
              }
            });
    return new SelectionChange(surplus, sentBack, missing);
  }

  /** For each address one mark of all policies of its pods, which may share it. */
  private static Map<Prefix, Integer> marks(
      List<PodDecision> selected, Collection<PolicyFacts> all) {
    Map<Optional<String>, List<PolicyFacts>> policies =
        all.stream().collect(Collectors.groupingBy(PolicyFacts::namespace));
    Map<Prefix, Integer> marks = new HashMap<>();
    for (PodDecision decision : selected) {
      int mark =
          Stream.of(Optional.of(decision.pod().namespace()), Optional.<String>empty())
              .flatMap(namespace -> policies.getOrDefault(namespace, List.of()).stream())
              .filter(policy -> policy.selects(decision.pod()))
              .mapToInt(PolicyFacts::fingerprint)
              .sum();
      decision.addresses().forEach(address -> marks.merge(address, mark, Integer::sum));
    }
    return marks;
  }
}
