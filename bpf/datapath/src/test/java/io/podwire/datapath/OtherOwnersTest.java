package io.podwire.datapath;

import static io.podwire.bpf.OtherOwner.Kind.SK_MSG;
import static io.podwire.bpf.OtherOwner.Kind.SK_SKB;
import static io.podwire.bpf.OtherOwner.Outcome.BUSY;
import static io.podwire.bpf.OtherOwner.Outcome.FAILED;
import static io.podwire.bpf.OtherOwner.Outcome.TAKEN;
import static io.podwire.datapath.Counter.CLAIMED;
import static io.podwire.datapath.Counter.COMPLETED;
import static io.podwire.datapath.Counter.JOIN_FAILED_BUSY;
import static io.podwire.datapath.Counter.REDIRECTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podwire.bpf.OtherOwner;
import io.podwire.datapath.DatapathProcess.Work;
import io.podwire.datapath.OwnerProcesses.OwnerProcess;
import io.podwire.testbed.Place;
import io.podwire.testing.Alone;
import io.podwire.testing.KernelTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Beside another program that puts outgoing connections into a sockhash of its own, at their
 * establishment or later: whoever comes first has a socket, both know, and no byte is lost. Alone,
 * since a status names the owners of the whole kernel.
 */
@KernelTest
@Alone
class OtherOwnersTest {

  private static final int PORT = 7000;
  private static final int CONNECTIONS = 20;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  private Optional<OtherOwner> other = Optional.empty();

  @AfterEach
  void takeItAway() {
    other.ifPresent(OtherOwner::close);
  }

  @ParameterizedTest
  @EnumSource
  void whatTheOtherTookFirstStaysTcpAndBothAreTold(OtherOwner.Kind kind) {
    OtherOwner first = load(kind);
    accelerate();

    Traffic flows = hold();
    storm();

    assertThat(first.count(TAKEN)).isGreaterThanOrEqualTo(CONNECTIONS);
    assertThat(first.count(BUSY) + first.count(FAILED)).isZero();
    assertThat(NODE.count(CLAIMED)).isZero();
    assertThat(NODE.count(JOIN_FAILED_BUSY)).isEqualTo(first.count(TAKEN));
    assertThat(NODE.datapath().reasons()).extracting(Reason::why).containsOnly(JOIN_FAILED_BUSY);
    SocketOwner owner = theOwner();
    assertThat(owner.mapName()).isEqualTo("enrolled");
    assertThat(owner.sockets()).hasValue(CONNECTIONS);
    assertThat(NODE.datapath().status().warnings())
        .singleElement()
        .asString()
        .contains(
            "because another program holds them: " + first.count(TAKEN),
            "an unknown owner, program " + (kind == SK_MSG ? "pass_messages" : "pass_received"),
            "of map enrolled (id " + first.map() + "), has 20 sockets");
    flows.exchange();
  }

  @Test
  void whatWeTookFirstIsRedirectedAndBothAreTold() {
    accelerate();
    OtherOwner second = load(SK_MSG);

    Traffic flows = hold();
    storm();

    assertThat(second.count(BUSY)).isEqualTo(NODE.count(CLAIMED)).isGreaterThan(CONNECTIONS);
    assertThat(second.count(TAKEN) + second.count(FAILED)).isZero();
    assertThat(NODE.count(COMPLETED)).isEqualTo(NODE.count(CLAIMED));
    assertThat(NODE.count(JOIN_FAILED_BUSY)).isZero();
    assertThat(theOwner().sockets()).hasValue(0);
    long redirected = NODE.count(REDIRECTED);
    flows.exchange();
    assertThat(NODE.count(REDIRECTED)).isEqualTo(redirected + 2 * CONNECTIONS);
  }

  /** The kernel takes a socket into a second map where its program there is of another kind. */
  @Test
  void whereTheOtherComesSecondWithAnotherKindOfProgramNoByteIsLost() {
    accelerate();
    OtherOwner second = load(SK_SKB);

    Traffic flows = hold();
    storm();

    assertThat(second.count(TAKEN)).isEqualTo(NODE.count(CLAIMED)).isGreaterThan(CONNECTIONS);
    flows.exchange();
  }

