package io.podwire.datapath;

import static io.podwire.datapath.Counter.CLAIMED;
import static io.podwire.datapath.Counter.JOIN_REFUSED;
import static io.podwire.datapath.Counter.LEFT;
import static io.podwire.datapath.Counter.REDIRECTED;
import static io.podwire.datapath.Counter.REDIRECTED_BYTES;
import static io.podwire.datapath.Counter.RETIRED_BACKLOG_BYTES;
import static io.podwire.datapath.Counter.RETIRED_RCVLOWAT;
import static io.podwire.datapath.Counter.SKIPPED_INCOMPATIBLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.net.InetAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What applications see of their byte streams, against the real kernel.
 *
 * <p>The ends of the storms wait in poll(): tcp_bpf_recvmsg() of a sleeping reader takes any
 * wake-up of its socket for data, also the one that frees room for its own sends, and fails with
 * EAGAIN.
 */
@KernelTest
class StreamTest {

  private static final int PORT = 7000;
  private static final long GIGABYTE = 1_000_000_000;

  /** Some seconds, also where a CPU is emulated. */
  private static final long STORM_BYTES = AcceleratedNode.EMULATED ? GIGABYTE / 10 : 2 * GIGABYTE;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @EveryKernel
  @Test
  void noByteIsLostOrMovedWhileAccelerationIsSwitchedAsFastAsItCanBe() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "-p duplex", NODE.server().ipv4(), PORT);

    Traffic storm =
        NODE.start(NODE.client(), "-p storm", NODE.server().ipv4(), PORT, 8, STORM_BYTES, 1);
    NODE.awaitRedirects();
    int switches = 0;
    while (storm.isRunning()) {
      NODE.datapath().disable();
      NODE.datapath().enable();
      NODE.datapath().disableNow();
      NODE.datapath().enable();
      switches++;
    }

    storm.awaitSuccess();
    assertThat(storm.value("bytes")).isGreaterThanOrEqualTo(STORM_BYTES);
    assertThat(switches).isGreaterThan(10);
    assertThat(NODE.count(LEFT)).isPositive();
    NODE.awaitNoFlows();
  }

  @Test
  void noByteIsLostOrMovedWhenFlowsOutrunTheirReaders() {
    Settings tight =
        AcceleratedNode.EVERY_FLOW_JOINS.withMaxBacklogBytes(64 << 10).withMaxBacklogMessages(8);
    NODE.accelerate(tight);
    NODE.serve(NODE.server(), "-p duplex", NODE.server().ipv6(), PORT);

    Traffic.run(NODE.client(), "-p storm", NODE.server().ipv6(), PORT, 8, GIGABYTE / 4, 2);

    assertThat(NODE.count(CLAIMED)).isPositive();
    NODE.awaitNoFlows();
  }

  @EveryKernel
  @ParameterizedTest
  @ValueSource(longs = {1, 1 << 10, 64 << 10})
  void aReaderThatDoesNotReadBoundsWhatIsQueuedForIt(long messageBytes) {
    Settings settings = AcceleratedNode.EVERY_FLOW_JOINS.withMaxBacklogBytes(1 << 20);
    long tcpBuffers = 1 << 20; // what -b leaves to both sockets, with room
    NODE.accelerate(settings);
    InetAddress server = NODE.server().ipv4();
    NODE.serve(NODE.server(), "-b 65536 stuck", server, PORT);

    Traffic sender = Traffic.run(NODE.client(), "-b 65536 push", server, PORT, messageBytes);

    // the second connection of stuck, and its answer, are one message
    assertThat(NODE.count(REDIRECTED)).isBetween(2L, settings.maxBacklogMessages() + 1L);
    assertThat(NODE.count(REDIRECTED_BYTES)).isLessThanOrEqualTo(settings.maxBacklogBytes() + 8L);
    assertThat(sender.value("pushed")).isLessThanOrEqualTo(settings.maxBacklogBytes() + tcpBuffers);
    assertThat(sender.value("drained")).isEqualTo(sender.value("pushed") + messageBytes);
    NODE.awaitNoFlows();
  }

  @EveryKernel
  @Test
  void aBlockingReadAfterHalfCloseGetsTheAnswer() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "late-echo", NODE.server().ipv4(), PORT);

    Traffic.run(NODE.client(), "halfclose", NODE.server().ipv4(), PORT, 200);

    assertThat(NODE.count(CLAIMED)).isEqualTo(200);
    // the server may be late
    assertThat(NODE.count(REDIRECTED)).isGreaterThanOrEqualTo(AcceleratedNode.EMULATED ? 180 : 200);
    NODE.awaitNoFlows();
  }

  @Test
  void aSocketThatConnectsAnewReadsNothingOfItsFormerConnection() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "greet", NODE.server().ipv4(), PORT);

    Traffic.run(NODE.client(), "reconnect", NODE.server().ipv4(), PORT, 20);

    assertThat(NODE.count(CLAIMED)).as("the first connection of each socket").isEqualTo(20);
    assertThat(NODE.count(JOIN_REFUSED)).as("the second").isEqualTo(20);
    NODE.awaitNoFlows();
  }

  @Test
  void aHalfCloseWithUnreadBytesLosesNothingAndMakesItsPartiesIncompatible() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "greet", NODE.server().ipv4(), PORT);

    Traffic.run(NODE.client(), "-p unread", NODE.server().ipv4(), PORT, 20);

    assertThat(NODE.count(CLAIMED)).isEqualTo(1);
    assertThat(NODE.count(SKIPPED_INCOMPATIBLE)).isEqualTo(19);
    NODE.awaitNoFlows();
  }

  @Test
  void aBlockingReadAfterALongWriteGetsTheAnswer() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "duplex", NODE.server().ipv4(), PORT);

    Traffic.run(NODE.client(), "upload", NODE.server().ipv4(), PORT, 100, 16 << 20);

    assertThat(NODE.count(CLAIMED)).as("%s", NODE.datapath().status().counters()).isEqualTo(100);
    NODE.awaitNoFlows();
  }

  @Test
  void aReaderThatWaitsForManyBytesIsNotWokenByFewer() {
    NODE.accelerate(AcceleratedNode.WITHOUT_GEARS);
    NODE.serve(NODE.server(), "-p lowat", NODE.server().ipv4(), PORT);

    Traffic client = Traffic.run(NODE.client(), "dribble", NODE.server().ipv4(), PORT, 1000);

    assertThat(client.value("early")).isZero();
    assertThat(NODE.count(CLAIMED)).isEqualTo(1);
    assertThat(NODE.count(RETIRED_RCVLOWAT)).isPositive();
  }

  @EveryKernel
  @Test
  void aReaderThatWaitsForAnEdgeAtTheLastRedirectedByteIsWokenAndIncompatible() {
    assumeThat(RunningKernel.wakesReaders()).as("known limit edge-triggered").isTrue();
    NODE.accelerate(AcceleratedNode.WITHOUT_GEARS.withMaxBacklogBytes(4096));
    NODE.serve(NODE.server(), "edges", NODE.server().ipv4(), PORT);

    Traffic.run(NODE.client(), "upload", NODE.server().ipv4(), PORT, 1, 60_000);

    assertThat(NODE.count(RETIRED_BACKLOG_BYTES)).isEqualTo(1);
    Traffic.run(NODE.client(), "upload", NODE.server().ipv4(), PORT, 1, 60_000);
    assertThat(NODE.count(SKIPPED_INCOMPATIBLE)).isEqualTo(1);
  }

  @EveryKernel
  @Test
  void aReaderThatIsToBeWokenIsNotLeftAloneByAnUnload() {
    assumeThat(RunningKernel.wakesReaders()).as("known limit edge-triggered").isTrue();
    NODE.accelerate(AcceleratedNode.WITHOUT_GEARS.withMaxBacklogBytes(4096));
    NODE.serve(NODE.server(), "edges", NODE.server().ipv4(), PORT);
    Traffic client = NODE.start(NODE.client(), "upload", NODE.server().ipv4(), PORT, 1, 60_000);
    await().until(() -> NODE.count(RETIRED_BACKLOG_BYTES) == 1);

    NODE.datapath().unload(Duration.ofSeconds(20), false);

    client.awaitSuccess();
  }
}
