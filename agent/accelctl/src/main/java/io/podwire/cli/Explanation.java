package io.podwire.cli;

import io.podwire.agent.PodsDocument;
import io.podwire.datapath.Counter;
import io.podwire.datapath.DatapathView;
import io.podwire.datapath.Flow;
import io.podwire.datapath.FlowEnd;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Reason;
import io.podwire.datapath.Selection;
import io.podwire.datapath.State;
import io.podwire.datapath.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Why connections are redirected, or not.
 *
 * @param sentences what to say of it, one a line
 * @param flows that are joined
 * @param notJoined connections that are established, and not joined
 * @param reasons why some did not join, or went back, the latest first
 */
record Explanation(List<String> sentences, List<Flow> flows, int notJoined, List<Reason> reasons) {

  /** Of all reasons that the node noted. */
  static Explanation ofAll(DatapathView datapath, Optional<PodsDocument> pods) {
    List<Reason> reasons = latestFirst(datapath.reasons().stream());
    List<String> sentences = ofNode(datapath.status());
    sentences.addAll(ofReasons(reasons, pods));
    if (reasons.isEmpty()) {
      sentences.add("No connection was kept out, and none went back to TCP.");
    }
    return new Explanation(sentences, List.of(), 0, reasons);
  }

  /**
   * Of whom a question is about.
   *
   * @param established all ends that are seen on the node
   */
  static Explanation of(
      Question question,
      DatapathView datapath,
      Optional<PodsDocument> pods,
      Set<OpenConnections.End> established) {
    Status status = datapath.status();
    List<Flow> flows = datapath.flows().stream().filter(question::concerns).toList();
    List<Reason> reasons = latestFirst(datapath.reasons().stream().filter(question::concerns));
    int notJoined = notJoined(question, established, flows);

    List<String> sentences = ofNode(status);
    if (status.state() != State.ABSENT) {
      Map<Prefix, Selection> selection = datapath.selection();
      question.parties().forEach(party -> sentences.addAll(ofSelection(party, selection, pods)));
    }
    sentences.addAll(ofFlows(flows));
    if (notJoined > 0) {
      sentences.add(
          connections(notJoined)
              + " open, and not joined"
              + (reasons.isEmpty()
                  ? ": made before they could be; accelctl adopt has them join."
                  : "."));
    }
    sentences.addAll(ofReasons(reasons, pods));
    if (flows.isEmpty() && notJoined == 0 && reasons.isEmpty()) {
      sentences.add("No connection of theirs is open, or was kept out.");
    }
    return new Explanation(sentences, flows, notJoined, reasons);
  }

  static long ageSeconds(Reason reason) {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - reason.nanos());
  }

  private static List<String> ofNode(Status status) {
    List<String> sentences = new ArrayList<>();
    if (status.state() == State.ABSENT) {
      sentences.add("Nothing is loaded on this node, so nothing joins: accelctl enable.");
    } else if (status.state() != State.ENABLED) {
      sentences.add(
          "The node is " + status.state() + ", so no new connection joins: accelctl enable.");
    }
    status.warnings().forEach(warning -> sentences.add("Warning: " + warning + "."));
    return sentences;
  }

  private static List<String> ofSelection(
      Party party, Map<Prefix, Selection> selection, Optional<PodsDocument> pods) {
    List<String> sentences = new ArrayList<>();
    String because = party.pod().map(pod -> ": " + pod.reason()).orElse("");
    for (Prefix address : party.addresses()) {
      sentences.add(address + ofAddress(address, party, selection) + ".");
    }
    if (party.addresses().isEmpty()) {
      sentences.add(party.name() + " has no address that could be selected" + because + ".");
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

  private static String ofAddress(Prefix address, Party party, Map<Prefix, Selection> selection) {
    String because = party.pod().map(pod -> ": " + pod.reason()).orElse("");
    String refused = party.pod().map(pod -> pod.refused().get(address.toString())).orElse(null);
    Optional<Prefix> longest =
        selection.keySet().stream()
            .filter(prefix -> prefix.contains(address))
            .reduce((one, other) -> one.contains(other) ? other : one);
    if (longest.isEmpty()) {
      return " is not selected" + (refused == null ? because : ": " + refused);
    }
    return selection.get(longest.get()) == Selection.SELECTED
        ? " is selected" + because
        : " is excluded by " + longest.get() + because;
  }

  private static List<String> ofFlows(List<Flow> flows) {
    List<String> sentences = new ArrayList<>();
    if (!flows.isEmpty()) {
      sentences.add(connections(flows.size()) + " joined.");
    }
    for (Counter reason : Counter.values()) {
      long slow =
          flows.stream().filter(flow -> flow.ends().anyMatch(end -> goesBy(end, reason))).count();
      if (slow > 0) {
        sentences.add("A direction of " + slow + " of these goes by TCP: " + text(reason));
      }
    }
    return sentences;
  }

  private static boolean goesBy(FlowEnd end, Counter reason) {
    return end.retired().or(end::shifted).equals(Optional.of(reason));
  }

  private static List<String> ofReasons(List<Reason> reasons, Optional<PodsDocument> pods) {
    Names names = pods.map(Names::of).orElse(Names.NONE);
    return reasons.stream().map(reason -> ofReason(reason, names)).toList();
  }

  private static String ofReason(Reason reason, Names names) {
    Counter why = reason.why();
    boolean wentBack = why == Counter.NO_PEER || why.name().startsWith("RETIRED");
    return names.of(reason.client())
        + " to "
        + names.of(reason.listener())
        + (wentBack ? " went back to TCP " : " did not join ")
        + Wording.age(ageSeconds(reason))
        + " ago"
        + (reason.times() == 1 ? "" : ", the last of " + reason.times() + " times for that")
        + ": "
        + text(why);
  }

  private static String text(Counter reason) {
    return reason + ": " + ReasonText.of(reason).orElseThrow() + ".";
  }

  private static List<Reason> latestFirst(Stream<Reason> reasons) {
    return reasons.sorted(Comparator.comparingLong(Explanation::ageSeconds)).toList();
  }

  private static String connections(int number) {
    return Wording.count(number, "connection is", "connections are");
  }

  private static int notJoined(
      Question question, Set<OpenConnections.End> established, List<Flow> flows) {
    Set<OpenConnections.End> joined =
        flows.stream()
            .flatMap(Flow::ends)
            .map(end -> new OpenConnections.End(end.local(), end.remote()))
            .collect(Collectors.toSet());
    return (int)
        established.stream()
            .filter(end -> question.concerns(end, established) && !joined.contains(end))
            .count();
  }
}
