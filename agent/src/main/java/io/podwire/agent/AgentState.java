package io.podwire.agent;

import io.podwire.datapath.Status;
import java.util.List;
import java.util.Optional;

/**
 * What the agent has come to, after its last pass.
 *
 * @param choices each pod of the node, in order
 * @param obstacle why it is not ready; empty where it is
 * @param refusal why the kernel's check lets nothing be accelerated
 * @param status of the datapath, at the last full pass
 */
record AgentState(
    List<Choice> choices, Optional<String> obstacle, Optional<String> refusal, Status status) {

  static AgentState starting() {
    return new AgentState(List.of(), Optional.of("starting"), Optional.empty(), Status.absent());
  }

  long selected() {
    return choices.stream().filter(Choice::selected).count();
  }
}
