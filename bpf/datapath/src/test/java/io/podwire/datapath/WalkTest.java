package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.podwire.bpf.BpfMap;
import io.podwire.testing.KernelTest;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What it costs to read maps that hold much. */
@KernelTest
class WalkTest {

  private static final int PORT = 7000;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void aWalkAllocatesMemoryForManyKeysAtATime() throws Exception {
    List<Prefix> prefixes = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      prefixes.add(
          Prefix.of(InetAddress.getByAddress(new byte[] {10, 5, (byte) (i / 250), (byte) i})));
    }
    NODE.datapath().load();
    NODE.datapath().select(prefixes, Selection.SELECTED);
    try (BpfMap map = BpfMap.open(NODE.bed().pinDir().resolve(Build.carried() + "/selection"))) {
      long before = buffers();

      assertThat(map.keys()).hasSize(1000);
      Set<ByteBuffer> read = new HashSet<>();
      map.forEach((key, value) -> read.add(key));
      assertThat(read).isEqualTo(map.keys());

      assertThat(buffers() - before).as("direct buffers").isLessThan(100);
      assertThat(map.isEmpty()).isFalse();
    }
    assertThat(NODE.datapath().selection().keySet()).containsExactlyInAnyOrderElementsOf(prefixes);
  }

  private static long buffers() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getCount)
        .sum();
  }

  @Test
  void aDrainThatWaitsForReadersDoesNotWalkTheSockhashAllTheTime() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    stuck(PORT, 1);
    await().until(() -> NODE.flows() == 1);
    long few = allocatedByADrain();

    NODE.datapath().enable();
    for (int port = PORT + 1; port <= PORT + 6; port++) {
      stuck(port, 100);
    }
    await().until(() -> NODE.datapath().flows().size() > 400); // of many only one end is left
    long many = allocatedByADrain();

    // each key that is read takes some memory, and so does each look
    assertThat(many).isLessThan(2 * few);
  }

  private static void stuck(int port, int connections) {
    NODE.serve(NODE.server(), "stuck", NODE.server().ipv4(), port);
    NODE.start(NODE.client(), "hold", NODE.server().ipv4(), port, connections);
  }

  private static long allocatedByADrain() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThatThrownBy(() -> NODE.datapath().unload(Duration.ofSeconds(3), false))
        .hasMessageContaining("after 3000 ms: ");
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    return allocated;
  }
}
