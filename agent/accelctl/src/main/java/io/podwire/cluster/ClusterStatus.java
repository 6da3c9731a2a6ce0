package io.podwire.cluster;

import java.util.List;

/**
 * What the agents of a cluster say.
 *
 * @param nodes that are to have an agent, by their names
 * @param problems of no single node
 */
public record ClusterStatus(List<NodeReport> nodes, List<String> problems) {

  /** Nodes that are as wished. */
  public int nodesAsWished() {
    return (int) nodes.stream().filter(node -> node.problems().isEmpty()).count();
  }

  /** Whether there are agents, and all nodes are as wished, and no problem is left. */
  public boolean isAsWished() {
    return problems.isEmpty() && nodesAsWished() == nodes.size();
  }
}
