package io.podwire.check;

import static io.podwire.datapath.Counter.REDIRECTED;
import static io.podwire.datapath.Counter.RESUMED;
import static io.podwire.datapath.Counter.RETIRED_BACKLOG_BYTES;
import static io.podwire.datapath.Counter.RETIRED_BACKLOG_MESSAGES;
import static io.podwire.datapath.Counter.RETIRED_BULK;
import static io.podwire.datapath.Counter.RETIRED_LOCKED;
import static io.podwire.datapath.Counter.RETIRED_SEQUENCE;
import static io.podwire.datapath.Counter.SHIFTED_BACKLOG_BYTES;
import static io.podwire.datapath.Counter.SHIFTED_BACKLOG_MESSAGES;
import static io.podwire.datapath.Counter.SHIFTED_BULK;
import static io.podwire.datapath.Counter.SHIFTED_CORK;
import static io.podwire.datapath.Counter.SHIFTED_LOCKED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.podwire.datapath.AcceleratedNode;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Gears;
import io.podwire.datapath.RunningKernel;
import io.podwire.datapath.Settings;
import io.podwire.datapath.Traffic;
import io.podwire.testbed.Cpus;
import io.podwire.testbed.Place;
import io.podwire.testbed.Placement;
import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.net.InetAddress;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A direction that went by TCP for an obstacle that passed is redirected again. */
@KernelTest
class GearsTest {

  private static final int PORT = 7000;
  private static final Settings GEARS = AcceleratedNode.EVERY_FLOW_JOINS.withGears(Gears.ON);

