package io.podwire.datapath;

import static io.podwire.datapath.Counter.CLAIMED;
import static io.podwire.datapath.Counter.OBSERVED;
import static io.podwire.datapath.Counter.OBSERVED_BYTES;
import static io.podwire.datapath.Counter.OBSERVED_MESSAGES;
import static io.podwire.datapath.Counter.OBSERVED_SHORT;
import static io.podwire.datapath.Counter.PASSED;
import static io.podwire.datapath.Counter.REDIRECTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node that only observes joins nothing, and counts what would have joined. */
@KernelTest
class ObserveTest {

  private static final int PORT = 7000;
  private static final Settings OBSERVES = Settings.DEFAULT.withObserves(true);

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @EveryKernel
  @Test
  void connectionsAreCountedAndNoneJoins() {
    NODE.accelerate(OBSERVES);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);

    pairs(20, 10);
    awaitAllClosed();

    assertThat(NODE.count(OBSERVED)).isEqualTo(20);
    assertThat(NODE.count(OBSERVED_SHORT)).isZero();
    assertThat(NODE.count(OBSERVED_MESSAGES)).isCloseTo(2 * 20 * 10, within(40L));
    assertThat(NODE.count(CLAIMED) + NODE.count(REDIRECTED) + NODE.count(PASSED)).isZero();
  }

  @EveryKernel
  @Test
  void whatWouldBeTooShortIsCountedByItself() {
    NODE.accelerate(OBSERVES);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);

    pairs(20, 1);
    awaitAllClosed();

    assertThat(NODE.count(OBSERVED)).isEqualTo(20);
    assertThat(NODE.count(OBSERVED_SHORT)).isEqualTo(20);
    assertThat(NODE.count(OBSERVED_MESSAGES)).isZero();
  }

  /** The same conversation once more, joined, says how many messages there were. */
  @EveryKernel
  @Test
  void theMessagesOfAMixAreEstimatedWithinATenth() {
    NODE.accelerate(OBSERVES);
    List<Observation> open = converse();
    awaitAllClosed();
    long estimated = NODE.count(OBSERVED_MESSAGES);
    long bytes = NODE.count(OBSERVED_BYTES);
    assertThat(open)
        .hasSize(2)
        .allSatisfy(
            end -> {
              assertThat(end.client()).isEqualTo(NODE.client().ipv4());
              assertThat(end.listener())
                  .isEqualTo(new InetSocketAddress(NODE.server().ipv4(), PORT));
            });
    assertThat(open.stream().mapToLong(Observation::messages).sum()).isEqualTo(estimated);
    // a FIN counts as a byte
    assertThat(open.stream().mapToLong(Observation::bytes).sum()).isCloseTo(bytes, within(2L));

    NODE.datapath().reconfigure(settings -> AcceleratedNode.EVERY_FLOW_JOINS);
    converse();
    NODE.awaitNoFlows();

    long messages = NODE.count(REDIRECTED) + NODE.count(PASSED);
    System.out.printf("estimated %d of %d messages, %d bytes%n", estimated, messages, bytes);
    assertThat(NODE.count(OBSERVED)).isOne();
    assertThat(estimated).isCloseTo(messages, within(messages / 10));
  }

  /** Takes turns of several sizes; returns its ends as they are observed before it closes. */
  private static List<Observation> converse() {
    try (Traffic server = Traffic.serve(NODE.server(), "turns", NODE.server().ipv4(), PORT)) {
      Traffic client = NODE.start(NODE.client(), "talk", NODE.server().ipv4(), PORT);
      client.awaitLine("ready");
      client.talk(200, 64, 64);
      client.talk(60, 200, 16_384);
      client.talk(60, 1000, 3000);
      client.talk(20, 40_000, 10_000);
      List<Observation> observed = NODE.datapath().observed();
      client.close();
      return observed;
    }
  }

  private static void awaitAllClosed() {
    await().until(() -> NODE.datapath().observed().isEmpty());
  }

  private static void pairs(int connections, int messages) {
    Traffic.run(NODE.client(), "pairs", NODE.server().ipv4(), PORT, connections, messages);
  }
}
