package io.podwire.datapath;

import static io.podwire.datapath.Counter.ANNOUNCED;
import static io.podwire.datapath.Counter.CLAIMED;
import static io.podwire.datapath.Counter.COMPLETED;
import static io.podwire.datapath.Counter.REDIRECTED;
import static io.podwire.datapath.Counter.RETIRED_LATE_PEER;
import static io.podwire.datapath.Counter.RETIRED_LOCKED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podwire.testbed.Place;
import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which connections are accelerated, against the real kernel. */
@KernelTest
class PairingTest {

  private static final int PORT = 7000;
  private static final int CONNECTIONS = 50;
  private static final int MESSAGES = 10;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  enum FamilyUnderTest {
    IPV4("0.0.0.0", "127.0.0.1", "10.96.0.10", "iptables", Place::ipv4, Place::routedIpv4),
    IPV6("::", "::1", "fd96::10", "ip6tables", Place::ipv6, Place::routedIpv6);

    final InetAddress any;
    final InetAddress loopback;
    final InetAddress service;
    final String iptables;
    final Function<Place, InetAddress> address;
    final Function<Place, InetAddress> routed;

    FamilyUnderTest(
        String any,
        String loopback,
        String service,
        String iptables,
        Function<Place, InetAddress> address,
        Function<Place, InetAddress> routed) {
      this.any = literal(any);
      this.loopback = literal(loopback);
      this.service = literal(service);
      this.iptables = iptables;
      this.address = address;
      this.routed = routed;
    }

    /** Adds a rule about TCP to the address translation of a place. */
    void nat(Place place, String chain, String... rule) {
      Stream<String> head = Stream.of(iptables, "-t", "nat", "-A", chain, "-p", "tcp");
      place.run(Stream.concat(head, Stream.of(rule)).toArray(String[]::new));
    }

    /** Has the node serve a pod's port under the Service's address, at port 80. */
    void serve(Place node, Place pod, int port) {
      String address = routed.apply(pod).getHostAddress();
      String target = this == IPV6 ? "[" + address + "]:" + port : address + ":" + port;
      nat(
          node,
          "PREROUTING",
          "-d",
          service.getHostAddress(),
          "--dport",
          "80",
          "-j",
          "DNAT",
          "--to-destination",
          target);
    }
  }

  @EveryKernel
  @ParameterizedTest
  @EnumSource
  void podsOnOneNodeTalkSocketToSocket(FamilyUnderTest family) {
    accelerate();
    NODE.serve(NODE.server(), "echo", family.any, PORT);

    assertAccelerated(NODE.client(), family.address.apply(NODE.server()), PORT);
  }

  @ParameterizedTest
  @EnumSource
  void podsOnDifferentNetworksTalkSocketToSocketThroughTheNode(FamilyUnderTest family) {
    accelerate();
    NODE.serve(NODE.server(), "echo", family.any, PORT);

    assertAccelerated(NODE.client(), family.routed.apply(NODE.server()), PORT);
  }

  @Test
  void anIpv4ClientOfADualStackListenerIsAccelerated() {
    accelerate();
    NODE.serve(NODE.server(), "echo", FamilyUnderTest.IPV6.any, PORT);

    assertAccelerated(NODE.client(), NODE.server().ipv4(), PORT);
  }

  @ParameterizedTest
  @EnumSource
  void aServiceAddressIsAcceleratedBehindDnat(FamilyUnderTest family) {
    accelerate();
    NODE.serve(NODE.server(), "echo", family.any, PORT);
    family.serve(NODE.bed().node(), NODE.server(), PORT);

    assertAccelerated(NODE.client(), family.service, 80);
  }

