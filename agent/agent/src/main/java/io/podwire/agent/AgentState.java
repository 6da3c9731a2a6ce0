package io.podwire.agent;

import io.podwire.check.Verdict;
import io.podwire.datapath.Guard;
import io.podwire.datapath.Status;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the agent has come to, after its last pass.
 *
 * @param decisions each pod of the node, in order
 * @param obstacle why the agent is not ready; empty where it is
 * @param admission what the kernel's check says; that of no check before it is done
 * @param status of the datapath, as the last full pass read it
 */
record AgentState(
    List<PodDecision> decisions, Optional<String> obstacle, Admission admission, Status status) {

  /** Begins the obstacle of a node where nothing may be accelerated. */
  static final String REFUSED = "refused: ";

  /** Begins the reason where there is no check, and what was let run before goes on. */
  static final String UNCHECKED = "goes on as before, without a check: ";

  static AgentState starting() {
    return new AgentState(
        List.of(), Optional.of("starting"), Admission.unchecked(), Status.absent());
  }

  /** Why the kernel's check, or what is loaded, lets nothing be accelerated. */
  Optional<String> refusal() {
    return obstacle
        .filter(why -> why.startsWith(REFUSED))
        .map(why -> why.substring(REFUSED.length()));
  }

  /** Why there is no check, where the agent goes on without one. */
  Optional<String> unchecked() {
    return obstacle.isPresent() ? Optional.empty() : admission.refusal();
  }

  /** How many cases of the kernel's check have this verdict. */
  long cases(Verdict verdict) {
    return admission.cases().getOrDefault(verdict, 0L);
  }

  /** Which protections are in force in the programs that are loaded, and which guards are not. */
  static String protections(Status status) {
    String missing =
        Stream.of(Guard.values())
            .filter(guard -> !status.guards().contains(guard))
            .map(Guard::toString)
            .collect(Collectors.joining(", "));
    return "protections: "
        + String.join(", ", status.protections())
        + (missing.isEmpty() ? "" : "; guards that are not loaded: " + missing);
  }

  /** How many pods are selected. */
  long selected() {
    return decisions.stream().filter(PodDecision::selected).count();
  }
}
