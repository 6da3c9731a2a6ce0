package io.podwire.datapath;

import static io.podwire.datapath.Counter.CLAIMED;
import static io.podwire.datapath.Counter.REDIRECTED;
import static io.podwire.datapath.Counter.RETIRED_LATE_PEER;
import static io.podwire.datapath.Counter.RETIRED_LOCKED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.podwire.testbed.Ends;
import io.podwire.testbed.Family;
import io.podwire.testbed.Network;
import io.podwire.testbed.Target;
import io.podwire.testbed.Testbed;
import io.podwire.testbed.TestbedException;
import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Pods as Spiderpool and its coordinator make them: two interfaces, {@code veth0} with the same
 * address in all of them, and Services by the node. VLANs and IPvlans are there in the kernels of
 * distributions, not in every machine's.
 */
@KernelTest
class SpiderpoolTest {

  private static final int PORT = 5201;
  private static final int CONNECTIONS = 5;
  private static final int MESSAGES = 10;
  private static final int STORM_SECONDS = 5;
  private static final int STORM_CONNECTIONS = 20;

  static List<Network> networks() {
    return Network.spiderpool();
  }

  @EveryKernel
  @ParameterizedTest
  @MethodSource("networks")
  void bothInterfacesAndServicesAreAcceleratedAndAStormLeavesEveryByteRight(Network network) {
    try (Testbed bed = open(network)) {
      Datapath datapath = NetworksTest.loaded(bed);
      try {
        datapath.select(addresses(bed).map(Prefix::of).toList(), Selection.SELECTED);
        datapath.enable();
        for (Family family : Family.values()) {
          for (Ends ends : connections(bed, family)) {
            assertJoins(datapath, ends);
          }
          storm(datapath, bed.ends(Target.SERVICE_MASQUERADED, family).orElseThrow());
        }
      } finally {
        datapath.unload(Duration.ofSeconds(10), true);
        datapath.close();
      }
    }
  }

  private static Testbed open(Network network) {
    try {
      return Testbed.open(network, 0);
    } catch (TestbedException e) {
      assumeThat(network != Network.SPIDERPOOL_MACVLAN && e.getMessage().contains("device type"))
          .as(e.getMessage())
          .isFalse();
      throw e;
    }
  }

  /** By eth0, by net1, and by a Service. */
  private static List<Ends> connections(Testbed bed, Family family) {
    Ends first = bed.ends(Target.POD_IP, family).orElseThrow();
    InetAddress second = first.server().addresses().get(2 + family.ordinal());
    return List.of(
        first,
        new Ends(first.server(), first.client(), second, second),
        bed.ends(Target.SERVICE_MASQUERADED, family).orElseThrow());
  }

  private static Stream<InetAddress> addresses(Testbed bed) {
    return Stream.of("server", "client").flatMap(pod -> bed.pod(pod).addresses().stream());
  }

  /** All join, and what they say is redirected; one may lose its CPU in the wrong moment. */
  private static void assertJoins(DatapathView datapath, Ends ends) {
    Map<Counter, Long> grown = NetworksTest.moved(datapath, () -> exchange(ends));
    long toTcp = grown.get(RETIRED_LATE_PEER) + grown.get(RETIRED_LOCKED);
    assertThat(toTcp).as("%s", ends).isLessThanOrEqualTo(1);
    assertThat(grown.get(CLAIMED)).as("%s", ends).isEqualTo(CONNECTIONS);
    assertThat(grown.get(REDIRECTED))
        .as("%s", ends)
        .isBetween(2L * MESSAGES * (CONNECTIONS - toTcp), 2L * MESSAGES * CONNECTIONS);
  }

  private static void exchange(Ends ends) {
    try (Traffic server = Traffic.serve(ends.server(), "echo", ends.listen(), PORT)) {
      Traffic.run(ends.client(), "pairs", ends.connect(), PORT, CONNECTIONS, MESSAGES);
    }
  }

  /** A crowd that checks every byte, while acceleration is switched. */
  private static void storm(Datapath datapath, Ends ends) {
    long before = datapath.status().counters().get(CLAIMED);
    try (Traffic server = Traffic.serve(ends.server(), "counterpart", ends.listen(), PORT)) {
      Traffic crowd =
          Traffic.start(
              ends.client(),
              "crowd",
              ends.connect(),
              PORT,
              STORM_CONNECTIONS,
              STORM_SECONDS,
              ends.hashCode());
      while (crowd.isRunning()) {
        datapath.disableNow();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        datapath.enable();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
      }
      crowd.awaitSuccess();
    }
    assertThat(datapath.status().counters().get(CLAIMED)).as("%s", ends).isGreaterThan(before);
  }
}