  @Test
  void aBusyConnectionThroughAServiceOutlivesItsEntryInTheConnectionTracker() {
    accelerate();
    NODE.serve(NODE.server(), "echo", FamilyUnderTest.IPV4.any, PORT);
    FamilyUnderTest.IPV4.serve(NODE.bed().node(), NODE.server(), PORT);
    setting(NODE.bed().node(), "netfilter/nf_conntrack_tcp_timeout_established", 3);
    setting(NODE.client(), "ipv4/tcp_keepalive_time", 1);
    setting(NODE.client(), "ipv4/tcp_keepalive_intvl", 1);
    try (Traffic client = NODE.hold(NODE.client(), FamilyUnderTest.IPV4.service, 80, 1)) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5); // of the entry, but for probes
      await()
          .pollInterval(Duration.ofMillis(100))
          .until(
              () -> {
                client.exchange();
                return System.nanoTime() > end;
              });
      assertThat(NODE.flows()).isEqualTo(1);
    } // closes; its FIN must find the server

    NODE.awaitNoFlows();
  }

  private static void setting(Place place, String name, int value) {
    place.run("sh", "-c", "echo " + value + " >/proc/sys/net/" + name);
  }

  @EveryKernel
  @ParameterizedTest
  @EnumSource
  void aServiceAddressIsAcceleratedWhenTheNodeMasqueradesItsClients(FamilyUnderTest family) {
    accelerate();
    NODE.datapath().nodeAddresses(NODE.bed().node().addresses());
    NODE.serve(NODE.server(), "echo", family.any, PORT);
    family.serve(NODE.bed().node(), NODE.server(), PORT);
    family.nat(NODE.bed().node(), "POSTROUTING", "--dport", "7000", "-j", "MASQUERADE");

    assertAccelerated(NODE.client(), family.service, 80);
  }

  @ParameterizedTest
  @EnumSource
  void aMasqueradedClientIsNotAcceleratedWhenTheNodesAddressIsUnknown(FamilyUnderTest family) {
    accelerate();
    NODE.serve(NODE.server(), "echo", family.any, PORT);
    family.nat(NODE.bed().node(), "POSTROUTING", "--dport", "7000", "-j", "MASQUERADE");

    assertPlainTcp(NODE.client(), family.routed.apply(NODE.server()));
  }

  @ParameterizedTest
  @EnumSource
  void connectionsThatTheServersPodRedirectsToItsProxyAreAccelerated(FamilyUnderTest family) {
    accelerate();
    NODE.serve(NODE.server(), "echo", family.any, 15006);
    family.nat(
        NODE.server(), "PREROUTING", "--dport", "80", "-j", "REDIRECT", "--to-ports", "15006");

    assertAccelerated(NODE.client(), family.address.apply(NODE.server()), 80);
  }

  @ParameterizedTest
  @EnumSource
  void connectionsThatTheClientsPodRedirectsToItsProxyAreAccelerated(FamilyUnderTest family) {
    accelerate();
    learnNamespaces();
    NODE.serve(NODE.client(), "echo", family.any, 15001);
    family.nat(NODE.client(), "OUTPUT", "--dport", "80", "-j", "REDIRECT", "--to-ports", "15001");

    assertAccelerated(NODE.client(), family.address.apply(NODE.server()), 80);
  }

  @ParameterizedTest
  @EnumSource
  void loopbackInAPodIsAcceleratedOnceThePodUsedASelectedAddress(FamilyUnderTest family) {
    accelerate();
    NODE.serve(NODE.client(), "echo", family.loopback, PORT);
    assertPlainTcp(NODE.client(), family.loopback);

    learnNamespaces();

    assertAccelerated(NODE.client(), family.loopback, PORT);
  }

  @ParameterizedTest
  @EnumSource
  void loopbackOfTheNodeIsLeftAlone(FamilyUnderTest family) {
    accelerate();
    learnNamespaces();
    NODE.serve(NODE.bed().node(), "echo", family.loopback, PORT);

    assertPlainTcp(NODE.bed().node(), family.loopback);
  }

  @ParameterizedTest
  @EnumSource
  void aClientThatIsNotSelectedIsLeftAlone(FamilyUnderTest family) {
    select(NODE.server());
    NODE.serve(NODE.server(), "echo", family.any, PORT);

    assertPlainTcp(NODE.client(), family.address.apply(NODE.server()));
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatIsNotSelectedIsLeftAlone(FamilyUnderTest family) {
    select(NODE.client());
    NODE.serve(NODE.server(), "echo", family.any, PORT);

    assertPlainTcp(NODE.client(), family.address.apply(NODE.server()));
  }

  @ParameterizedTest
  @MethodSource("selectedNetworks")
  void anExcludedAddressInASelectedNetworkIsLeftAlone(FamilyUnderTest family, String network) {
    InetAddress server = family.address.apply(NODE.server());
    NODE.datapath().configure(any -> AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.datapath().select(List.of(Prefix.cidr(network)), Selection.SELECTED);
    NODE.datapath().select(List.of(Prefix.of(server)), Selection.EXCLUDED);
    NODE.datapath().enable();
    NODE.serve(NODE.server(), "echo", family.any, PORT);

    assertPlainTcp(NODE.client(), server);

    NODE.datapath().deselect(List.of(Prefix.of(server)));
    assertAccelerated(NODE.client(), server, PORT);
  }

  static Stream<Arguments> selectedNetworks() {
    return Stream.of(
        Arguments.of(FamilyUnderTest.IPV4, "10.66.0.0/24"),
        Arguments.of(FamilyUnderTest.IPV6, "fd66::/64"));
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionFromOutsideTheNodeIsNotEnrolled(FamilyUnderTest family) {
    accelerate();
    NODE.serve(NODE.server(), "echo", family.any, PORT);

    assertPlainTcp(NODE.bed().outside(), family.address.apply(NODE.server()));
    assertThat(NODE.count(ANNOUNCED)).isZero();
  }

  @EveryKernel
  @ParameterizedTest
  @EnumSource
  void aConnectionToOutsideTheNodeIsNotEnrolled(FamilyUnderTest family) {
    accelerate();
    NODE.serve(NODE.bed().outside(), "echo", family.any, PORT);

    assertPlainTcp(NODE.client(), family.address.apply(NODE.bed().outside()));
    assertThat(NODE.count(ANNOUNCED)).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void aSelectedAddressOutsideTheNodeIsAnnouncedAndNeverEnrolled(FamilyUnderTest family) {
    accelerate();
    InetAddress outside = family.address.apply(NODE.bed().outside());
    NODE.datapath().select(List.of(Prefix.of(outside)), Selection.SELECTED);
    NODE.serve(NODE.server(), "echo", family.any, PORT);

    assertPlainTcp(NODE.bed().outside(), family.address.apply(NODE.server()));
    assertThat(NODE.count(ANNOUNCED)).isPositive();
  }

  @Test
  void twoThousandShortConnectionsAllPairAndLeaveNothingBehind() {
    accelerate();
    NODE.serve(NODE.server(), "echo", FamilyUnderTest.IPV4.any, PORT);

    Traffic.run(NODE.client(), "pairs", NODE.server().ipv4(), PORT, 2000, 1);

    assertThat(NODE.count(CLAIMED)).isEqualTo(2000);
    assertThat(NODE.count(COMPLETED)).isEqualTo(2000);
    long locked = NODE.count(RETIRED_LOCKED); // as in assertAccelerated()
    assertThat(locked).isLessThanOrEqualTo(20);
    assertThat(NODE.count(REDIRECTED)).isBetween(2 * (2000 - locked), 2L * 2000);
    await()
        .untilAsserted(
            () ->
                assertThat(NODE.datapath().maps())
                    .extractingByKeys("flows", "handshakes", "leaving")
                    .extracting(Occupancy::entries)
                    .containsOnly(0));
  }

  private static void accelerate() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
  }

  private static void select(Place pod) {
    NODE.datapath().configure(any -> AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.datapath().select(pod.addresses().stream().map(Prefix::of).toList(), Selection.SELECTED);
    NODE.datapath().enable();
  }

  /** A pod's namespace is known from its first connection on a selected address. */
  private static void learnNamespaces() {
    NODE.serve(NODE.server(), "echo", FamilyUnderTest.IPV4.any, 7999);
    Traffic.run(NODE.client(), "pairs", NODE.server().ipv4(), 7999, 1, 1);
  }

  private static void assertAccelerated(Place client, InetAddress address, int port) {
    Status before = NODE.datapath().status();

    Traffic.run(client, "pairs", address, port, CONNECTIONS, MESSAGES);

    Status after = NODE.datapath().status();
    long late = growth(before, after, RETIRED_LATE_PEER);
    assertThat(late).isLessThanOrEqualTo(AcceleratedNode.EMULATED ? CONNECTIONS / 10 : 0);
    assertThat(growth(before, after, CLAIMED)).isEqualTo(CONNECTIONS);
    // a server may complete just as its client gave up
    assertThat(growth(before, after, COMPLETED)).isBetween(CONNECTIONS - late, (long) CONNECTIONS);
    // a reader that loses its CPU with its lock held ends its flow's acceleration
    long locked = growth(before, after, RETIRED_LOCKED);
    assertThat(locked).isLessThanOrEqualTo(CONNECTIONS / 10);
    assertThat(growth(before, after, REDIRECTED))
        .isBetween(
            2L * MESSAGES * (CONNECTIONS - late - locked), 2L * MESSAGES * (CONNECTIONS - late));
  }

  /** While its connection lives, no socket is in the sockhash: flows counts what is. */
  private static void assertPlainTcp(Place client, InetAddress address) {
    Status before = NODE.datapath().status();
    Traffic connections = NODE.hold(client, address, PORT, 5);
    Status after = NODE.datapath().status();
    connections.close();

    assertThat(after.flows()).isZero();
    assertThat(growth(before, after, CLAIMED)).isZero();
    assertThat(growth(before, after, COMPLETED)).isZero();
    assertThat(growth(before, after, REDIRECTED)).isZero();
  }

  private static long growth(Status before, Status after, Counter counter) {
    return after.counters().get(counter) - before.counters().get(counter);
  }

  private static InetAddress literal(String address) {
    try {
      return InetAddress.getByName(address);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
