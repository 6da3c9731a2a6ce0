package io.podwire.datapath;

import static io.podwire.datapath.Counter.CLAIMED;
import static io.podwire.datapath.Counter.LEFT;
import static io.podwire.datapath.Counter.REDIRECTED_BYTES;
import static io.podwire.datapath.Counter.RESUMED;
import static io.podwire.datapath.Counter.RETIRED_BACKLOG_BYTES;
import static io.podwire.datapath.Counter.RETIRED_BACKLOG_MESSAGES;
import static io.podwire.datapath.Counter.SHIFTED_BACKLOG_BYTES;
import static io.podwire.datapath.Counter.SHIFTED_BACKLOG_MESSAGES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThatCode;
import static org.awaitility.Awaitility.await;

import io.podwire.datapath.DatapathProcess.Work;
import io.podwire.testbed.TestbedException;
import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.net.InetAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Everything at once, against the real kernel: 200 connections at a time that live for random
 * times, send both ways, pause until backlogs overflow, half-close, are reset or killed, while
 * acceleration is switched and its limits change.
 *
 * <p>{@code -Dpodwire.storm.seconds=60} for the length, {@code -Dpodwire.storm.connections} for
 * fewer at a time, {@code -Dpodwire.storm.seed} for the seed of its random numbers.
 */
@KernelTest
class StormTest {

  private static final int PORT = 7000;
  private static final int SECONDS = Integer.getInteger("podwire.storm.seconds", 15);
  private static final long SEED =
      Long.getLong("podwire.storm.seed", System.nanoTime() % 1_000_000);
  private static final long CONNECTIONS_PER_FAMILY =
      Integer.getInteger("podwire.storm.connections", 200) / 2;

  /**
   * The residue of the half-close: a blocking read of a socket that half-closed, or whose own bytes
   * went back to TCP, fails with EAGAIN if a thread of the peer was inside the kernel for all of
   * the time that the socket could wait for it (docs/datapath/leaving.md). One in 65,000
   * connections was seen here; three in 270 on the single CPU of an emulated machine, where that
   * thread cannot run meanwhile.
   */
  private static final long EARLY_READS_ONE_IN = AcceleratedNode.EMULATED ? 30 : 1000;

  /** The same where two threads of the peer read: one of them often is inside. Two in 3,432. */
  private static final long EARLY_READS_OF_TWINS_ONE_IN = 100;

  /** Fewer would be a storm of plain TCP. */
  private static final long REDIRECTED_BYTES_ONE_IN = 100;

  private static final long CHATS_PER_FAMILY = CONNECTIONS_PER_FAMILY * 2 / 5;
  private static final long POURED = CONNECTIONS_PER_FAMILY / 10;
  private static final long MOST_MILLIS_TO_ADOPT = 400;

  /** Adoption waits for 100 ms of quiet, which a slow CPU has only where all mostly pause. */
  private static final String PAUSES = AcceleratedNode.EMULATED ? "-i 4096 " : "";

  private static final int ADOPTIONS_A_KILL = 8;

  private static final Settings DEFAULTS = AcceleratedNode.EVERY_FLOW_JOINS;
  private static final Settings TIGHT =
      DEFAULTS.withMaxBacklogBytes(64 << 10).withMaxBacklogMessages(8);

  /** What stays of connections that are gone is meant to: it is configured, or was learnt. */
  private static final List<String> LASTING =
      List.of(
          "selection", "nodes", "namespaces", "flow_lengths", "incompatible_parties", "reasons");

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  private final Random random = new Random(SEED);

  @EveryKernel
  @Test
  void aStormLeavesEveryByteRightAndNothingBehind() {
    long warningsBefore = kernelWarnings();
    NODE.accelerate(DEFAULTS.withGears(Gears.ON));
    Traffic ipv4Server = Traffic.serve(NODE.server(), "counterpart", NODE.server().ipv4(), PORT);
    Traffic ipv6Server = Traffic.serve(NODE.server(), "counterpart", NODE.server().ipv6(), PORT);
    try (ipv4Server;
        ipv6Server) {
      Traffic ipv4 = crowd(NODE.server().ipv4(), SEED);
      Traffic ipv6 = crowd(NODE.server().ipv6(), SEED + 1);
      int switches = switchWhileRunning(40, () -> {}, ipv4, ipv6);
      awaitSuccess(ipv4, ipv4Server);
      awaitSuccess(ipv6, ipv6Server);
      report(switches, ipv4, ipv6);
      assertThat(switches)
          .as("switched off and on")
          .isGreaterThan(AcceleratedNode.EMULATED ? SECONDS / 3 : SECONDS);
      assertWorthwhile(ipv4, ipv6);
      assertThat(sum("early_shut", ipv4, ipv6) + sum("early_open", ipv4, ipv6))
          .as("blocking reads that failed with EAGAIN")
          .isLessThanOrEqualTo(sum("connections", ipv4, ipv6) / EARLY_READS_ONE_IN);
    }
    assertNothingIsLeft(warningsBefore);
  }

