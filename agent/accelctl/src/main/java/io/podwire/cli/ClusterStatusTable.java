package io.podwire.cli;

import io.podwire.cluster.ClusterStatus;
import io.podwire.cluster.NodeReport;
import io.podwire.cluster.NodeStatus;
import io.podwire.datapath.Authority;
import io.podwire.datapath.Build;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.OptionalDouble;

/** A cluster's status for people: a line for each node. */
final class ClusterStatusTable {

  private static final String UNKNOWN = "-";

  private ClusterStatusTable() {}

  static void print(ClusterStatus status, PrintWriter out) {
    new Table<>(status.nodes())
        .words("NODE", NodeReport::node)
        .words("READY", node -> node.ready() ? "yes" : "no")
        .words("STATE", node -> node.status().map(ClusterStatusTable::state).orElse(UNKNOWN))
        .words("BUILD", ClusterStatusTable::build)
        .numbers("FLOWS", ClusterStatusTable::flows)
        .numbers("REDIRECTED", ClusterStatusTable::redirected)
        .words("AGENT", node -> node.agent().isEmpty() ? UNKNOWN : node.agent())
        .words("WHY", node -> String.join("; ", node.problems()))
        .lines(Table.UNLIMITED)
        .forEach(out::println);
    status.problems().forEach(out::println);
    out.println(
        Wording.count(status.nodes().size(), "node", "nodes")
            + ", "
            + status.nodesAsWished()
            + " as wished");
  }

  /** With who switched it, where that was not the agent by itself. */
  private static String state(NodeStatus status) {
    String state = status.observes() ? "observing" : status.state().toString();
    return status.authority() == Authority.AGENT || status.authority() == Authority.NOBODY
        ? state
        : state + " (" + status.authority() + ")";
  }

  private static String build(NodeReport node) {
    return node.status().flatMap(NodeStatus::build).map(Build::toString).orElse(UNKNOWN);
  }

  private static String flows(NodeReport node) {
    return node.status().map(status -> Integer.toString(status.flows())).orElse(UNKNOWN);
  }

  private static String redirected(NodeReport node) {
    return node.status()
        .map(NodeStatus::redirectedShare)
        .filter(OptionalDouble::isPresent)
        .map(share -> String.format(Locale.ROOT, "%.1f %%", 100 * share.getAsDouble()))
        .orElse(UNKNOWN);
  }
}
