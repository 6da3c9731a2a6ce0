package io.podwire.agent;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs which decisions on pods changed, and which pods are gone. */
final class DecisionLog {

  private static final Logger LOG = LoggerFactory.getLogger(DecisionLog.class);

  private DecisionLog() {}

  /** A decision that did not change is the same object ({@link PodDecisions}). */
  static void log(List<PodDecision> before, List<PodDecision> after) {
    for (PodDecision decision : notIn(before, after)) {
      LOG.info(
          "pod {} selected={} reason=\"{}\" addresses={}",
          decision.pod(),
          decision.selected(),
          decision.reason(),
          decision.addresses());
      decision
          .trusted()
          .refused()
          .forEach((address, why) -> LOG.info("pod {} not {}: {}", decision.pod(), address, why));
    }
    List<PodDecision> changed = notIn(after, before);
    if (!changed.isEmpty()) {
      Set<String> present = after.stream().map(DecisionLog::name).collect(Collectors.toSet());
      changed.stream()
          .map(DecisionLog::name)
          .filter(name -> !present.contains(name))
          .forEach(name -> LOG.info("pod {} gone", name));
    }
  }

  private static List<PodDecision> notIn(List<PodDecision> these, List<PodDecision> decisions) {
    Set<PodDecision> known = Collections.newSetFromMap(new IdentityHashMap<>());
    known.addAll(these);
    return decisions.stream().filter(decision -> !known.contains(decision)).toList();
  }

  private static String name(PodDecision decision) {
    return decision.pod().toString();
  }
}