  /** Those that are opened while it is off are adopted, and those return that had to leave. */
  @EveryKernel
  @Test
  void soDoesOneOfConversationsThatAreAdoptedAndReturnAtRandomMoments() {
    assumeThatCode(NODE.datapath()::requireAdoption).doesNotThrowAnyException();
    long warningsBefore = kernelWarnings();
    NODE.accelerate(DEFAULTS.withGears(Gears.ON));
    Traffic ipv4Server = Traffic.serve(NODE.server(), "-r any turns", NODE.server().ipv4(), PORT);
    Traffic ipv6Server = Traffic.serve(NODE.server(), "-r any turns", NODE.server().ipv6(), PORT);
    Traffic twins = Traffic.serve(NODE.server(), "twins", NODE.server().ipv4(), PORT + 1);
    try (ipv4Server;
        ipv6Server;
        twins) {
      Traffic ipv4 = chat(NODE.server().ipv4(), SEED);
      Traffic ipv6 = chat(NODE.server().ipv6(), SEED + 1);
      Traffic poured =
          NODE.start(
              NODE.client(),
              PAUSES + "pour",
              NODE.server().ipv4(),
              PORT + 1,
              POURED,
              SECONDS,
              SEED + 2);
      Map<Finding, Integer> found = new EnumMap<>(Finding.class);
      int switches = switchWhileRunning(400, () -> adopt(found), ipv4, ipv6, poured);
      awaitSuccess(ipv4, ipv4Server);
      awaitSuccess(ipv6, ipv6Server);
      awaitSuccess(poured, twins);
      System.out.printf(
          "storm of %d s, seed %d, connections %d, turns %d, bytes %d, early %d, switches %d, %s%n%s%n",
          SECONDS,
          SEED,
          sum("connections", ipv4, ipv6, poured),
          sum("turns", ipv4, ipv6, poured),
          sum("bytes", ipv4, ipv6, poured),
          poured.value("early"),
          switches,
          found,
          NODE.datapath().status().counters());
      assertThat(found).containsKeys(Finding.ADOPTED, Finding.RETURNED);
      assertThat(NODE.count(RESUMED)).isPositive();
      assertThat(poured.value("early"))
          .as("blocking reads that failed with EAGAIN")
          .isLessThanOrEqualTo(1 + poured.value("connections") / EARLY_READS_OF_TWINS_ONE_IN);
    }
    assertNothingIsLeft(warningsBefore);
  }

  /** Adopts what is open, or has another process do so, and kills it meanwhile. */
  private void adopt(Map<Finding, Integer> found) {
    Duration timeout = Duration.ofMillis(random.nextLong(MOST_MILLIS_TO_ADOPT));
    if (random.nextInt(ADOPTIONS_A_KILL) == 0) {
      try (DatapathProcess process =
          DatapathProcess.start(Work.ADOPT, NODE.bed().pinDir(), NODE.bed().cgroup(), 0)) {
        process.awaitDone();
        LockSupport.parkNanos(timeout.toNanos());
      }
      NODE.datapath().enable();
      return;
    }
    NODE.datapath().forget(); // all are of one client and one listener
    NODE.datapath()
        .adopt(timeout)
        .found()
        .forEach((finding, count) -> found.merge(finding, count, Integer::sum));
  }

  private static Traffic chat(InetAddress server, long seed) {
    return NODE.start(
        NODE.client(), PAUSES + "-r any chat", server, PORT, CHATS_PER_FAMILY, SECONDS, seed);
  }

