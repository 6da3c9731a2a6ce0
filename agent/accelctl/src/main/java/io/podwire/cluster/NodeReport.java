package io.podwire.cluster;

import java.util.List;
import java.util.Optional;

/**
 * A node that is to have an agent, and what that says.
 *
 * @param node its name
 * @param ready whether the agent follows the cluster
 * @param status of the datapath; empty where the node did not answer
 * @param agent version of the agent, with its commit behind a plus; empty where it did not say
 * @param problems why the node is not as wished; empty where it is
 */
public record NodeReport(
    String node, boolean ready, Optional<NodeStatus> status, String agent, List<String> problems) {}
