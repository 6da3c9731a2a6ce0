package io.podwire.datapath;

import static io.podwire.datapath.Counter.REDIRECTED;
import static io.podwire.datapath.Counter.RETIRED_LOCKED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.assertj.core.api.Assumptions.assumeThatCode;
import static org.awaitility.Awaitility.await;

import io.podwire.datapath.DatapathProcess.Work;
import io.podwire.datapath.PairingTest.FamilyUnderTest;
import io.podwire.testbed.Place;
import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that are open already join, and those that went back to TCP join again. */
@KernelTest
class AdoptionTest {

  private static final int PORT = 7000;
  private static final int CONNECTIONS = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Messages of a turn: what is planned, what is sent, what comes back. */
  private static final int MESSAGES = 3;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @BeforeEach
  void hasAdoption() {
    assumeThatCode(NODE.datapath()::requireAdoption).doesNotThrowAnyException();
  }

  static Stream<Arguments> readers() {
    return Stream.concat(
        Stream.of("", "-p ", "-r level ", "-r edge ", "-r short ", "-r counted ")
            .map(reader -> Arguments.of(reader, true)),
        Stream.of("-p ", "-r level ", "-r edge ", "-r short ", "-r counted ")
            .map(reader -> Arguments.of(reader, false)));
  }

  @EveryKernel
  @ParameterizedTest
  @MethodSource("readers")
  void aConnectionThatIsOpenIsAdoptedWhateverItsReaderWaitsInAndOutlivesItsBursts(
      String reader, boolean gears) {
    boolean miscounts = reader.contains("counted") && !NODE.hasGuard(Guard.FIONREAD);
    assumeThat(miscounts && gears)
        .as("FIONREAD does not count what comes by TCP (the known limit \"gears\")")
        .isFalse();
    Traffic client = converse(reader, NODE.server().ipv4(), gears);
    accelerate(gears);
    assertThat(adopt().adopted()).isEqualTo(1);
    assertRedirects(client);

    boolean stays = gears && !reader.matches(".*(edge|short).*");
    int bursts = miscounts ? 0 : stays && !AcceleratedNode.EMULATED ? 10 : 3;
    for (int burst = 0; burst < bursts; burst++) {
      client.talk(1, 16 << 20, 16 << 20);
      client.talk(2, 64, 64); // what shifted is redirected again
      if (!stays) {
        await().untilAsserted(AdoptionTest::assertReturns);
      }
      assertRedirects(client);
    }
  }

  /** If it left; a burst need not outrun its reader. */
  private static void assertReturns() {
    adopt();
    assertThat(NODE.datapath().flows())
        .hasSize(1)
        .allSatisfy(flow -> assertThat(flow.ends()).hasSize(2))
        .allSatisfy(flow -> assertThat(flow.ends()).allMatch(end -> end.retired().isEmpty()));
  }

  /** It may look at FIONREAD later, which does not count what comes by TCP. */
  @ParameterizedTest
  @ValueSource(strings = {"talk", "-p talk"})
  void withoutGearsNorTheGuardOneThatIsNotPolledAtBothEndsIsLeftToTcp(String client) {
    assumeThat(NODE.hasGuard(Guard.FIONREAD)).isFalse();
    converse("", NODE.server().ipv4(), client.equals("talk"));
    accelerate(false);

    await() // until it is quiet for long enough: before, it is left for that
        .untilAsserted(
            () ->
                assertThat(NODE.datapath().adopt(Duration.ofMillis(300)).busy())
                    .containsOnlyKeys(Finding.BUSY_READER));
    assertThat(NODE.flows()).isZero();
  }

  @EveryKernel
  @ParameterizedTest
  @EnumSource
  void podsOnOneNodeAreAdopted(FamilyUnderTest family) {
    assertAdopted(NODE.server(), PORT, family.address.apply(NODE.server()), PORT);
  }

