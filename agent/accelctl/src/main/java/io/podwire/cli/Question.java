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
 * Whose connections are asked about: those of one party, or between two. Where the last one's port
 * is named, only those that are opened to it; else whoever opens them.
 *
 * @param parties one or two
 * @param namespaces cookies of the network namespaces that the one party's sockets were seen in: a
 *     connection over loopback shows its addresses to nobody else
 */
record Question(List<Party> parties, Set<Long> namespaces) {

  boolean isOfTwo() {
    return parties.size() == 2;
  }

  private Party one() {
    return parties.get(0);
  }

  /** The second party, or the only one. */
  private Party last() {
    return parties.get(parties.size() - 1);
  }

  boolean concerns(Reason reason) {
    return concerns(reason.client(), reason.listener(), reason.netns());
  }

  /** An end that left is known by what the other one sees of it. */
  boolean concerns(Flow flow) {
    InetSocketAddress client = local(flow.client(), flow.server()).orElseThrow();
    InetSocketAddress server = local(flow.server(), flow.client()).orElseThrow();
    return concerns(client.getAddress(), server, flow.ends().findFirst().orElseThrow().netns());
  }

  private static Optional<InetSocketAddress> local(Optional<FlowEnd> end, Optional<FlowEnd> peer) {
    return end.map(FlowEnd::local).or(() -> peer.map(FlowEnd::remote));
  }

  private boolean concerns(InetAddress client, InetSocketAddress listener, long netns) {
    boolean anyPort = last().port().isEmpty();
    if (isOfTwo()) {
      return (one().has(client) && last().has(listener))
          || (anyPort && last().has(client) && one().has(listener.getAddress()));
    }
    if (listener.getAddress().isLoopbackAddress()) {
      return namespaces.contains(netns) && (anyPort || isAsked(listener.getPort()));
    }
    return one().has(listener) || (anyPort && one().has(client));
  }

  private boolean isAsked(int port) {
    return last().port().orElse(port) == port;
  }

  /** Whether one of its addresses is at either side. */
  boolean mayConcern(OpenConnections.End end) {
    return parties.stream()
        .anyMatch(
            party -> party.has(end.local().getAddress()) || party.has(end.remote().getAddress()));
  }

  /**
   * Whether it is to be counted, once for each connection. Of one party those count of which both
   * ends are seen: the others leave the node, or an address of theirs is translated.
   *
   * @param established all ends that are seen
   */
  boolean concerns(OpenConnections.End end, Set<OpenConnections.End> established) {
    boolean accepted = last().has(end.local());
    boolean opened = last().port().isEmpty() && one().has(end.local());
    boolean twice = established.contains(end.reversed());
    if (isOfTwo()) {
      return (accepted && one().has(end.remote().getAddress()))
          || (opened && last().has(end.remote().getAddress()) && !twice);
    }
    boolean both = one().has(end.remote());
    return accepted && twice && !(both && end.local().getPort() > end.remote().getPort());
  }
}
