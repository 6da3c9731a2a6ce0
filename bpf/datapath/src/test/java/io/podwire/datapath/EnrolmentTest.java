package io.podwire.datapath;

import static io.podwire.datapath.Counter.CLAIMED;
import static io.podwire.datapath.Counter.COMPLETED;
import static io.podwire.datapath.Counter.JOIN_FAILED;
import static io.podwire.datapath.Counter.JOIN_REFUSED;
import static io.podwire.datapath.Counter.REDIRECTED;
import static io.podwire.datapath.Counter.RETIRED_SHUTDOWN;
import static io.podwire.datapath.Counter.SKIPPED_INCOMPATIBLE;
import static io.podwire.datapath.Counter.SKIPPED_SHORT;
import static io.podwire.datapath.Counter.SKIPPED_STALE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which sockets of selected pods join and which do not, against the real kernel. */
@KernelTest
class EnrolmentTest {

  private static final int PORT = 7000;
  private static final int OTHER_PORT = 7001;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @EveryKernel
  @Test
  void multipathTcpIsNotEnrolled() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "-m echo", NODE.server().ipv4(), PORT);

    run("-m pairs", PORT, 20, 10);

    assertThat(NODE.count(CLAIMED)).isZero();
    assertThat(NODE.count(REDIRECTED)).isZero();
    assertThat(NODE.count(JOIN_REFUSED)).isPositive();
  }

  @EveryKernel
  @Test
  void plainClientsOfAMultipathListenerAreServedCorrectly() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "-m echo", NODE.server().ipv4(), PORT);

    run("pairs", PORT, 20, 10);

    NODE.awaitNoFlows();
  }

  @Test
  void aClientThatSendsWithoutCopyingIsNotEnrolled() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);

    run("-z pairs", PORT, 20, 10);

    assertThat(NODE.count(CLAIMED)).isZero();
    assertThat(NODE.count(JOIN_REFUSED)).isEqualTo(20);
  }

  @Test
  void aServerThatSendsWithoutCopyingIsNotEnrolledAndItsClientLeaves() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "-z echo", NODE.server().ipv4(), PORT);

    Traffic clients = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 20);

    assertThat(NODE.count(COMPLETED)).isZero();
    assertThat(NODE.count(JOIN_REFUSED)).isEqualTo(20);
    NODE.awaitNoFlows();
    clients.exchange();
  }

  @Test
  void connectionsThatFindNoRoomAreServedOverTcp() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS.withMaxFlows(4));
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);

    Traffic clients = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 20);

    assertThat(NODE.count(COMPLETED)).isPositive();
    assertThat(NODE.count(JOIN_FAILED)).isPositive();
    assertThat(NODE.flows()).isLessThanOrEqualTo(2 * 4);
    clients.exchange();
  }

  @Test
  void aListenerWithShortFlowsIsSkippedUntilItsFlowsTurnLong() {
    NODE.accelerate(Settings.DEFAULT);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), OTHER_PORT);

    run("pairs", PORT, 400, 1);
    assertThat(NODE.count(SKIPPED_SHORT)).isGreaterThan(300);

    long skipped = NODE.count(SKIPPED_SHORT);
    run("pairs", OTHER_PORT, 50, 50);
    assertThat(NODE.count(SKIPPED_SHORT)).as("of the chatty listener beside it").isEqualTo(skipped);

    run("pairs", PORT, 64, 200);
    long claimed = NODE.count(CLAIMED);
    run("pairs", PORT, 20, 200);
    assertThat(NODE.count(CLAIMED)).isEqualTo(claimed + 20);
  }

  @Test
  void whoGetsAnAddressNextIsNotTakenForShort() {
    NODE.accelerate(Settings.DEFAULT);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    run("pairs", PORT, 100, 1);
    NODE.awaitNoFlows();
    assertThat(NODE.count(SKIPPED_SHORT)).isPositive();

    NODE.datapath().forget(List.of(Prefix.of(NODE.client().ipv4())));

    long claimed = NODE.count(CLAIMED);
    run("pairs", PORT, 20, 200);
    assertThat(NODE.count(CLAIMED)).isEqualTo(claimed + 20);
  }

  @Test
  void emptyConnectionsOfAHealthCheckerDoNotKeepTheLongFlowsOfOthersOut() {
    NODE.accelerate(Settings.DEFAULT);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);

    assertOthersJoin(NODE.server().ipv4());
  }

  @Test
  void emptyConnectionsOfAHealthCheckerDoNotDoSoBehindAMasqueradeEither() {
    NODE.accelerate(Settings.DEFAULT);
    masquerade();
    NODE.serve(NODE.server(), "echo", NODE.server().routedIpv4(), PORT);

    assertOthersJoin(NODE.server().routedIpv4());
  }

  private static void assertOthersJoin(InetAddress server) {
    for (int times = 0; times < 4; times++) {
      Traffic.run(NODE.client(), "pairs", server, PORT, 50, 0);
      NODE.awaitNoFlows(); // the server may be slow to end them, and only then they count
    }
    assertThat(NODE.count(SKIPPED_SHORT)).isPositive();

    long claimed = NODE.count(CLAIMED);
    Traffic.run(NODE.proxy(), "pairs", server, PORT, 20, 200);
    assertThat(NODE.count(CLAIMED)).isEqualTo(claimed + 20);
  }

  private static void masquerade() {
    NODE.datapath().nodeAddresses(NODE.bed().node().addresses());
    NODE.bed()
        .node()
        .run("iptables -t nat -A POSTROUTING -p tcp --dport 7000 -j MASQUERADE".split(" "));
  }

  @Test
  void aMasqueradedClientThatIsIncompatibleKeepsNoOtherOff() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    masquerade();
    InetAddress server = NODE.server().routedIpv4();
    NODE.serve(NODE.server(), "echo", server, PORT);

    Traffic.run(NODE.client(), "threads", server, PORT, 50, 1000);
    assertThat(NODE.count(SKIPPED_INCOMPATIBLE)).isPositive();

    long claimed = NODE.count(CLAIMED);
    Traffic.run(NODE.client(), "pairs", server, PORT, 10, 10);
    assertThat(NODE.count(CLAIMED)).isEqualTo(claimed);
    Traffic.run(NODE.proxy(), "pairs", server, PORT, 10, 10);
    assertThat(NODE.count(CLAIMED)).as("of another client").isEqualTo(claimed + 10);
  }

  @EveryKernel
  @Test
  void aClientIsIncompatibleUntilAnHourAfterItWasLastFoundSoOrUntilItIsForgotten() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);

    halfCloseUnread();
    assertThat(NODE.datapath().status().parties()).containsExactly(entry(RETIRED_SHUTDOWN, 1));
    NODE.age("incompatible_parties", Duration.ofMinutes(59));
    halfCloseUnread();
    assertThat(NODE.count(CLAIMED)).isEqualTo(1);

    NODE.age("incompatible_parties", Duration.ofMinutes(1));
    assertThat(NODE.datapath().status().parties()).isEmpty();
    halfCloseUnread();
    assertThat(NODE.count(CLAIMED)).isEqualTo(2);

    halfCloseUnread();
    assertThat(NODE.count(CLAIMED)).as("after that, the last incompatibility").isEqualTo(2);
    assertThat(NODE.datapath().forget(List.of(Prefix.of(NODE.proxy().ipv4())))).isZero();
    assertThat(NODE.datapath().forget(List.of(Prefix.of(NODE.client().ipv4())))).isEqualTo(1);
    halfCloseUnread();
    assertThat(NODE.count(CLAIMED)).isEqualTo(3);
  }

  private static void halfCloseUnread() {
    try (Traffic server = Traffic.serve(NODE.server(), "greet", NODE.server().ipv4(), PORT)) {
      run("-p unread", PORT, 1);
    }
  }

  @Test
  void aClientThatReadsInOneThreadAndWritesInAnotherIsLearntAndLeftAlone() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), OTHER_PORT);

    run("threads", PORT, 50, 1000);

    assertThat(NODE.count(SKIPPED_INCOMPATIBLE)).isPositive();
    long claimed = NODE.count(CLAIMED);
    run("threads", PORT, 10, 1000);
    assertThat(NODE.count(CLAIMED)).isEqualTo(claimed);
    run("pairs", OTHER_PORT, 10, 10);
    assertThat(NODE.count(CLAIMED)).as("to another listener").isEqualTo(claimed + 10);
  }

  @Test
  void withoutAHeartbeatNewConnectionsStayOnTcpAndFlowsGoOn() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    NODE.datapath().heartbeat(Duration.ofMinutes(1));
    Traffic flows = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 10);
    assertThat(NODE.count(COMPLETED)).isEqualTo(10);

    NODE.datapath().heartbeat(Duration.ofMillis(1));
    await()
        .until(
            () -> {
              run("pairs", PORT, 1, 1);
              return NODE.count(SKIPPED_STALE) > 0;
            });

    long redirected = NODE.count(REDIRECTED);
    flows.exchange();
    assertThat(NODE.count(REDIRECTED)).isEqualTo(redirected + 2 * 10);

    NODE.datapath().heartbeat(Duration.ZERO);
    long claimed = NODE.count(CLAIMED);
    run("pairs", PORT, 10, 1);
    assertThat(NODE.count(CLAIMED)).isEqualTo(claimed + 10);
  }

  private static void run(String client, int port, long... numbers) {
    Traffic.run(NODE.client(), client, NODE.server().ipv4(), port, numbers);
  }
}
