package io.podwire.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.podwire.datapath.AcceleratedNode;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Guard;
import io.podwire.datapath.RunningKernel;
import io.podwire.datapath.Traffic;
import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The optional programs, and who is incompatible because of what they see. */
@KernelTest
class GuardsTest {

  private static final int PORT = 7000;
  private static final String SOCKET_MEMORY = "memory.kmem.tcp.limit_in_bytes";

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void theGuardsThatEveryKernelTakesAreThere() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);

    assertThat(NODE.datapath().status().guards()).contains(Guard.SETSOCKOPT, Guard.GETSOCKOPT);
    if (RunningKernel.hasTimers()) {
      assertThat(NODE.datapath().status().guards()).contains(Guard.MEMORY);
    }
  }

  /** By cgroup v1, which limits the memory of sockets alone: v2 would kill the receiver. */
  @Test
  void aFlowWhoseReceiversContainerHasNoMemoryGoesBackToTcpAndIsCounted() throws IOException {
    Path controller = Path.of("/sys/fs/cgroup/memory");
    assumeThat(controller.resolve(SOCKET_MEMORY)).exists();
    NODE.accelerate(AcceleratedNode.WITHOUT_GEARS);
    Path container = Files.createTempDirectory(controller, "podwire-test-");
    try (Traffic server = Traffic.serve(NODE.server(), "deaf", NODE.server().ipv4(), PORT)) {
      Files.writeString(container.resolve(SOCKET_MEMORY), Integer.toString(64 << 10));
      Files.writeString(container.resolve("cgroup.procs"), Long.toString(server.pid()));
      // many, since what comes before accept() is not limited
      int connections = 50;
      try (Traffic sender =
          Traffic.start(
              NODE.client(), "-p flood", NODE.server().ipv4(), PORT, connections, 512, 4 << 10)) {
        sender.awaitLine("full");

        assertThat(NODE.count(Counter.CLAIMED)).isEqualTo(connections);
        assertThat(NODE.count(Counter.NO_MEMORY)).isPositive();
        assertThat(NODE.count(Counter.RETIRED_MEMORY)).isPositive();
      }
    } finally {
      await().until(() -> container.toFile().delete());
    }
  }

  @EveryKernel
  @Test
  void aContainerThatWaitsForAllIsIncompatibleAndItsLaterConnectionsKeepToTcp() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);

    assertThat(ContractCases.observe(NODE, "recv-waitall-blocked"))
        .isEqualTo("recv-waitall-blocked: waits for the rest: yes, recv 4 'abcd'\n");

    Map<Long, Counter> incompatible = NODE.datapath().status().containers();
    assertThat(incompatible).hasSize(1).containsValue(Counter.RETIRED_RECV_FLAGS);
    long claimed = NODE.count(Counter.CLAIMED);
    ContractCases.observe(NODE, "message-one-byte");
    assertThat(NODE.count(Counter.CLAIMED)).isEqualTo(claimed);
    assertThat(NODE.count(Counter.SKIPPED_CONTAINER)).isPositive();

    NODE.age("incompatible_containers", Duration.ofMinutes(59));
    ContractCases.observe(NODE, "message-one-byte");
    assertThat(NODE.count(Counter.CLAIMED)).isEqualTo(claimed);
    NODE.age("incompatible_containers", Duration.ofMinutes(1));
    assertThat(NODE.datapath().status().containers()).isEmpty();
    ContractCases.observe(NODE, "message-one-byte");
    assertThat(NODE.count(Counter.CLAIMED)).isGreaterThan(claimed);
  }

  @Test
  void aContainerThatIsForgottenIsAcceleratedAgain() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    ContractCases.observe(NODE, "recv-waitall-blocked");
    long claimed = NODE.count(Counter.CLAIMED);
    long cgroupId = NODE.datapath().status().containers().keySet().iterator().next();

    assertThat(NODE.datapath().forget(cgroupId + 1)).isZero();
    assertThat(NODE.datapath().forget(cgroupId)).isEqualTo(1);

    ContractCases.observe(NODE, "message-one-byte");
    assertThat(NODE.count(Counter.CLAIMED)).isGreaterThan(claimed);
    ContractCases.observe(NODE, "recv-waitall-blocked");
    assertThat(NODE.datapath().forget()).isEqualTo(1);
    assertThat(NODE.datapath().status().containers()).isEmpty();
  }

  @EveryKernel
  @Test
  void aReaderThatFaultsWithItsLockHoldsNoSenderUp() {
    NODE.accelerate(AcceleratedNode.WITHOUT_GEARS);

    assertThat(ContractCases.observe(NODE, "message-reader-faults"))
        .startsWith("message-reader-faults: the sender waits for it: no, send 3, recv 1 ");

    assertThat(NODE.count(Counter.RETIRED_LOCKED)).isEqualTo(1);
  }

  @Test
  void anOptionThatIsLongerThanAPageReachesTheKernel() {
    String plain = longOption();
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);

    assertThat(longOption()).isEqualTo(plain);
  }

  /** IPT_SO_SET_REPLACE, which takes a whole table. */
  private static String longOption() {
    return NODE.client()
        .run(
            "python3",
            "-c",
            "import socket\n"
                + "s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)\n"
                + "try: s.setsockopt(socket.SOL_IP, 64, b'x' * 10000)\n"
                + "except OSError as e: print(e)\n");
  }
}