  @ParameterizedTest
  @EnumSource
  void aServiceAddressIsAdoptedBehindDnat(FamilyUnderTest family) {
    family.serve(NODE.bed().node(), NODE.server(), PORT);

    assertAdopted(NODE.server(), PORT, family.service, 80);
  }

  @EveryKernel
  @ParameterizedTest
  @EnumSource
  void aServiceAddressIsAdoptedWhenTheNodeMasqueradesItsClients(FamilyUnderTest family) {
    family.serve(NODE.bed().node(), NODE.server(), PORT);
    family.nat(NODE.bed().node(), "POSTROUTING", "--dport", "7000", "-j", "MASQUERADE");

    assertAdopted(NODE.server(), PORT, family.service, 80);
  }

  @ParameterizedTest
  @EnumSource
  void connectionsThatTheServersPodRedirectsToItsProxyAreAdopted(FamilyUnderTest family) {
    family.nat(
        NODE.server(), "PREROUTING", "--dport", "80", "-j", "REDIRECT", "--to-ports", "15006");

    assertAdopted(NODE.server(), 15006, family.address.apply(NODE.server()), 80);
  }

  @EveryKernel
  @ParameterizedTest
  @EnumSource
  void loopbackInAPodIsAdoptedWhereThePodHasAConnectionOnASelectedAddressToo(
      FamilyUnderTest family) {
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT + 1);
    NODE.hold(NODE.client(), NODE.server().ipv4(), PORT + 1, 1);
    NODE.serve(NODE.client(), "echo", family.any, PORT);
    Traffic clients = NODE.hold(NODE.client(), family.loopback, PORT, CONNECTIONS);
    accelerate(true);

    assertThat(adopt().adopted()).isEqualTo(CONNECTIONS + 1);

