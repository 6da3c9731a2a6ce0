package io.podwire.cli;

import io.podwire.cluster.ClusterStatus;
import io.podwire.cluster.NodeReport;
import io.podwire.cluster.NodeStatus;
import io.podwire.datapath.Build;
import java.util.List;
import java.util.Optional;

/** The JSON form of a cluster's status; {@code docs/accelctl.md} has its schema. */
record ClusterStatusDocument(boolean asWished, List<String> problems, List<Node> nodes) {

  /** A node; what it did not answer is null. */
  record Node(
      String node,
      boolean ready,
      String state,
      Boolean observes,
      String decidedBy,
      Integer generation,
      String build,
      Integer flows,
      Double redirectedShare,
      String agent,
      List<String> problems) {}

  static ClusterStatusDocument of(ClusterStatus status) {
    return new ClusterStatusDocument(
        status.isAsWished(),
        status.problems(),
        status.nodes().stream().map(ClusterStatusDocument::node).toList());
  }

  private static Node node(NodeReport report) {
    Optional<NodeStatus> status = report.status();
    Optional<Build> build = status.flatMap(NodeStatus::build);
    return new Node(
        report.node(),
        report.ready(),
        status.map(answer -> answer.state().toString()).orElse(null),
        status.map(NodeStatus::observes).orElse(null),
        status.map(answer -> answer.authority().toString()).orElse(null),
        build.map(Build::generation).orElse(null),
        build.map(StatusDocument::hash).orElse(null),
        status.map(NodeStatus::flows).orElse(null),
        status
            .map(NodeStatus::redirectedShare)
            .filter(share -> share.isPresent())
            .map(share -> share.getAsDouble())
            .orElse(null),
        report.agent().isEmpty() ? null : report.agent(),
        report.problems());
  }
}
