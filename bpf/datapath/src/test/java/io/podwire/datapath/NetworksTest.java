package io.podwire.datapath;

import static io.podwire.datapath.Counter.CLAIMED;
import static io.podwire.datapath.Counter.COMPLETED;
import static io.podwire.datapath.Counter.REDIRECTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.testbed.Ends;
import io.podwire.testbed.Family;
import io.podwire.testbed.Network;
import io.podwire.testbed.Place;
import io.podwire.testbed.Target;
import io.podwire.testbed.Testbed;
import io.podwire.testing.KernelTest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The datapaths that the bench compares: each is what it says. */
@KernelTest
class NetworksTest {

  private static final int SERVICES = 200;
  private static final int PORT = 5201;
  private static final int CONNECTIONS = 5;
  private static final int MESSAGES = 10;

  private static final Map<Network, Set<Target>> TARGETS =
      Map.of(
          Network.MACVLAN, EnumSet.of(Target.POD_IP, Target.SERVICE_MASQUERADED),
          Network.MACVLAN_ROUTED, EnumSet.of(Target.POD_IP, Target.SERVICE_MASQUERADED),
          Network.VETH_BRIDGE, EnumSet.allOf(Target.class),
          Network.VETH_IPTABLES, EnumSet.allOf(Target.class),
          Network.VETH_REDIRECT, EnumSet.of(Target.POD_IP),
          Network.LOOPBACK, EnumSet.of(Target.POD_IP));

  private static final Map<Network, Testbed> BEDS = new EnumMap<>(Network.class);
  private static final Map<Network, Datapath> DATAPATHS = new EnumMap<>(Network.class);

  @AfterAll
  static void close() {
    for (Datapath datapath : DATAPATHS.values()) {
      datapath.unload(Duration.ofSeconds(10), true);
      datapath.close();
    }
    BEDS.values().forEach(Testbed::close);
  }

  static List<Network> networks() {
    return Network.testbeds();
  }

  static Stream<Arguments> connections() {
    return networks().stream()
        .flatMap(
            network ->
                TARGETS.get(network).stream()
                    .flatMap(
                        target ->
                            Stream.of(Family.values())
                                .map(family -> Arguments.of(network, target, family))));
  }

  @ParameterizedTest
  @MethodSource("connections")
  void aConnectionIsAcceleratedAndIsPlainTcpWhenDisabled(
      Network network, Target target, Family family) {
    Ends ends = bed(network).ends(target, family).orElseThrow();
    Datapath datapath = datapath(network);
    datapath.deselect(datapath.selection().keySet());
    datapath.select(ends.addresses().stream().map(Prefix::of).toList(), Selection.SELECTED);
    try (Traffic server = Traffic.serve(ends.server(), "echo", ends.listen(), PORT)) {
      datapath.enable();
      Map<Counter, Long> accelerated = moved(datapath, () -> exchange(ends));
      datapath.disable();
      Map<Counter, Long> disabled = moved(datapath, () -> exchange(ends));

      assertThat(accelerated)
          .containsEntry(CLAIMED, (long) CONNECTIONS)
          .containsEntry(COMPLETED, (long) CONNECTIONS)
          .containsEntry(REDIRECTED, 2L * CONNECTIONS * MESSAGES);
      assertThat(disabled)
          .containsEntry(CLAIMED, 0L)
          .containsEntry(COMPLETED, 0L)
          .containsEntry(REDIRECTED, 0L);
    }
  }

