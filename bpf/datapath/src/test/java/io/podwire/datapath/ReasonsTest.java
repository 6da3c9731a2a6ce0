package io.podwire.datapath;

import static io.podwire.datapath.Counter.JOIN_FAILED_FULL;
import static io.podwire.datapath.Counter.JOIN_REFUSED_OPTION;
import static io.podwire.datapath.Counter.RETIRED_BACKLOG_MESSAGES;
import static io.podwire.datapath.Counter.RETIRED_DUPLEX;
import static io.podwire.datapath.Counter.RETIRED_SHUTDOWN;
import static io.podwire.datapath.Counter.SKIPPED_INCOMPATIBLE;
import static io.podwire.datapath.Counter.SKIPPED_SHORT;
import static io.podwire.datapath.Counter.SKIPPED_STALE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Why connections do not join, or go back to TCP, is noted; against the real kernel. */
@KernelTest
class ReasonsTest {

  private static final int PORT = 7000;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @EveryKernel
  @Test
  void nothingIsNotedOfWhatJoins() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);

    run("pairs", 20, 10);
    NODE.awaitNoFlows();

    // a reader that holds its lock for long, or a late peer, is one in many, on a busy machine
    assertThat(NODE.datapath().reasons())
        .allSatisfy(reason -> assertThat(NODE.count(reason.why())).isBetween(1L, 19L));
  }

  @EveryKernel
  @Test
  void anOptionThatAJoinedSocketCannotKeep() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    long before = System.nanoTime();

    run("-z pairs", 20, 10);

    Reason reason = theOne();
    assertThat(reason.why()).isEqualTo(JOIN_REFUSED_OPTION);
    assertThat(reason.times()).isEqualTo(20);
    assertThat(reason.client()).isEqualTo(NODE.client().ipv4());
    assertThat(reason.listener()).isEqualTo(new InetSocketAddress(NODE.server().ipv4(), PORT));
    assertThat(reason.netns()).isPositive();
    assertThat(reason.nanos()).isBetween(before, System.nanoTime());
  }

  @EveryKernel
  @Test
  void flowsThatAreTooShort() {
    NODE.accelerate(Settings.DEFAULT);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);

    run("pairs", 400, 1);

    assertThat(theOne().why()).isEqualTo(SKIPPED_SHORT);
    assertThat(NODE.count(SKIPPED_SHORT)).isPositive();
  }

  @EveryKernel
  @Test
  void anAgentThatIsGone() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    NODE.datapath().heartbeat(Duration.ofNanos(1));

    run("pairs", 3, 1);

    assertThat(theOne().why()).isEqualTo(SKIPPED_STALE);
    assertThat(theOne().times()).isEqualTo(3);
  }

  @EveryKernel
  @Test
  void noRoom() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS.withMaxFlows(4));
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);

    NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 20).close();

    assertThat(theOne().why()).isEqualTo(JOIN_FAILED_FULL);
  }

  @EveryKernel
  @Test
  void aHalfCloseAndWhatIsRememberedOfIt() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);

    halfCloseUnread();
    assertThat(theOne().why()).isEqualTo(RETIRED_SHUTDOWN);

    halfCloseUnread();
    assertThat(theOne().why()).isEqualTo(SKIPPED_INCOMPATIBLE);
    assertThat(theOne().times()).isEqualTo(1);
    assertThat(NODE.datapath().incompatibleParties())
        .singleElement()
        .satisfies(seen -> assertThat(seen.why()).isEqualTo(RETIRED_SHUTDOWN))
        .satisfies(seen -> assertThat(seen.listener()).isEqualTo(theOne().listener()));
  }

  private static void halfCloseUnread() {
    try (Traffic server = Traffic.serve(NODE.server(), "greet", NODE.server().ipv4(), PORT)) {
      run("-p unread", 1);
    }
  }

  /** The client is told of it only by what its peer lacks. */
  @EveryKernel
  @Test
  void aServerThatIsRefused() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "-z echo", NODE.server().ipv4(), PORT);

    NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 20).exchange();

    assertThat(theOne().why()).isEqualTo(JOIN_REFUSED_OPTION);
  }

  @Test
  void aThreadThatReadsWhileAnotherWrites() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);

    await() // the reader has to be asleep when the writer's first messages are looked at
        .until(
            () -> {
              run("threads", 1, 1000);
              return !NODE.datapath().incompatibleParties().isEmpty();
            });

    assertThat(theOne().why()).isEqualTo(RETIRED_DUPLEX);
  }

  @Test
  void aReaderThatIsOutrun() {
    NODE.accelerate(AcceleratedNode.WITHOUT_GEARS.withMaxBacklogMessages(16));
    NODE.serve(NODE.server(), "stuck", NODE.server().ipv4(), PORT);

    NODE.start(NODE.client(), "push", NODE.server().ipv4(), PORT, 1000);

    await().until(() -> !NODE.datapath().reasons().isEmpty());
    assertThat(theOne().why()).isEqualTo(RETIRED_BACKLOG_MESSAGES);
  }

  /** One that is masqueraded is known by its own address, once it has told that. */
  @Test
  void aMasqueradedClient() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.datapath().nodeAddresses(NODE.bed().node().addresses());
    NODE.bed()
        .node()
        .run("iptables -t nat -A POSTROUTING -p tcp --dport 7000 -j MASQUERADE".split(" "));
    InetAddress server = NODE.server().routedIpv4();
    NODE.serve(NODE.server(), "echo", server, PORT);

    Traffic.run(NODE.client(), "-z pairs", server, PORT, 5, 1);

    assertThat(theOne().client()).isIn(NODE.client().addresses());
  }

  @Test
  void theNextBuildKnowsThemToo() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    run("-z pairs", 2, 1);
    Reason noted = theOne();

    try (Datapath next = KernelDatapath.another(NODE.bed().pinDir(), NODE.bed().cgroup())) {
      next.enable();
      assertThat(next.reasons()).containsExactly(noted);
      run("-z pairs", 1, 1);
      assertThat(next.reasons()).singleElement().extracting(Reason::times).isEqualTo(3);
    }
  }

  private static Reason theOne() {
    List<Reason> reasons = NODE.datapath().reasons();
    assertThat(reasons).hasSize(1);
    return reasons.get(0);
  }

  private static void run(String arguments, long... numbers) {
    Traffic.run(NODE.client(), arguments, NODE.server().ipv4(), PORT, numbers);
  }
}
