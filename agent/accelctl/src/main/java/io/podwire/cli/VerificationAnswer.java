package io.podwire.cli;

import io.podwire.cluster.NodeVerification;
import io.podwire.cluster.SeenFlow;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/** How {@code accelctl verify} answers. */
record VerificationAnswer(List<NodeVerification> nodes) {

  /** The JSON form; {@code docs/accelctl.md} has its schema. */
  record Document(boolean verified, List<Node> nodes) {}

  /** A node; a connection that was not redirected both ways is null. */
  record Node(
      String node, boolean verified, Connection podIp, Connection service, String problem) {}

  /** The messages that each end redirected. */
  record Connection(long clientRedirected, long serverRedirected) {}

  /** Whether every node was verified. */
  boolean areGood() {
    return good() == nodes.size();
  }

  private long good() {
    return nodes.stream().filter(node -> node.problem().isEmpty()).count();
  }

  Document document() {
    return new Document(
        areGood(),
        nodes.stream()
            .map(
                node ->
                    new Node(
                        node.node(),
                        node.problem().isEmpty(),
                        connection(node.byPodIp()),
                        connection(node.throughService()),
                        node.problem().orElse(null)))
            .toList());
  }

  private static Connection connection(Optional<SeenFlow> flow) {
    return flow.map(seen -> new Connection(seen.clientRedirected(), seen.serverRedirected()))
        .orElse(null);
  }

  void print(PrintWriter out) {
    new Table<>(nodes)
        .words("NODE", NodeVerification::node)
        .words("VERIFIED", node -> node.problem().isEmpty() ? "yes" : "no")
        .words("POD-IP", node -> redirected(node.byPodIp()))
        .words("SERVICE", node -> redirected(node.throughService()))
        .words("WHY", node -> node.problem().orElse(""))
        .lines(Table.UNLIMITED)
        .forEach(out::println);
    out.println(Wording.count(nodes.size(), "node", "nodes") + ", " + good() + " verified");
  }

  private static String redirected(Optional<SeenFlow> flow) {
    return flow.map(seen -> "> " + seen.clientRedirected() + " < " + seen.serverRedirected())
        .orElse("-");
  }
}
