package io.podwire.cli;

import io.podwire.agent.PodsDocument;
import io.podwire.datapath.Counter;
import io.podwire.datapath.DatapathView;
import io.podwire.datapath.Flow;
import io.podwire.datapath.FlowEnd;
import io.podwire.datapath.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
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
    ExplainedNode node = new ExplainedNode(datapath, pods);
    List<Reason> reasons = latestFirst(datapath.reasons().stream());
    List<String> sentences = node.state();
    sentences.addAll(node.warnings());
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
    ExplainedNode node = new ExplainedNode(datapath, pods);
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

  static String connections(int number) {
    return Wording.count(number, "connection is", "connections are");
  }
}
