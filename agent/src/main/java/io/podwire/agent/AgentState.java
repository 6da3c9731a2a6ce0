package io.podwire.agent;

import io.podwire.check.Verdict;
import io.podwire.datapath.Status;
import java.util.List;
import java.util.Optional;

/**
 * What the agent has come to, after its last pass.
 *
 * @param choices each pod of the node, in order
 * @param obstacle why it is not ready; empty where it is
 * @param admission what the kernel's check says; that of no check before it is done
 * @param status of the datapath, at the last full pass
 */
record AgentState(
    List<Choice> choices, Optional<String> obstacle, Admission admission, Status status) {

  static AgentState starting() {
    return new AgentState(
        List.of(), Optional.of("starting"), Admission.unchecked(), Status.absent());
  }

  /** Why the kernel's check lets nothing be accelerated. */
  Optional<String> refusal() {
    return admission.refusal();
  }

  /** Cases of the kernel's check that came out so. */
  long cases(Verdict verdict) {
    return admission.cases().getOrDefault(verdict, 0L);
  }

  long selected() {
    return choices.stream().filter(Choice::selected).count();
  }
}