  @Test
  void aSweepTakesNoSocketThatHasJoined() {
    accelerate();
    Traffic flows = hold();
    OtherOwner sweeper = load(SK_MSG);

    sweep(sweeper);

    assertThat(sweeper.count(BUSY)).isEqualTo(2 * CONNECTIONS);
    assertThat(sweeper.count(TAKEN) + sweeper.count(FAILED)).isZero();
    long redirected = NODE.count(REDIRECTED);
    flows.exchange();
    assertThat(NODE.count(REDIRECTED)).isEqualTo(redirected + 2 * CONNECTIONS);
  }

  @Test
  void aSweepUnderTrafficLosesNothing() {
    accelerate();
    NODE.serve(NODE.server(), "-p duplex", NODE.server().ipv4(), PORT + 1);
    Traffic storm =
        NODE.start(NODE.client(), "-p storm", NODE.server().ipv4(), PORT + 1, 8, 300_000_000, 3);
    NODE.awaitRedirects();
    OtherOwner sweeper = load(SK_MSG);

    for (int i = 0; i < 20 && storm.isRunning(); i++) {
      sweep(sweeper);
    }

    storm.awaitSuccess();
    assertThat(sweeper.count(BUSY)).isPositive();
  }

  /** One with sk_skb programs would leave the readers that it finds in recv() asleep by itself. */
  @Test
  void whatASweepTookIsNotAdopted() {
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    Traffic flows = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, CONNECTIONS);
    OtherOwner sweeper = load(SK_MSG);
    sweep(sweeper);
    assertThat(sweeper.count(TAKEN)).isEqualTo(2 * CONNECTIONS);
    accelerate();

    Adoption adoption = NODE.datapath().adopt(Duration.ofMillis(500));

    assertThat(adoption.found()).isEqualTo(Map.of(Finding.BUSY_LEAVING, CONNECTIONS));
    assertThat(NODE.flows()).isZero();
    flows.exchange();
    assertThat(NODE.count(REDIRECTED)).isZero();
  }

  @Test
  void theProcessOfAnOwnerIsNamedToWhoMaySeeIt() {
    accelerate();
    OtherOwner here = load(SK_MSG);

    Map<Integer, OwnerProcess> seen =
        new OwnerProcesses(Path.of("/proc")).of(NODE.datapath().status().owners());

    assertThat(seen)
        .isEqualTo(Map.of(here.map(), new OwnerProcess(ProcessHandle.current().pid(), "java")));
  }

  @Test
  void theRightsOfTheAgentSufficeToNameAnOwner() {
    load(SK_MSG);

    try (DatapathProcess agent =
        DatapathProcess.startAsAgent(Work.NAME_OWNERS, NODE.bed().pinDir(), NODE.bed().cgroup())) {
      agent.awaitLine("enrolled pass_messages");
    }
  }

  @Test
  void anOwnerThatIsGoneIsNamedNoMore() {
    accelerate();
    load(SK_MSG);
    assertThat(NODE.datapath().owners()).hasSize(1);

    takeItAway();
    other = Optional.empty();

    await().until(() -> NODE.datapath().owners().isEmpty());
  }

  private OtherOwner load(OtherOwner.Kind kind) {
    OtherOwner loaded =
        new OtherOwner(kind, NODE.bed().pinDir().resolveSibling("enrol"), NODE.bed().cgroup());
    other = Optional.of(loaded);
    return loaded;
  }

  private static SocketOwner theOwner() {
    List<SocketOwner> owners = NODE.datapath().status().owners();
    assertThat(owners).hasSize(1);
    return owners.get(0);
  }

  private static void sweep(OtherOwner sweeper) {
    for (Place pod : List.of(NODE.client(), NODE.server())) {
      sweeper.sweep(Path.of(pod.netns()));
    }
  }

  private static void accelerate() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
  }

  private static Traffic hold() {
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    return NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, CONNECTIONS);
  }

  /** Many bytes both ways on a few connections, each byte looked at. */
  private static void storm() {
    NODE.serve(NODE.server(), "-p duplex", NODE.server().ipv4(), PORT + 1);
    Traffic.run(NODE.client(), "-p storm", NODE.server().ipv4(), PORT + 1, 4, 50_000_000, 3);
  }
}