    assertRedirectsAll(clients);
  }

  @Test
  void neitherAConnectionToAnotherNodeNorOneThatIsNotSelectedIsAdopted() {
    NODE.serve(NODE.bed().outside(), "echo", FamilyUnderTest.IPV4.any, PORT);
    NODE.serve(NODE.proxy(), "echo", FamilyUnderTest.IPV4.any, PORT);
    NODE.hold(NODE.client(), NODE.bed().outside().ipv4(), PORT, 5);
    NODE.hold(NODE.client(), NODE.proxy().ipv4(), PORT, 5);
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS, NODE.client(), NODE.server());

    assertThat(adopt().pairs()).isZero();
    assertThat(NODE.flows()).isZero();
  }

  private static void assertAdopted(Place server, int listens, InetAddress address, int port) {
    NODE.serve(server, "echo", FamilyUnderTest.IPV6.any, listens);
    Traffic clients = NODE.hold(NODE.client(), address, port, CONNECTIONS);
    NODE.datapath().load();
    NODE.datapath().nodeAddresses(NODE.bed().node().addresses());
    accelerate(true);

    assertThat(adopt().adopted()).isEqualTo(CONNECTIONS);

    assertRedirectsAll(clients);
  }

  /**
   * After a message by TCP each way. A server that lost its CPU with its socket's lock, before it
   * came back to recv(), gets one more of them.
   */
  private static void assertRedirectsAll(Traffic clients) {
    clients.exchange();
    assertThat(redirectedOfAnExchange(clients)).isBetween(2L * CONNECTIONS - 2, 2L * CONNECTIONS);
    await()
        .untilAsserted(
            () -> assertThat(redirectedOfAnExchange(clients)).isEqualTo(2 * CONNECTIONS));
  }

  private static long redirectedOfAnExchange(Traffic clients) {
    long before = NODE.count(REDIRECTED);
    clients.exchange();
    return NODE.count(REDIRECTED) - before;
  }

  @EveryKernel
  @Test
  void whoeverIsKilledWhileHeAdoptsLeavesNoEndAlone() {
    NODE.serve(NODE.server(), "-p echo", NODE.server().ipv4(), PORT);
    Traffic clients = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 100);
    accelerate(true);

    for (int times = 0; times < 5; times++) {
      try (DatapathProcess process =
          DatapathProcess.start(Work.ADOPT, NODE.bed().pinDir(), NODE.bed().cgroup(), 0)) {
        process.awaitDone();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100 + 73 * times));
      }
      NODE.datapath().enable(); // it may have been killed while that was off
      clients.exchange();
      await().untilAsserted(AdoptionTest::assertNoEndIsAlone);
    }
    await()
        .untilAsserted(
            () -> {
              adopt();
              assertThat(NODE.flows()).isEqualTo(100);
            });
    clients.exchange();
    await().untilAsserted(AdoptionTest::assertNoEndIsAlone);
  }

  /** Nothing that is redirected wakes it. */
  @Test
  void withoutALookAtItsReaderWhoSleepsSinceBeforeTheAdoptionHangs() {
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    Traffic client = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 1);
    try (KernelDatapath lacking =
        KernelDatapath.without("native-readers", NODE.bed().pinDir(), NODE.bed().cgroup())) {
      AcceleratedNode.accelerate(
          lacking,
          AcceleratedNode.EVERY_FLOW_JOINS.withGears(Gears.ON),
          NODE.client(),
          NODE.server());
      assertThat(lacking.adopt(PATIENCE).adopted()).isEqualTo(1);

      client.beginToExchange();

      await()
          .during(Duration.ofMillis(500))
          .untilAsserted(() -> assertThat(lacking.flows().get(0).server().get().unread()).isOne());
    }
  }

  private static void assertNoEndIsAlone() {
    assertThat(NODE.datapath().flows()).allSatisfy(flow -> assertThat(flow.ends()).hasSize(2));
    assertThat(NODE.datapath().status().leaving()).isZero();
  }

  /** As a client does that has a thread to read with: he would have to be plain TCP's. */
  @EveryKernel
  @Test
  void whoReadsInOneThreadAndWritesInAnotherIsServedByTcpAndIncompatible() {
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    Traffic client = NODE.start(NODE.client(), "threads", NODE.server().ipv4(), PORT, 1, 200_000);
    await().until(() -> NODE.client().run("ss", "-Htn").contains(":7000"));
    accelerate(true);
    for (int times = 0; times < 10 && client.isRunning(); times++) {
      NODE.datapath().adopt(Duration.ofMillis(100));
    }
    client.awaitSuccess();
  }

  @Test
  void hundredsOfConnectionsAreAdoptedAtOnce() {
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    Traffic clients = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 300);
    accelerate(true);

    assertThat(adopt().adopted()).isEqualTo(300);

    clients.exchange();
    clients.exchange();
    assertThat(redirectedOfAnExchange(clients)).isGreaterThanOrEqualTo(2 * 297);
  }

  /** With a client that sleeps on its connection, or does not. */
  private static Traffic converse(String reader, InetAddress server, boolean idle) {
    NODE.serve(NODE.server(), reader + "turns", server, PORT);
    Traffic client = NODE.start(NODE.client(), idle ? "talk" : "-p talk", server, PORT);
    client.awaitLine("ready");
    client.talk(10, 64, 64);
    return client;
  }

  private static void accelerate(boolean gears) {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS.withGears(gears ? Gears.ON : Gears.OFF));
  }

  private static Adoption adopt() {
    return NODE.datapath().adopt(PATIENCE);
  }

  /**
   * An emulated CPU stands still at times, also one with a reader's lock; a direction that went
   * back to TCP for that returns, and is looked at again.
   */
  private static void assertRedirects(Traffic client) {
    for (int looks = AcceleratedNode.EMULATED ? 4 : 1; ; looks--) {
      long locked = NODE.count(RETIRED_LOCKED);
      long before = NODE.count(REDIRECTED);
      client.talk(1000, 64, 64);
      long redirected = NODE.count(REDIRECTED) - before;
      if (looks == 1 || NODE.count(RETIRED_LOCKED) == locked) {
        assertThat(redirected).isGreaterThanOrEqualTo(990 * MESSAGES);
        return;
      }
      await().untilAsserted(AdoptionTest::assertReturns);
    }
  }
}