  @ParameterizedTest
  @MethodSource("connections")
  void theServerSeesTheNodeOfAMasqueradedClientAndElseTheClient(
      Network network, Target target, Family family) throws UnknownHostException {
    Testbed bed = bed(network);
    Ends ends = bed.ends(target, family).orElseThrow();
    try (Traffic server = Traffic.serve(ends.server(), "echo", ends.listen(), PORT);
        Traffic client = Traffic.start(ends.client(), "hold", ends.connect(), PORT, 1)) {
      client.awaitLine("round 0 failed 0");

      String connection = ends.server().run("ss", "-Htn", "sport", "=", ":" + PORT);
      String peer = connection.strip().split(" +")[4];
      InetAddress seen = InetAddress.getByName(peer.substring(0, peer.lastIndexOf(':')));
      if (target == Target.SERVICE_MASQUERADED) {
        assertThat(bed.node().addresses()).contains(seen);
      } else {
        assertThat(ends.addresses()).contains(seen);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void whatANetworkDoesNotHaveIsEmpty(Network network) {
    for (Target target : EnumSet.complementOf(EnumSet.copyOf(TARGETS.get(network)))) {
      for (Family family : Family.values()) {
        assertThat(bed(network).ends(target, family)).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MACVLAN", "VETH_BRIDGE", "VETH_IPTABLES"})
  void everyServiceHasEightRules(Network network) {
    try (Testbed without = Testbed.open(network, 0)) {
      for (String save : new String[] {"iptables-save", "ip6tables-save"}) {
        assertThat(rules(bed(network), save) - rules(without, save)).isEqualTo(8L * SERVICES);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void onlyWhatPassesTheStackOfTheNodeOrTheRouterIsForwardedThere(Family family) {
    assertThat(forwarded(Network.VETH_IPTABLES, Testbed::node, family)).isPositive();
    assertThat(forwarded(Network.VETH_BRIDGE, Testbed::node, family)).isPositive();
    assertThat(forwarded(Network.VETH_REDIRECT, Testbed::node, family)).isZero();
    assertThat(forwarded(Network.MACVLAN, Testbed::node, family)).isZero();
    assertThat(forwarded(Network.MACVLAN_ROUTED, Testbed::node, family)).isZero();
    assertThat(forwarded(Network.MACVLAN_ROUTED, Testbed::outside, family)).isPositive();
  }

  @ParameterizedTest
  @MethodSource("networks")
  void closingRemovesEverything(Network network) throws Exception {
    String mounts = Files.readString(Path.of("/proc/self/mounts"));
    Path cgroup;
    Process process;
    try (Testbed bed = Testbed.open(network, SERVICES)) {
      cgroup = bed.cgroup().getParent();
      process = bed.pod("client").command("sleep", "1000").start();
    }

    assertThat(process.waitFor()).isNotZero();
    assertThat(cgroup).doesNotExist();
    assertThat(Files.readString(Path.of("/proc/self/mounts"))).isEqualTo(mounts);
  }

  @Test
  void namesAreForJson() {
    assertThat(Network.MACVLAN_ROUTED).hasToString("macvlan-routed");
    assertThat(Target.POD_IP).hasToString("pod-ip");
    assertThat(Family.IPV6).hasToString("ipv6");
  }

  private static Testbed bed(Network network) {
    return BEDS.computeIfAbsent(network, missing -> Testbed.open(missing, SERVICES));
  }

  /** Loaded, and disabled but within a test: it takes seconds to load. */
  private static Datapath datapath(Network network) {
    return DATAPATHS.computeIfAbsent(network, missing -> loaded(bed(missing)));
  }

  static Datapath loaded(Testbed bed) {
    Datapath datapath = KernelDatapath.at(bed.pinDir(), bed.cgroup());
    datapath.configure(any -> AcceleratedNode.EVERY_FLOW_JOINS);
    datapath.nodeAddresses(bed.node().addresses());
    datapath.load();
    return datapath;
  }

  /** How much each counter grew. */
  static Map<Counter, Long> moved(DatapathView datapath, Runnable during) {
    Map<Counter, Long> before = datapath.status().counters();
    during.run();
    Map<Counter, Long> moved = new EnumMap<>(datapath.status().counters());
    moved.replaceAll((counter, after) -> after - before.get(counter));
    return moved;
  }

  private static void exchange(Ends ends) {
    Traffic.run(ends.client(), "pairs", ends.connect(), PORT, CONNECTIONS, MESSAGES);
  }

  private static long rules(Testbed bed, String save) {
    return bed.node().run(save).lines().filter(line -> line.startsWith("-A")).count();
  }

  /** Packets of a few connections to the pod IP that a place forwarded. */
  private static long forwarded(Network network, Function<Testbed, Place> by, Family family) {
    Ends ends = bed(network).ends(Target.POD_IP, family).orElseThrow();
    Place place = by.apply(bed(network));
    String iptables = family == Family.IPV4 ? "iptables" : "ip6tables";
    place.run(iptables, "-I", "FORWARD", "-p", "tcp");
    try (Traffic server = Traffic.serve(ends.server(), "echo", ends.listen(), PORT)) {
      exchange(ends);
      String counted = place.run(iptables, "-nvxL", "FORWARD", "1");
      return Long.parseLong(counted.strip().split(" +")[0]);
    } finally {
      place.run(iptables, "-D", "FORWARD", "1");
    }
  }
}
