package io.podwire.cli;

import io.podwire.agent.Names;
import io.podwire.agent.PodsDocument;
import io.podwire.datapath.Counter;
import io.podwire.datapath.DatapathView;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Reason;
import io.podwire.datapath.Selection;
import io.podwire.datapath.State;
import io.podwire.datapath.Status;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the node says of its connections: what holds for all of them, in sentences. */
final class ExplainedNode {

  private final Status status;
  private final Map<Prefix, Selection> selection;
  private final List<Reason> incompatible;
  private final Optional<PodsDocument> pods;
  private final Names names;

  ExplainedNode(DatapathView datapath, Optional<PodsDocument> pods) {
    this.status = datapath.status();
    this.selection = datapath.selection();
    this.incompatible = datapath.incompatibleParties();
    this.pods = pods;
    this.names = pods.map(Names::of).orElse(Names.NONE);
  }

  /** Why nothing joins; empty where connections may. */
  List<String> state() {
    List<String> sentences = new ArrayList<>();
    if (status.state() == State.ABSENT) {
      sentences.add("Nothing is loaded on this node, so nothing joins: accelctl enable.");
    } else if (status.state() != State.ENABLED) {
      sentences.add(
          "The node is " + status.state() + ", so no new connection joins: accelctl enable.");
    } else if (status.observes()) {
      sentences.add("The node only observes, so no new connection joins: accelctl enable.");
    }
    return sentences;
  }

  List<String> warnings() {
    return status.warnings().stream().map(warning -> "Warning: " + warning + ".").toList();
  }

  /** Whether the addresses of a party are selected, and why. */
  List<String> selection(Party party) {
    List<String> sentences = new ArrayList<>();
    for (Prefix address : party.addresses()) {
      sentences.add(address + selection(address, party) + ".");
    }
    if (party.addresses().isEmpty()) {
      sentences.add(party.name() + " has no address that could be selected" + why(party) + ".");
    }
    if (party.pod().isEmpty() && pods.isPresent()) {
      sentences.add(
          "The agent of node "
              + pods.get().node()
              + " knows no pod with "
              + party.name()
              + ": it is elsewhere, or in the host's network, and its connections are not"
              + " accelerated.");
    }
    return sentences;
  }

  private static String why(Party party) {
    return party.pod().map(pod -> ": " + pod.reason()).orElse("");
  }

  private String selection(Prefix address, Party party) {
    Optional<String> refused =
        party.pod().map(pod -> pod.refused().get(address.toString())).map(why -> ": " + why);
    return longest(address)
        .map(
            prefix ->
                isSelected(address)
                    ? " is selected" + why(party)
                    : " is excluded by " + prefix + why(party))
        .orElseGet(() -> " is not selected" + refused.orElseGet(() -> why(party)));
  }

  private Optional<Prefix> longest(Prefix address) {
    return selection.keySet().stream()
        .filter(prefix -> prefix.contains(address))
        .reduce((one, other) -> one.contains(other) ? other : one);
  }

  private boolean isSelected(Prefix address) {
    return longest(address).map(selection::get).equals(Optional.of(Selection.SELECTED));
  }

  private boolean isSelected(InetSocketAddress address) {
    return isSelected(Prefix.of(address.getAddress()));
  }

  /**
   * @param reasons why connections of the same parties did not join, or went back
   */
  List<String> notJoined(List<OpenConnections.End> ends, List<Reason> reasons) {
    if (ends.isEmpty()) {
      return List.of();
    }
    long early = ends.stream().filter(end -> isEarly(end, reasons)).count();
    String before =
        " Of "
            + early
            + " of these no reason is noted: probably they were made before they could join, and"
            + " accelctl adopt tries to have them join (Linux 6.12 and newer).";
    return List.of(
        Explanation.connections(ends.size())
            + " open, and not joined."
            + (early > 0 ? before : ""));
  }

  private boolean isEarly(OpenConnections.End end, List<Reason> reasons) {
    return status.joins()
        && isSelected(end.local())
        && isSelected(end.remote())
        && reasons.stream()
            .noneMatch(
                reason ->
                    isOf(reason, end.remote(), end.local())
                        || isOf(reason, end.local(), end.remote()));
  }

  private static boolean isOf(Reason reason, InetSocketAddress client, InetSocketAddress server) {
    return reason.client().equals(client.getAddress()) && reason.listener().equals(server);
  }

  String reason(Reason reason) {
    Counter why = reason.why();
    return names.of(reason.client())
        + " to "
        + names.of(reason.listener())
        + (why.name().startsWith("RETIRED") ? " went back to TCP " : " did not join ")
        + Wording.age(Explanation.ageSeconds(reason))
        + " ago"
        + (reason.times() == 1 ? "" : ", the last of " + reason.times() + " times for that")
        + ": "
        + ReasonText.of(why)
        + what(reason)
        + ".";
  }

  /** What was needed, or who is in the way. */
  private String what(Reason reason) {
    return switch (reason.why()) {
      case SKIPPED_INCOMPATIBLE ->
          incompatible.stream()
              .filter(seen -> seen.isOfTheSame(reason))
              .findFirst()
              .map(seen -> " (" + ReasonText.of(seen.why()) + ")")
              .orElse("");
      case JOIN_FAILED_BUSY, JOIN_FAILED_FULL, SKIPPED_STALE ->
          status.warnings().stream().collect(Collectors.joining("; ", " (", ")"));
      default -> "";
    };
  }

  /** What a new connection between two would do. */
  String next(Question question, List<Reason> reasons) {
    Optional<Party> out =
        question.parties().stream()
            .filter(party -> party.addresses().stream().noneMatch(this::isSelected))
            .findFirst();
    if (!status.joins()) {
      return "A new connection between them does not join.";
    }
    if (out.isPresent()) {
      return "A new connection between them does not join while "
          + out.get().name()
          + " is not selected.";
    }
    boolean keptOut =
        reasons.stream().anyMatch(reason -> !reason.why().name().startsWith("RETIRED"))
            || incompatible.stream().anyMatch(question::concerns);
    return keptOut
        ? "A new connection between them is kept out while one of these reasons holds."
        : "A new connection between them joins, from one selected address to another.";
  }
}
