package io.podwire.cli;

import io.podwire.datapath.Flow;
import io.podwire.datapath.FlowEnd;
import io.podwire.datapath.Reason;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whose connections are asked about: those of one party, or between two. Where the port of the
 * second is named, only those that the first opens to it; else whoever opens them.
 *
 * @param parties one or two
 */
record Question(List<Party> parties) {

  private Party one() {
    return parties.get(0);
  }

  private Party other() {
    return parties.get(1);
  }

  boolean concerns(Reason reason) {
    return concerns(reason.client(), reason.listener());
  }

  /** An end that left is known by what the other one sees of it. */
  boolean concerns(Flow flow) {
    Optional<InetSocketAddress> client = local(flow.client(), flow.server());
    Optional<InetSocketAddress> server = local(flow.server(), flow.client());
    return concerns(client.orElseThrow().getAddress(), server.orElseThrow());
  }

  private static Optional<InetSocketAddress> local(Optional<FlowEnd> end, Optional<FlowEnd> peer) {
    return end.map(FlowEnd::local).or(() -> peer.map(FlowEnd::remote));
  }

  private boolean concerns(InetAddress client, InetSocketAddress listener) {
    if (parties.size() == 1) {
      return one().has(client) || one().has(listener);
    }
    boolean asked = one().has(client) && other().has(listener);
    boolean reversed = other().has(client) && one().has(listener.getAddress());
    return asked || (reversed && other().port().isEmpty());
  }

  /**
   * Whether it is to be counted, once for each connection. Of one party those count of which both
   * ends are seen: the others leave the node, or an address is translated.
   *
   * @param established all ends that are seen
   */
  boolean concerns(OpenConnections.End end, Set<OpenConnections.End> established) {
    if (parties.size() == 1) {
      return one().has(end.local())
          && established.contains(end.reversed())
          && !(one().has(end.remote()) && end.local().getPort() > end.remote().getPort());
    }
    return other().has(end.local()) && one().has(end.remote().getAddress());
  }
}
