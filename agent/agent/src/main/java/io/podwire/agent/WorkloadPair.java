package io.podwire.agent;

import io.podwire.datapath.Flow;
import java.util.Optional;

/**
 * Two workloads of which one connects to the other.
 *
 * @param client whose pods connect
 * @param server whose pods accept
 */
record WorkloadPair(Names.Workload client, Names.Workload server) {

  /** The pair that a flow belongs to; empty where an end of it has no name. */
  static Optional<WorkloadPair> of(Flow flow, Names names) {
    return names
        .workload(flow.clientAddress().getAddress())
        .flatMap(
            client ->
                names
                    .workload(flow.serverAddress().getAddress())
                    .map(server -> new WorkloadPair(client, server)));
  }
}
