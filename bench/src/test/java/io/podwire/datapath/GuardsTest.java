package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.bench.Scratch;
import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The optional programs, and what is remembered of who needed them. */
@KernelTest
class GuardsTest {

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void theGuardsThatEveryKernelTakesAreThere() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);

    assertThat(NODE.datapath().status().guards()).contains(Guard.SETSOCKOPT, Guard.GETSOCKOPT);
  }

  @EveryKernel
  @Test
  void aContainerThatWaitsForAllIsRememberedAndItsLaterConnectionsKeepToTcp() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    try (Scratch scratch = Scratch.create()) {
      Path probe = scratch.program("/io/podwire/bpf/probe");

      assertThat(probe(probe, "recv-waitall-blocked"))
          .isEqualTo("recv-waitall-blocked: waits for the rest: yes, recv 4 'abcd'\n");

      Map<Long, Counter> remembered = NODE.datapath().status().containers();
      assertThat(remembered).hasSize(1).containsValue(Counter.RETIRED_RECV_FLAGS);
      long claimed = NODE.count(Counter.CLAIMED);
      probe(probe, "message-one-byte");
      assertThat(NODE.count(Counter.CLAIMED)).isEqualTo(claimed);
      assertThat(NODE.count(Counter.SKIPPED_CONTAINER)).isPositive();
    }
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

  private static String probe(Path program, String name) {
    return NODE.client()
        .run(
            program.toString(),
            "-c",
            name,
            NODE.client().netns(),
            NODE.server().netns(),
            NODE.client().ipv4().getHostAddress(),
            NODE.client().ipv6().getHostAddress(),
            NODE.server().ipv4().getHostAddress(),
            NODE.server().ipv6().getHostAddress());
  }
}