  /** Returns how often. */
  private int switchWhileRunning(long mostMillisOff, Runnable whileEnabled, Traffic... clients) {
    int switches = 0;
    while (Stream.of(clients).anyMatch(Traffic::isRunning)) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextLong(400)));
      Settings limits = random.nextBoolean() ? DEFAULTS : TIGHT;
      Gears gears = random.nextBoolean() ? Gears.ON : Gears.OFF;
      NODE.datapath().configure(current -> limits.withGears(gears));
      if (random.nextBoolean()) {
        NODE.datapath().disable();
      } else {
        NODE.datapath().disableNow();
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextLong(mostMillisOff)));
      NODE.datapath().enable();
      whileEnabled.run();
      switches++;
    }
    return switches;
  }

  private static void assertNothingIsLeft(long warningsBefore) {
    NODE.awaitNoFlows();
    await().untilAsserted(StormTest::assertNoEntryIsLeft);
    // a psock holds its socket, so none is left where no socket is
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(sockets()).containsOnly(0L));
    assertThat(kernelWarnings()).as("warnings in the kernel's log").isEqualTo(warningsBefore);
  }

  private static Traffic crowd(InetAddress server, long seed) {
    return NODE.start(NODE.client(), "crowd", server, PORT, CONNECTIONS_PER_FAMILY, SECONDS, seed);
  }

  /** Fails with what the server had to say where the crowd fails. */
  private static void awaitSuccess(Traffic crowd, Traffic server) {
    try {
      crowd.awaitSuccess();
    } catch (AssertionError e) {
      throw new AssertionError("seed " + SEED + ", the server said: " + server.stop(), e);
    }
  }

  /** Asserts that enough joined, was redirected and met its limits: no storm of plain TCP. */
  private static void assertWorthwhile(Traffic... crowds) {
    // how much depends on the machine, since the switches keep their pace where the crowd does not,
    // and what is switched off goes on over TCP: 14 to 20 % were seen on an idle one, 9 % on a busy
    assertThat(NODE.count(REDIRECTED_BYTES))
        .isGreaterThan(sum("bytes", crowds) / REDIRECTED_BYTES_ONE_IN);
    assertThat(NODE.count(CLAIMED))
        .isGreaterThan(sum("connections", crowds) / (AcceleratedNode.EMULATED ? 10 : 2));
    long overBytes = NODE.count(RETIRED_BACKLOG_BYTES) + NODE.count(SHIFTED_BACKLOG_BYTES);
    long overMessages = NODE.count(RETIRED_BACKLOG_MESSAGES) + NODE.count(SHIFTED_BACKLOG_MESSAGES);
    assertThat(overBytes + overMessages).isPositive();
    if (!AcceleratedNode.EMULATED) { // which passes fewer limits in its time
      assertThat(overBytes).isPositive();
      assertThat(overMessages).isPositive();
    }
    assertThat(NODE.count(LEFT)).isPositive();
  }

  private static void assertNoEntryIsLeft() {
    Map<String, Occupancy> maps = new HashMap<>(NODE.datapath().maps());
    maps.keySet().removeAll(LASTING);
    assertThat(maps).isNotEmpty().allSatisfy((map, left) -> assertThat(left.entries()).isZero());
  }

  /** How many sockets each pod has, those that nothing but a kernel object refers to included. */
  private static List<Long> sockets() {
    return Stream.of(NODE.client(), NODE.server())
        .map(pod -> pod.run("cat", "/proc/net/sockstat").lines().findFirst().orElseThrow())
        .map(used -> Long.valueOf(used.replace("sockets: used ", "")))
        .toList();
  }

  /** 0 where the kernel's log cannot be read. */
  private static long kernelWarnings() {
    try {
      return NODE.bed()
          .node()
          .run("dmesg")
          .lines()
          .filter(
              line ->
                  line.matches(
                      ".*(WARNING:|BUG:|Oops:|refcount_t:|detected stall|blocked for more than).*"))
          // there what looks for open connections frees requests that are in use, now and then
          .filter(line -> RunningKernel.hasMendedIterator() || !line.contains("refcount"))
          .count();
    } catch (TestbedException e) {
      return 0;
    }
  }

  private static void report(int switches, Traffic... crowds) {
    StringBuilder figures = new StringBuilder("storm of " + SECONDS + " s, seed " + SEED);
    for (String name :
        List.of("connections", "aborted", "bytes", "slowest_ms", "early_shut", "early_open")) {
      figures.append(", ").append(name).append(' ').append(sum(name, crowds));
    }
    System.out.println(figures.append(", switches ").append(switches));
    LeavingTimes leaving = NODE.datapath().status().leavingTimes();
    System.out.printf(
        "%d flows left, p50 < %d us, p99 < %d us, all < %d us%n",
        leaving.count(),
        leaving.microseconds(0.5),
        leaving.microseconds(0.99),
        leaving.microseconds(1));
    System.out.println(NODE.datapath().status().counters());
  }

  private static long sum(String name, Traffic... crowds) {
    long sum = 0;
    for (Traffic crowd : crowds) {
      sum += crowd.value(name);
    }
    return sum;
  }
}