  private static final String CONGESTION_CONTROL = "net.ipv4.tcp_congestion_control";

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
    try (Traffic server =
        Traffic.serve(NODE.server(), reader + "turns", NODE.server().ipv4(), PORT)) {
      Traffic client = NODE.start(NODE.client(), reader + "talk", NODE.server().ipv4(), PORT);
      client.awaitLine("ready");
      client.talk(10, 64, 64);
      for (int burst = 0; burst < 10; burst++) {
        if (reader.isEmpty()) { // a signal would bring it back from recv(): see blocked-reader
          client.talk(1, 16 << 20, 16 << 20);
        } else {
          outrun(server, client, SHIFTED_BACKLOG_BYTES, 16 << 20);
        }
        client.talk(2, 64, 64); // what shifted is redirected again
        long before = NODE.count(REDIRECTED);
        client.talk(1000, 64, 64);
        assertThat(NODE.count(REDIRECTED) - before).isGreaterThanOrEqualTo(990 * MESSAGES);
      }
    }
    assertThat(NODE.count(RESUMED)).isGreaterThanOrEqualTo(reader.isEmpty() ? 0 : 10);
    assertNothingRetired();
  }

  /** What is on its stack once it has left the wait queue was taken for a second reader. */
  @Test
  void aReaderThatWakesUpWhileItIsLookedAtIsNotTakenForTwo() {
    Cpus cpus = Cpus.choose(Placement.SPLIT);
    InetAddress address = NODE.server().ipv4();
    NODE.accelerate(GEARS.withMaxBacklogBytes(64 << 10));
    try (Traffic server = Traffic.serve(cpus.server(NODE.server()), "turns", address, PORT)) {
      Traffic client = NODE.start(cpus.client(NODE.client()), "talk", address, PORT);
      client.awaitLine("ready");
      client.talk(100_000, 64, 64);
      client.talk(1, 16 << 20, 16 << 20);
    }

    assertThat(NODE.count(SHIFTED_BACKLOG_BYTES) + NODE.count(SHIFTED_BULK)).isPositive();
    assertNothingRetired();
  }

  @EveryKernel
  @Test
  void aDirectionWhoseReaderWaitsForEdgesGoesBackToTcpForGood() {
    InetAddress address = NODE.server().ipv4();
    NODE.accelerate(GEARS);
    try (Traffic server = Traffic.serve(NODE.server(), "-r edge turns", address, PORT)) {
      Traffic client = NODE.start(NODE.client(), "-p talk", address, PORT);
      client.awaitLine("ready");
      client.talk(10, 64, 64);

      outrun(server, client, RETIRED_BACKLOG_BYTES, 16 << 20, 64);
    }

    // a slow CPU may find the reader's lock held for long first
    assertThat(NODE.count(RETIRED_BACKLOG_BYTES) + NODE.count(RETIRED_LOCKED)).isOne();
    assertThat(NODE.count(SHIFTED_BACKLOG_BYTES) + NODE.count(SHIFTED_LOCKED)).isZero();
  }

  @EveryKernel
  @Test
  void whatASenderCorksGoesByTcpAndTheDirectionIsNotRetired() {
    NODE.accelerate(GEARS);

    ContractCases.observe(NODE, "option-cork", "option-more");

    assertThat(NODE.count(SHIFTED_CORK)).isEqualTo(2);
    assertNothingRetired();
  }

  /** TCP does it with fewer switches of the task, or fewer interrupts of another CPU. */
  @EveryKernel
  @Test
  void bulkToAReaderThatSleepsBetweenMessagesGoesByTcpUntilThatAnswers() {
    bulk(
        Placement.SAME,
        "reno",
        "turns",
        client -> {
          assertThat(NODE.count(SHIFTED_BULK)).isOne();
          client.talk(2, 64, 64); // what shifted is redirected again
          long before = NODE.count(REDIRECTED);
          client.talk(100, 64, 64);
          assertThat(NODE.count(REDIRECTED) - before).isGreaterThanOrEqualTo(99 * MESSAGES);
        });

    assertNothingRetired();
  }

  @EveryKernel
  @Test
  void bulkToAReaderThatWaitsForEdgesGoesBackToTcp() {
    bulk(Placement.SAME, "reno", "-r edge turns", client -> {});

    assertThat(NODE.count(RETIRED_BULK)).isOne();
  }

  @Test
  void bulkToAReaderOnAnotherCpuGoesByTcpToo() {
    bulk(Placement.SPLIT, "reno", "turns", client -> {});

    assertThat(NODE.count(SHIFTED_BULK)).isOne();
  }

  /**
   * A reader in poll() or a level-triggered epoll takes many messages at a time; and what TCP paces
   * is slower.
   */
  @EveryKernel
  @ParameterizedTest
  @CsvSource({"reno, -p turns", "reno, -r level turns", "bbr, turns"})
  void otherBulkOnOneCpuIsRedirected(String congestionControl, String server) {
    bulk(Placement.SAME, congestionControl, server, client -> {});

    assertThat(NODE.count(SHIFTED_BULK) + NODE.count(RETIRED_BULK)).isZero();
  }

  /**
   * Has the client send 1 MiB in messages of 64 KiB to a server with such a reader, which runs at
   * once when it is woken, since it has a real-time priority.
   */
  private static void bulk(
      Placement placement, String congestionControl, String reader, Consumer<Traffic> afterwards) {
    Place sender = NODE.client();
    String before = sender.run("sysctl", "-n", CONGESTION_CONTROL).strip();
    assumeThat(sender.run("sysctl", "-n", "net.ipv4.tcp_available_congestion_control"))
        .contains(congestionControl);
    sender.run("sysctl", "-qw", CONGESTION_CONTROL + "=" + congestionControl);
    Cpus cpus = Cpus.choose(placement);
    // only the first message surely finds a reader on another CPU asleep: that one is bulk there
    int bulk = placement == Placement.SAME ? 64 << 10 : 32 << 10;
    NODE.accelerate(GEARS.withMaxBacklogBytes(4 * bulk));
    InetAddress address = NODE.server().ipv4();
    try (Traffic server = Traffic.serve(cpus.server(NODE.server()), reader, address, PORT)) {
      sender.run("chrt", "--fifo", "--pid", "1", Long.toString(server.pid()));
      Traffic client = NODE.start(cpus.client(sender), "-s 65536 talk", address, PORT);
      client.awaitLine("ready");
      client.talk(10, 64, 64);
      client.talk(1, 1 << 20, 64);
      afterwards.accept(client);
    } finally {
      sender.run("sysctl", "-qw", CONGESTION_CONTROL + "=" + before);
    }
  }

  /** TCP sends many of them at a time, which is faster. */
  @EveryKernel
  @Test
  void smallMessagesThatOutrunTheirReaderAgainAndAgainAreLeftToTcp() {
    InetAddress address = NODE.server().ipv4();
    NODE.accelerate(GEARS.withMaxBacklogMessages(64));
    int floods = 0;
    try (Traffic server = Traffic.serve(NODE.server(), "-p turns", address, PORT)) {
      Traffic client = NODE.start(NODE.client(), "-s 64 talk", address, PORT);
      client.awaitLine("ready");
      client.talk(10, 64, 64);
      for (; floods < 20 && retired() == 0; floods++) {
        client.talk(2, 64, 64); // what shifted is redirected again
        outrun(server, client, SHIFTED_BACKLOG_MESSAGES, 200 * 64);
      }
    }

    assertThat(floods).isBetween(2, 10);
    assertThat(retired()).isOne();
  }

  /**
   * Has a turn begin whose bytes a reader in poll() or epoll does not read before its direction has
   * shifted, or retired.
   */
  private static void outrun(Traffic server, Traffic client, Counter shifted, int bytes) {
    outrun(server, client, shifted, bytes, bytes);
  }

  private static void outrun(Traffic server, Traffic client, Counter shifted, int up, int down) {
    long before = NODE.count(shifted);
    server.pause();
    client.beginToTalk(1, up, down);
    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () -> NODE.count(shifted) > before || retired() > 0 || NODE.count(RETIRED_LOCKED) > 0);
    server.goOn();
    client.awaitTurns();
  }

  private static long retired() {
    return NODE.count(RETIRED_BACKLOG_BYTES)
        + NODE.count(RETIRED_BACKLOG_MESSAGES)
        + NODE.count(RETIRED_SEQUENCE);
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
