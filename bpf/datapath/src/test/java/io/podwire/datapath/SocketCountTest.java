package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.podwire.bpf.BpfMap;
import io.podwire.datapath.SocketCount.Structs;
import io.podwire.testing.KernelTest;
import java.lang.management.ManagementFactory;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class SocketCountTest {

  private static final int PORT = 7000;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  private final Structs structs = new Structs(384, 16, 48);

  @Test
  void whatTheTableAndItsBucketsDoNotTakeIsOfSockets() {
    assertThat(structs.sockets(384 + 131072 * 16 + 100_002 * 64, 131072, 12)).hasValue(100_002);
    assertThat(structs.sockets(384 + 128 * 16, 100, 12)).hasValue(0);
    assertThat(structs.sockets(384 + 16 + 64, 1, 16)).hasValue(1);
  }

  @Test
  void memoryThatASockhashCannotTakeTellsNothing() {
    OptionalInt nothing = OptionalInt.empty();

    assertThat(structs.sockets(384 + 128 * 16 - 64, 100, 12)).isEqualTo(nothing);
    assertThat(structs.sockets(384 + 128 * 16 + 63, 100, 12)).isEqualTo(nothing);
    assertThat(structs.sockets(384 + 128 * 16 + 101 * 64, 100, 12)).isEqualTo(nothing);
  }

  @Test
  void asManyAreCountedAsAWalkFinds() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    try (BpfMap flows = flows()) {
      assertThat(SocketCount.of(flows, 1)).isZero();

      Traffic some = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 10);
      assertThat(SocketCount.of(flows, 1)).isEqualTo(flows.keys().size()).isEqualTo(20);

      NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 100);
      assertThat(SocketCount.of(flows, 1)).isEqualTo(flows.keys().size()).isEqualTo(220);
      assertThat(SocketCount.of(flows, 1000)).isEqualTo(220);

      some.close();
      await().until(() -> flows.keys().size() == 200);
      assertThat(SocketCount.of(flows, 1)).isEqualTo(200);
    }
  }

  @Test
  void toCountManyTakesNoMoreThanToCountFew() {
    assumeTrue(RunningKernel.tellsMemoryInUse(), "this kernel's sockhashes are walked");
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    try (BpfMap flows = flows()) {
      NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 10);
      SocketCount.of(flows, 1);
      long few = allocatedByACount(flows);

      NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 500);

      // each key that is read takes some memory
      assertThat(allocatedByACount(flows)).isLessThan(2 * few);
    }
  }

  private static BpfMap flows() {
    return BpfMap.open(NODE.bed().pinDir().resolve(Build.carried() + "/" + FlowTable.FLOWS));
  }

  private static long allocatedByACount(BpfMap flows) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThat(SocketCount.of(flows, 1)).isPositive();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }
}
