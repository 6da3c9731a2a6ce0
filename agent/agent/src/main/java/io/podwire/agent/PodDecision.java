package io.podwire.agent;

import io.podwire.datapath.Prefix;
import java.util.Map;
import java.util.Set;

/**
 * Whether a pod is selected.
 *
 * @param pod which
 * @param trusted its addresses, and those that were only named as such
 * @param selected whether its addresses may join
 * @param reason why, or why not
 */
record PodDecision(PodFacts pod, TrustedAddresses trusted, boolean selected, String reason) {

  /** The addresses that may join, where the pod is selected. */
  Set<Prefix> addresses() {
    return trusted.addresses().keySet();
  }

  /** This decision without the addresses that other pods keep out, each with the reason. */
  PodDecision without(Map<Prefix, String> others) {
    TrustedAddresses left = trusted.without(others);
    return left.addresses().isEmpty()
        ? new PodDecision(pod, left, false, PodDecisions.NO_ADDRESS)
        : new PodDecision(pod, left, selected, reason);
  }
}
