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
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
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
 * @param joined connections that are
 * @param notJoined connections that are established, and not joined
 * @param reasons why some did not join, or went back, the latest first
 */
record Explanation(List<String> sentences, int joined, int notJoined, List<Reason> reasons) {

  /** Of all reasons that the node noted. */
  static Explanation ofAll(DatapathView datapath, Optional<PodsDocument> pods) {
    Node node = new Node(datapath, pods);
    List<Reason> reasons = latestFirst(datapath.reasons().stream());
    List<String> sentences = node.state();
    node.status.warnings().forEach(warning -> sentences.add("Warning: " + warning + "."));
    reasons.forEach(reason -> sentences.add(node.reason(reason)));
    if (reasons.isEmpty()) {
      sentences.add("No connection was kept out, and none went back to TCP.");
    }
    return new Explanation(sentences, 0, 0, reasons);
  }

  /**
   * Of those that a question is about.
   *
   * @param parties one or two
   * @param established the ends that are seen, of those that the question may concern
   */
  static Explanation of(
      List<Party> parties,
      DatapathView datapath,
      Optional<PodsDocument> pods,
      Established established) {
    Node node = new Node(datapath, pods);
    List<Reason> allReasons = datapath.reasons();
    Set<OpenConnections.End> before = established.of(new Question(parties, Set.of()));
    List<Flow> allFlows = datapath.flows();
    Question question = new Question(parties, namespaces(parties.get(0), allFlows, allReasons));
    Set<OpenConnections.End> open = new HashSet<>(established.of(question));
    open.retainAll(before); // the others ended, or began, while the flows were read

    List<Flow> flows = allFlows.stream().filter(question::concerns).toList();
    List<Reason> reasons = latestFirst(allReasons.stream().filter(question::concerns));
    List<OpenConnections.End> notJoined = notJoined(question, open, flows);

    List<String> sentences = node.state();
    parties.forEach(party -> sentences.addAll(node.selection(party)));
    sentences.addAll(ofFlows(flows));
    sentences.addAll(node.notJoined(notJoined, reasons));
    reasons.forEach(reason -> sentences.add(node.reason(reason)));
    if (flows.isEmpty() && notJoined.isEmpty() && reasons.isEmpty()) {
      sentences.add("No connection of theirs is seen at both ends, and none was kept out.");
    }
    if (question.isOfTwo()) {
      sentences.add(node.next(question, reasons));
    }
    return new Explanation(sentences, flows.size(), notJoined.size(), reasons);
  }

  /** Looks which ends are established now. */
  interface Established {
    Set<OpenConnections.End> of(Question question);
  }

  static long ageSeconds(Reason reason) {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - reason.nanos());
  }

  /** The namespaces in which a socket has an address of the party's. */
  private static Set<Long> namespaces(Party party, List<Flow> flows, List<Reason> reasons) {
    return Stream.concat(
            flows.stream()
                .flatMap(Flow::ends)
                .filter(end -> party.has(end.local().getAddress()))
                .map(FlowEnd::netns),
            reasons.stream()
                .filter(reason -> party.has(reason.listener().getAddress()))
                .map(Reason::netns))
        .collect(Collectors.toSet());
  }

  private static List<OpenConnections.End> notJoined(
      Question question, Set<OpenConnections.End> open, List<Flow> flows) {
    Set<OpenConnections.End> joined =
        flows.stream()
            .flatMap(Flow::ends)
            .map(end -> new OpenConnections.End(end.local(), end.remote()))
            .flatMap(end -> Stream.of(end, end.reversed())) // the other may have left
            .collect(Collectors.toSet());
    return open.stream()
        .filter(end -> question.concerns(end, open) && !joined.contains(end))
        .toList();
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
        sentences.add(
            "A direction of " + slow + " of these goes by TCP: " + ReasonText.of(reason) + ".");
      }
    }
    return sentences;
  }

  private static boolean goesBy(FlowEnd end, Counter reason) {
    return end.retired().or(end::shifted).equals(Optional.of(reason));
  }

  private static List<Reason> latestFirst(Stream<Reason> reasons) {
    return reasons.sorted(Comparator.comparingLong(Reason::nanos).reversed()).toList();
  }

  private static String connections(int number) {
    return Wording.count(number, "connection is", "connections are");
  }

  /** What holds for all connections of the node. */
  private static final class Node {

    private final Status status;
    private final Map<Prefix, Selection> selection;
    private final List<Reason> incompatible;
    private final Optional<PodsDocument> pods;
    private final Names names;

    Node(DatapathView datapath, Optional<PodsDocument> pods) {
      this.status = datapath.status();
      this.selection = datapath.selection();
      this.incompatible = datapath.incompatibleParties();
      this.pods = pods;
      this.names = pods.map(Names::of).orElse(Names.NONE);
    }

    List<String> state() {
      List<String> sentences = new ArrayList<>();
      if (status.state() == State.ABSENT) {
        sentences.add("Nothing is loaded on this node, so nothing joins: accelctl enable.");
      } else if (status.state() != State.ENABLED) {
        sentences.add(
            "The node is " + status.state() + ", so no new connection joins: accelctl enable.");
      }
      return sentences;
    }

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
          connections(ends.size()) + " open, and not joined." + (early > 0 ? before : ""));
    }

    private boolean isEarly(OpenConnections.End end, List<Reason> reasons) {
      return status.state() == State.ENABLED
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
          + Wording.age(ageSeconds(reason))
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
      if (status.state() != State.ENABLED) {
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
}
