package io.podwire.cli;

import java.util.List;
import picocli.CommandLine.Option;

/** The nodes of a cluster that a verb is for. */
final class NodesOption {

  @Option(
      names = "--node",
      paramLabel = "NAME",
      split = ",",
      description =
          "only this node of the cluster; repeatable, or separated by commas; default: every node"
              + " that has an agent")
  private List<String> names = List.of();

  /** The names; none where all are meant. */
  List<String> names() {
    return names;
  }
}
