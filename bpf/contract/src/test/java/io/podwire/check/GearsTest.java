package io.podwire.check;

import static io.podwire.datapath.Counter.REDIRECTED;
import static io.podwire.datapath.Counter.RESUMED;
import static io.podwire.datapath.Counter.RETIRED_BACKLOG_MESSAGES;
import static io.podwire.datapath.Counter.RETIRED_SEQUENCE;
import static io.podwire.datapath.Counter.SHIFTED_BACKLOG_BYTES;
import static io.podwire.datapath.Counter.SHIFTED_BACKLOG_MESSAGES;
import static io.podwire.datapath.Counter.SHIFTED_CORK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.podwire.datapath.AcceleratedNode;
import io.podwire.datapath.Gears;
import io.podwire.datapath.RunningKernel;
import io.podwire.datapath.Settings;
import io.podwire.datapath.Traffic;
import io.podwire.testbed.Cpus;
import io.podwire.testbed.Placement;
import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.net.InetAddress;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A direction that went by TCP for an obstacle that passed is redirected again. */
@KernelTest
class GearsTest {

  private static final int PORT = 7000;
  private static final Settings GEARS = AcceleratedNode.EVERY_FLOW_JOINS.withGears(Gears.ON);

  /** Messages of a turn: what is planned, what is sent, what comes back. */
  private static final int MESSAGES = 3;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @BeforeEach
  void onlyWhereTheProgramsHaveThem() {
    assumeThat(RunningKernel.supportsGears()).isTrue();
  }

  @EveryKernel
  @ParameterizedTest
  @ValueSource(strings = {"", "-p "})
  void betweenBurstsThatOutrunTheirReadersEveryMessageIsRedirected(String reader) {
    NODE.accelerate(GEARS);
    NODE.serve(NODE.server(), reader + "turns", NODE.server().ipv4(), PORT);
    Traffic client = NODE.start(NODE.client(), reader + "talk", NODE.server().ipv4(), PORT);
    client.awaitLine("ready");
    client.talk(10, 64, 64);
    for (int burst = 0; burst < 10; burst++) {
      client.talk(1, 16 << 20, 16 << 20);
      client.talk(2, 64, 64); // what shifted is redirected again
      long before = NODE.count(REDIRECTED);
      client.talk(1000, 64, 64);
      assertThat(NODE.count(REDIRECTED) - before).isGreaterThanOrEqualTo(990 * MESSAGES);
    }
    // The single CPU of an emulated machine may let the reader keep up, so that nothing shifts.
    if (!AcceleratedNode.EMULATED || NODE.count(SHIFTED_BACKLOG_BYTES) > 0) {
      assertThat(NODE.count(RESUMED)).isPositive();
    }
    assertNothingRetired();
  }

  @EveryKernel
  @Test
  void aDirectionGoesBackToTcpForGoodOnceItsReaderWaitsForEdges() {
    NODE.accelerate(GEARS);

    ContractCases.observe(
        NODE, "event-epoll-edge-short-large"); // many flows; edges, behind the overflow

    assertThat(NODE.count(SHIFTED_BACKLOG_BYTES)).isPositive();
    // Not each: a stream may have sent its last message by then, or its reader may have read all
    // that TCP was given before the next one, which is redirected.
    assertThat(NODE.count(RETIRED_SEQUENCE))
        .isPositive()
        .isLessThanOrEqualTo(NODE.count(SHIFTED_BACKLOG_BYTES) - NODE.count(RESUMED));
  }

  @EveryKernel
  @Test
  void whatASenderCorksGoesByTcpAndTheDirectionIsNotRetired() {
    NODE.accelerate(GEARS);

    ContractCases.observe(NODE, "option-cork", "option-more");

    assertThat(NODE.count(SHIFTED_CORK)).isEqualTo(2);
    assertNothingRetired();
  }

  /** TCP sends many of them at a time, which is faster. */
  @Test
  void smallMessagesThatOutrunTheirReaderAgainAndAgainAreLeftToTcp() {
    int cpu = Cpus.choose(Placement.SAME).client(); // the reader's turn comes after many messages
    InetAddress server = NODE.server().ipv4();
    NODE.accelerate(GEARS.withMaxBacklogMessages(64));
    NODE.serve(NODE.server().onCpu(cpu), "turns", server, PORT);
    Traffic client = NODE.start(NODE.client().onCpu(cpu), "-s 64 talk", server, PORT);
    client.awaitLine("ready");

    client.talk(1, 1 << 20, 64);

    assertThat(NODE.count(SHIFTED_BACKLOG_MESSAGES)).isGreaterThan(1);
    assertThat(NODE.count(RETIRED_BACKLOG_MESSAGES) + NODE.count(RETIRED_SEQUENCE)).isOne();
  }

  private static void assertNothingRetired() {
    assertThat(NODE.datapath().status().counters())
        .allSatisfy(
            (counter, events) -> {
              if (counter.name().startsWith("RETIRED_")) {
                assertThat(events).as(counter.toString()).isZero();
              }
            });
  }
}
