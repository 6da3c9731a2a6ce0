package io.podwire.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.podwire.datapath.AcceleratedNode;
import io.podwire.datapath.Counter;
import io.podwire.datapath.RunningKernel;
import io.podwire.testing.KernelTest;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Readers that epoll wakes edge-triggered, and that stop where they can tell, without an EAGAIN,
 * that nothing is left: each way to tell, while their flows go back to TCP.
 */
@KernelTest
class EdgesTest {

  /**
   * How often all cases run, with four connections each: {@code -Dpodwire.edges.rounds=75} makes
   * these 300.
   */
  private static final int ROUNDS = Integer.getInteger("podwire.edges.rounds", 2);

  private static final int STREAMS = 4;
  private static final String[] CASES =
      Stream.of("short", "counted", "exceeded")
          .flatMap(stop -> Stream.of("large", "small", "large-loopback").map(of -> stop + "-" + of))
          .map(name -> "event-epoll-edge-" + name)
          .toArray(String[]::new);

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void noReaderWaitsForAnEdgeThatDoesNotCome() {
    assumeThat(RunningKernel.wakesReaders()).as("this kernel wakes readers").isTrue();
    String[] expected =
        Stream.of(CASES)
            .map(name -> name + ": " + STREAMS + " times: every edge, intact: yes, all sent: yes")
            .toArray(String[]::new);

    for (int round = 1; round <= ROUNDS; round++) {
      NODE.accelerate(AcceleratedNode.WITHOUT_GEARS);
      // so that the network namespaces are known before a connection over loopback
      ContractCases.observe(NODE, "message-one-byte");
      long before = NODE.count(Counter.CLAIMED);

      assertThat(ContractCases.observe(NODE, CASES).lines())
          .as("round %d", round)
          .containsOnly(expected);

      long claimed = NODE.count(Counter.CLAIMED) - before;
      assertThat(claimed).isGreaterThanOrEqualTo(CASES.length);
      // by memory, where others on a small machine take it
      assertThat(NODE.count(Counter.RETIRED_BACKLOG_BYTES) + NODE.count(Counter.RETIRED_MEMORY))
          .isEqualTo(claimed);
      // Who had to be woken is incompatible, and does not join again.
      assertThat(claimed + NODE.count(Counter.SKIPPED_INCOMPATIBLE))
          .isEqualTo((long) CASES.length * STREAMS);
      NODE.datapath().unload(Duration.ofSeconds(10), true);
    }
  }
}
