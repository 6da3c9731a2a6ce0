package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What can be seen of the flows that are there, against the real kernel. */
@KernelTest
class FlowsTest {

  private static final int PORT = 7000;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @EveryKernel
  @Test
  void aFlowIsListedWithWhatEachEndSeesOfIt() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv6(), PORT);
    Traffic client = NODE.hold(NODE.client(), NODE.server().ipv6(), PORT, 3);
    client.exchange();

    List<Flow> flows = NODE.datapath().flows();

    assertThat(flows)
        .hasSize(3)
        .allSatisfy(
            flow -> {
              FlowEnd c = flow.client().orElseThrow();
              FlowEnd s = flow.server().orElseThrow();
              assertThat(c.remote())
                  .isEqualTo(new InetSocketAddress(NODE.server().ipv6(), PORT))
                  .isEqualTo(s.local());
              assertThat(c.local().getAddress()).isEqualTo(NODE.client().ipv6());
              assertThat(s.remote()).isEqualTo(c.local());
              assertThat(c.netns()).isPositive().isNotEqualTo(s.netns());
              assertThat(c.redirected()).isEqualTo(2).isEqualTo(s.redirected());
              assertThat(c.redirectedBytes()).isPositive().isEqualTo(s.redirectedBytes());
              assertThat(flow.ends()).allMatch(end -> end.retired().isEmpty());
              assertThat(System.nanoTime() - c.joinedNanos()).isPositive();
            });
  }

  @EveryKernel
  @Test
  void asManyEndsAreCountedAsAWalkFinds() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    try (PinnedBuild build = build()) {
      assertThat(build.flows().size()).isZero();

      Traffic some = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 10);
      NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 100);
      assertThat(build.flows().size()).isEqualTo(build.flows().ends().size()).isEqualTo(220);
      assertThat(NODE.datapath().status().flows()).isEqualTo(110);

      some.close();
      await().until(() -> build.flows().ends().size() == 200);
      assertThat(build.flows().size()).isEqualTo(200);
    }
  }

  /** Each key that is read takes some memory. */
  @Test
  void toCountManyTakesNoMoreThanToCountFew() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    try (PinnedBuild build = build()) {
      NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 10);
      build.flows().size();
      final long few = allocatedByACount(build);

      NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 500);

      assertThat(allocatedByACount(build)).isLessThan(2 * few);
    }
  }

  private static PinnedBuild build() {
    return new PinDirectory(NODE.bed().pinDir(), Build.GENERATION).current().orElseThrow();
  }

  private static long allocatedByACount(PinnedBuild build) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThat(build.flows().size()).isPositive();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  @EveryKernel
  @Test
  void everyMapShowsHowFullItIs() throws UnknownHostException {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS.withMaxFlows(1000), NODE.server());
    NODE.datapath().select(List.of(Prefix.of(NODE.client().ipv4())), Selection.SELECTED);
    NODE.datapath().select(List.of(Prefix.cidr("10.9.0.0/16")), Selection.EXCLUDED);
    Set<InetAddress> addresses = new HashSet<>();
    for (int i = 0; i < 3000; i++) {
      addresses.add(InetAddress.getByAddress(new byte[] {10, 1, (byte) (i >> 8), (byte) i}));
    }
    NODE.datapath().nodeAddresses(addresses);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 3);

    assertThat(NODE.datapath().maps())
        .containsEntry("flows", new Occupancy(6, 2000))
        .containsEntry("leaving", new Occupancy(0, 2000))
        .containsEntry("selection", new Occupancy(6, 65_536))
        .containsEntry("nodes", new Occupancy(3000, 4096))
        .containsEntry("policies", new Occupancy(0, 16_384))
        .containsKeys(
            "handshakes",
            "namespaces",
            "flow_lengths",
            "incompatible_parties",
            "policies",
            "incompatible_containers");
  }

  @EveryKernel
  @Test
  void everyMapSaysHowMuchMemoryItTakes() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS, NODE.server());

    assertThat(NODE.datapath().mapMemory())
        .containsOnlyKeys(PinnedMaps.names())
        .hasEntrySatisfying( // of each CPU, and there may be one alone
            "counters",
            bytes -> assertThat(bytes).isGreaterThan((long) Long.BYTES * Counter.values().length));
  }

  @Test
  void whereAnAddressIsTranslatedTheTwoEndsShowIt() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    NODE.client()
        .run(
            "iptables",
            "-t",
            "nat",
            "-A",
            "OUTPUT",
            "-d",
            "10.96.0.7",
            "-p",
            "tcp",
            "--dport",
            "80",
            "-j",
            "DNAT",
            "--to-destination",
            NODE.server().ipv4().getHostAddress() + ":7000");
    InetSocketAddress service = new InetSocketAddress("10.96.0.7", 80);
    NODE.hold(NODE.client(), service.getAddress(), service.getPort(), 1);

    Flow flow = NODE.datapath().flows().get(0);

    assertThat(flow.client().orElseThrow().remote()).isEqualTo(service);
    assertThat(flow.server().orElseThrow().local())
        .isEqualTo(new InetSocketAddress(NODE.server().ipv4(), PORT));
  }

  @Test
  void aReaderThatDoesNotReadShowsAsBacklogAndAsStalledAfterItsPeerHasLeft() {
    NODE.accelerate(AcceleratedNode.WITHOUT_GEARS.withMaxBacklogMessages(16));
    NODE.serve(NODE.server(), "stuck", NODE.server().ipv4(), PORT);
    NODE.start(NODE.client(), "push", NODE.server().ipv4(), PORT, 1000);

    await().until(() -> flow().filter(flow -> flow.client().isEmpty()).isPresent());
    Flow before = flow().orElseThrow();
    FlowEnd reader = before.server().orElseThrow();
    assertThat(reader.unread()).isEqualTo(16);
    assertThat(reader.unreadBytes()).isEqualTo(16_000);
    assertThat(reader.retired()).contains(Counter.RETIRED_PEER);
    assertThat(flow().orElseThrow().isStalledSince(before)).isTrue();
  }

  private static Optional<Flow> flow() {
    return NODE.datapath().flows().stream()
        .filter(flow -> flow.ends().anyMatch(end -> end.unread() > 0))
        .findFirst();
  }

  @Test
  void aFlowThatIsSentBackToTcpIsLeavingWhileItsReaderHasBytesToRead() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "stuck", NODE.server().ipv4(), PORT);
    NODE.start(NODE.client(), "hold", NODE.server().ipv4(), PORT, 1);
    NODE.awaitRedirects();
    assertThat(NODE.datapath().status().leaving()).isZero();

    NODE.datapath().disableNow();

    assertThat(NODE.datapath().status().leaving()).isEqualTo(1);
  }

  @Test
  void theTimeThatFlowsTakeToLeaveIsCounted() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS.withMaxBacklogBytes(4096));
    NODE.serve(NODE.server(), "-p duplex", NODE.server().ipv4(), PORT);

    Traffic.run(NODE.client(), "-p storm", NODE.server().ipv4(), PORT, 4, 20_000_000, 1);

    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              LeavingTimes times = NODE.datapath().status().leavingTimes();
              assertThat(times.count()).isPositive();
              assertThat(times.microseconds(0.5)).isPositive().isLessThan(1 << 20);
            });
  }
}
