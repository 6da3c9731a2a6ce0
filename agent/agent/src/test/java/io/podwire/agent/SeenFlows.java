package io.podwire.agent;

import io.podwire.datapath.Flow;
import io.podwire.datapath.FlowEnd;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Joining;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Status;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Flows between pods of some Deployments; each message has ten bytes. */
final class SeenFlows {

  private static final List<String> WORKLOADS = List.of("web", "db", "cache", "batch");

  static final Names NAMES = Names.of(PodsDocument.of("worker-1", state(), Map.of()));

  private SeenFlows() {}

  /** An agent that has selected a pod of each, of the addresses 10.1.0.1 and so on. */
  static AgentState state() {
    List<PodDecision> pods =
        IntStream.range(0, WORKLOADS.size())
            .mapToObj(
                pod -> {
                  Set<Prefix> addresses = Set.of(Prefix.of(address(ip(pod))));
                  return new PodDecision(
                      new PodFacts(
                          "default",
                          WORKLOADS.get(pod) + "-0",
                          "uid-" + pod,
                          "deployment/" + WORKLOADS.get(pod),
                          Map.of(),
                          Optional.empty(),
                          false,
                          false,
                          addresses,
                          Set.of()),
                      new TrustedAddresses(
                          Map.of(addresses.iterator().next(), AddressSource.STATUS), Map.of()),
                      true,
                      "mode opt-out");
                })
            .toList();
    return new AgentState(pods, Optional.empty(), Admission.unchecked(), Status.absent());
  }

  static WorkloadPair pair(String client, String server) {
    return new WorkloadPair(
        new Names.Workload("default", "deployment/" + client),
        new Names.Workload("default", "deployment/" + server));
  }

  static Flow webToDb(long handshake, long joined, long sent, long answered) {
    return webToDb(handshake, joined, sent, answered, 0);
  }

  static Flow webToDb(long handshake, long joined, long sent, long answered, int returns) {
    return flow(handshake, ip(0), ip(1), joined, sent, answered, returns);
  }

  static Flow flow(String client, String server, long handshake, long sent) {
    return flow(
        handshake,
        ip(WORKLOADS.indexOf(client)),
        ip(WORKLOADS.indexOf(server)),
        System.nanoTime(),
        sent,
        0,
        0);
  }

  /**
   * @param joined ns of {@link System#nanoTime}
   * @param sent messages that the client's end redirected
   * @param answered those of the server's
   */
  static Flow flow(
      long handshake,
      String client,
      String server,
      long joined,
      long sent,
      long answered,
      int returns) {
    InetSocketAddress one = new InetSocketAddress(address(client), 40_000);
    InetSocketAddress other = new InetSocketAddress(address(server), 80);
    return new Flow(
        handshake,
        Optional.of(end(one, other, joined, sent, returns)),
        Optional.of(end(other, one, joined, answered, returns)),
        InMemoryDatapath.BUILD);
  }

  private static FlowEnd end(
      InetSocketAddress local, InetSocketAddress remote, long joined, long messages, int returns) {
    return new FlowEnd(
        local,
        remote,
        1,
        1,
        joined,
        messages,
        10 * messages,
        Optional.empty(),
        Optional.empty(),
        0,
        returns,
        Joining.BY_HANDSHAKE,
        0,
        0);
  }

  private static String ip(int pod) {
    return "10.1.0." + (pod + 1);
  }

  private static InetAddress address(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
