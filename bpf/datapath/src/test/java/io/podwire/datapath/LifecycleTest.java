package io.podwire.datapath;

import static io.podwire.datapath.Counter.CLAIMED;
import static io.podwire.datapath.Counter.REDIRECTED;
import static io.podwire.datapath.Gears.AUTO;
import static io.podwire.datapath.Gears.ON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.podwire.datapath.DatapathProcess.Work;
import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Loading, switching and unloading, by one process or several, against the real kernel. */
@KernelTest
class LifecycleTest {

  private static final int PORT = 7000;
  private static final Duration LONG = Duration.ofSeconds(60);

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void flowsThatJoinedStayAcceleratedAfterDisableAndNewOnesAreNot() {
    accelerate();
    Traffic flows = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 10);

    NODE.datapath().disable();

    long redirected = NODE.count(REDIRECTED);
    flows.exchange();
    assertThat(NODE.count(REDIRECTED)).isEqualTo(redirected + 2 * 10);
    run(10);
    assertThat(NODE.count(CLAIMED)).isEqualTo(10);
  }

  @Test
  void aLoadThatCannotLearnWhoWaitsOnASocketRefusesAndLeavesNothing() {
    try (KernelDatapath blind =
        KernelDatapath.without("learning", NODE.bed().pinDir(), NODE.bed().cgroup())) {
      assertThatThrownBy(blind::enable)
          .isInstanceOf(DatapathException.class)
          .hasMessageStartingWith(
              "this kernel's blocked readers cannot be protected, so nothing is loaded: ");

      assertThat(blind.status().state()).isEqualTo(State.ABSENT);
      assertThat(NODE.bed().pinDir()).isEmptyDirectory();
    }
  }

  @Test
  void whatAnotherProcessChangesWhileAPlanIsAppliedComesAfterIt() throws Exception {
    Thread other = new Thread(() -> NODE.datapath().configure(limits -> limits.withGears(ON)));
    Prefix server = Prefix.of(NODE.server().ipv4());

    NODE.datapath()
        .apply(
            plan(
                server,
                loaded -> {
                  other.start();
                  LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
                  assertThat(NODE.datapath().status().settings().gears()).isEqualTo(AUTO);
                }));

    assertThat(NODE.datapath().status().state()).isEqualTo(State.ENABLED);
    assertThat(NODE.datapath().status().settings().breakEvenMessages()).isEqualTo(7);
    assertThat(NODE.datapath().selection()).containsOnly(Map.entry(server, Selection.SELECTED));
    other.join();
    assertThat(NODE.datapath().status().settings().gears()).isEqualTo(ON);
  }

  @Test
  void aPlanWhoseConsentIsRefusedChangesNothing() {
    Consumer<Status> refusal =
        loaded -> {
          assertThat(loaded.state()).isEqualTo(State.DISABLED);
          throw new IllegalStateException("refused");
        };
    EnablePlan plan = plan(Prefix.of(NODE.server().ipv4()), refusal);

    assertThatThrownBy(() -> NODE.datapath().apply(plan)).hasMessage("refused");
    assertNothingLoaded();

    NODE.datapath().load();
    Status before = NODE.datapath().status();
    assertThatThrownBy(() -> NODE.datapath().apply(plan)).hasMessage("refused");
    assertThat(NODE.datapath().status()).isEqualTo(before);
  }

  @Test
  void whatIsPreparedIsThereForWhoLoadsItAndNothingElseChanges() {
    accelerate();
    Traffic flows = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 5);
    KernelDatapath next = KernelDatapath.another(NODE.bed().pinDir(), NODE.bed().cgroup());
    Status before = NODE.datapath().status();

    next.prepare(UnaryOperator.identity());

    assertThat(NODE.datapath().status().state()).isEqualTo(State.ENABLED);
    assertThat(NODE.datapath().status().build()).isEqualTo(before.build());
    assertThat(NODE.datapath().status().authority()).isEqualTo(before.authority());
    assertThat(next.status().another()).isEqualTo(before.build());
    Traffic others = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 5);
    assertThat(NODE.datapath().status().flows()).isEqualTo(5 + 5);

    next.enable();

    assertThat(next.status().another()).isEmpty();
    assertThat(next.status().draining()).containsValue(5 + 5);
    flows.exchange();
    others.exchange();
  }

  @Test
  void nothingIsPreparedWhileAnUnloadDrains() throws Exception {
    accelerate();
    NODE.serve(NODE.server(), "stuck", NODE.server().ipv4(), PORT + 1);
    NODE.start(NODE.client(), "hold", NODE.server().ipv4(), PORT + 1, 1);
    NODE.awaitRedirects();
    Thread unload = new Thread(() -> NODE.datapath().unload(LONG, true));
    unload.start();
    await().until(() -> NODE.datapath().status().state() == State.DRAINING);

    assertThatThrownBy(() -> NODE.datapath().prepare(UnaryOperator.identity()))
        .isInstanceOf(DatapathException.class)
        .hasMessage("cannot load: an unload drains the datapath");

    unload.interrupt();
    unload.join();
  }

  private static EnablePlan plan(Prefix selected, Consumer<Status> consent) {
    return new EnablePlan(
        limits -> limits.withBreakEvenMessages(7),
        consent,
        List.of(),
        List.of(selected),
        NODE.bed().node().addresses(),
        loaded -> true);
  }

  @Test
  void idleFlowsLeaveAtDisableNowAndGoOnOverTcp() {
    accelerate();
    Traffic flows = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 50);
    assertThat(NODE.flows()).isEqualTo(50);
    long redirected = NODE.count(REDIRECTED);

    NODE.datapath().disableNow();

    NODE.awaitNoFlows();
    flows.exchange();
    NODE.datapath().enable();
    flows.exchange();
    assertThat(NODE.count(REDIRECTED)).isEqualTo(redirected);
  }

  @EveryKernel
  @Test
  void unloadUnderTrafficLosesNothing() {
    accelerate();
    NODE.serve(NODE.server(), "-p duplex", NODE.server().ipv4(), PORT + 1);
    Traffic storm =
        NODE.start(NODE.client(), "-p storm", NODE.server().ipv4(), PORT + 1, 8, 500_000_000, 3);
    NODE.awaitRedirects();

    int cutOff = NODE.datapath().unload(LONG, false);

    assertThat(storm.isRunning()).as("the storm outlasts the unload").isTrue();
    assertThat(cutOff).isZero();
    assertNothingLoaded();
    storm.awaitSuccess();
  }

  @Test
  void unloadEndsAtItsTimeoutWhileBytesAreUnreadUnlessForced() {
    accelerate();
    NODE.serve(NODE.server(), "stuck", NODE.server().ipv4(), PORT + 1);
    NODE.start(NODE.client(), "hold", NODE.server().ipv4(), PORT + 1, 1);
    NODE.awaitRedirects();

    assertThatThrownBy(() -> NODE.datapath().unload(Duration.ofMillis(100), false))
        .isInstanceOf(DatapathException.class)
        .hasMessageContaining("after 100 ms: 1;");
    assertThat(NODE.flows()).isEqualTo(1);

    assertThat(NODE.datapath().unload(Duration.ofMillis(100), true)).isEqualTo(1);
    assertNothingLoaded();
  }

  @Test
  void unloadingTwiceIsUnloadingOnce() {
    accelerate();
    assertThat(NODE.datapath().unload(LONG, false)).isZero();
    assertThat(NODE.datapath().unload(LONG, false)).isZero();
    assertNothingLoaded();
  }

  @EveryKernel
  @Test
  void aDatapathOutlivesTheProcessThatLoadedItAndIsAdopted() {
    try (DatapathProcess loader = start(Work.ENABLE, 0)) {
      loader.awaitDone();
    } // killed

    assertThat(NODE.datapath().status().state()).isEqualTo(State.ENABLED);
    accelerate();
    run(10);
    assertThat(NODE.count(CLAIMED)).isEqualTo(10);
    assertThat(NODE.datapath().unload(LONG, false)).isZero();
    assertNothingLoaded();
  }

  @RepeatedTest(8)
  void aKillAtAnyPointOfLoadOrUnloadIsRepairedByTheNextEnable(RepetitionInfo repetition) {
    long seed = repetition.getCurrentRepetition();
    try (DatapathProcess loader = start(Work.LOAD_AND_UNLOAD, 0)) {
      loader.awaitDone();
      // not a wait for something: any moment of the first rounds will do
      LockSupport.parkNanos(Duration.ofMillis(50 + new Random(seed).nextInt(500)).toNanos());
    } // killed

    accelerate();
    run(10);
    assertThat(NODE.count(CLAIMED)).isEqualTo(10);
    assertThat(NODE.datapath().unload(LONG, false)).isZero();
    assertNothingLoaded();
  }

  @Test
  void aForcedUnloadThatWasKilledWithFlowsLeftIsRepairedByTheNextEnable() throws IOException {
    accelerate();
    Traffic flows = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 5);
    // the first thing that an unload undoes, and the last that it got to
    Files.delete(NODE.bed().pinDir().resolve(Build.carried() + "/link"));
    assertThat(NODE.datapath().status().state()).isEqualTo(State.ABSENT);

    assertThatThrownBy(() -> NODE.datapath().configure(settings -> settings.withMaxFlows(77)))
        .isInstanceOf(DatapathException.class)
        .hasMessageContaining("fixed while the datapath is loaded");
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);

    assertThat(NODE.flows()).isEqualTo(5);
    flows.exchange();
    run(10);
    assertThat(NODE.count(CLAIMED)).isEqualTo(5 + 10);
    assertThat(NODE.datapath().unload(LONG, false)).isZero();
    flows.exchange();
    assertNothingLoaded();
  }

  @EveryKernel
  @Test
  void aNewGenerationLoadsBesideTheOldOneAndLetsItDrain() {
    accelerate();
    Traffic old = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 5);
    KernelDatapath upgraded =
        KernelDatapath.at(NODE.bed().pinDir(), NODE.bed().cgroup(), Build.GENERATION + 1);
    upgraded.configure(settings -> AcceleratedNode.EVERY_FLOW_JOINS);
    upgraded.select(NODE.datapath().selection().keySet(), Selection.SELECTED);
    upgraded.enable();

    long redirected = NODE.count(REDIRECTED);
    old.exchange();
    run(10);

    assertThat(NODE.count(REDIRECTED)).as("of the old flows").isEqualTo(redirected + 2 * 5);
    assertThat(upgraded.status().counters()).containsEntry(CLAIMED, 10L);
    assertThat(upgraded.status().draining()).isEqualTo(Map.of(Build.carried(), 5));

    upgraded.disableNow();
    NODE.awaitNoFlows();
    old.exchange();
    upgraded.enable();
    assertThat(NODE.datapath().status().state()).as("of the drained one").isEqualTo(State.ABSENT);
    assertThat(upgraded.unload(LONG, false)).isZero();
    assertNothingLoaded();
  }

  @Test
  void sendingAnAddressBackSendsAllFlowsOfAnOlderGenerationBack() {
    accelerate();
    Traffic old = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 5);
    KernelDatapath upgraded =
        KernelDatapath.at(NODE.bed().pinDir(), NODE.bed().cgroup(), Build.GENERATION + 1);
    upgraded.enable();

    upgraded.sendBack(Map.of(Prefix.of(NODE.proxy().ipv4()), 1));

    NODE.awaitNoFlows();
    old.exchange();
    upgraded.unload(LONG, false);
  }

  /** Before generation 11 some of the maps had other names. */
  @Test
  void flowsOfAGenerationWithOtherMapNamesGoBackToTcpToo() {
    accelerate();
    Set<Prefix> pods = NODE.datapath().selection().keySet();
    KernelDatapath older = KernelDatapath.at(NODE.bed().pinDir(), NODE.bed().cgroup(), 10);
    older.configure(settings -> AcceleratedNode.EVERY_FLOW_JOINS);
    older.select(pods, Selection.SELECTED);
    older.enable();
    Traffic old = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 5);
    NODE.datapath().enable();
    assertThat(NODE.datapath().status().draining().values()).containsExactly(5);

    NODE.datapath().disableNow();

    await()
        .until(() -> NODE.datapath().status().draining().values().stream().allMatch(n -> n == 0));
    old.exchange();
    assertThat(NODE.datapath().unload(LONG, false)).isZero();
    assertNothingLoaded();
  }

  @Test
  void anOperatorsSwitchOutlivesAnUpgrade() {
    accelerate();
    NODE.datapath().disable();
    KernelDatapath upgraded =
        KernelDatapath.at(NODE.bed().pinDir(), NODE.bed().cgroup(), Build.GENERATION + 1);

    upgraded.load();

    assertThat(upgraded.status().authority()).isEqualTo(Authority.LOCAL);
    assertThat(upgraded.status().state()).isEqualTo(State.DISABLED);
    upgraded.unload(LONG, false);
  }

  @EveryKernel
  @Test
  void theLimitsThatAnOperatorSetOutliveAnUpgrade() {
    Settings limits = new Settings(1 << 20, 100, 5000, 3, 8 << 20, Gears.ON, false);
    NODE.datapath().configure(settings -> limits);
    KernelDatapath upgraded =
        KernelDatapath.at(NODE.bed().pinDir(), NODE.bed().cgroup(), Build.GENERATION + 1);

    upgraded.enable();
    assertThat(upgraded.status().settings()).isEqualTo(limits);

    upgraded.configure(settings -> settings.withBreakEvenMessages(4));
    upgraded.enable();
    assertThat(upgraded.status().settings()).isEqualTo(limits.withBreakEvenMessages(4));
    upgraded.unload(LONG, false);
  }

  @Test
  void aSocketThatAnotherProgramHoldsIsCountedAndTheProgramNamed() {
    accelerate();
    KernelDatapath other =
        KernelDatapath.at(NODE.bed().pinDir().resolveSibling("other"), NODE.bed().cgroup());
    other.configure(settings -> AcceleratedNode.EVERY_FLOW_JOINS);
    other.select(NODE.datapath().selection().keySet(), Selection.SELECTED);
    other.enable();

    run(10);

    List<Status> both = List.of(NODE.datapath().status(), other.status());
    assertThat(both)
        .anySatisfy(
            status -> {
              assertThat(status.counters().get(Counter.JOIN_FAILED_BUSY)).isPositive();
              assertThat(status.warnings())
                  .anyMatch(
                      line ->
                          line.contains("another program holds them")
                              && line.contains("another Podwire, program podwire_verdict (id "));
            });
    assertThat(other.unload(LONG, false)).isZero();
  }

  @Test
  void processesThatWorkAtTheSameTimeLoseNoChangeOfEachOther() {
    accelerate();
    Set<Prefix> before = Set.copyOf(NODE.datapath().selection().keySet());
    int messages = NODE.datapath().status().settings().maxBacklogMessages();

    try (DatapathProcess first = start(Work.CHANGE, 1);
        DatapathProcess second = start(Work.CHANGE, 2)) {
      first.awaitDone();
      second.awaitDone();
    }

    assertThat(NODE.datapath().selection().keySet())
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(before, DatapathProcess.prefixes(1), DatapathProcess.prefixes(2))
                .flatMap(Collection::stream)
                .toList());
    assertThat(NODE.datapath().status().settings().maxBacklogMessages())
        .isEqualTo(1 + (messages + 200 - 1) % 1024);
    NODE.datapath().enable();
    run(10);
    assertThat(NODE.count(CLAIMED)).isEqualTo(10);
  }

  private static void accelerate() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
  }

  private static void run(int connections) {
    Traffic.run(NODE.client(), "pairs", NODE.server().ipv4(), PORT, connections, 5);
  }

  private static DatapathProcess start(Work work, int name) {
    return DatapathProcess.start(work, NODE.bed().pinDir(), NODE.bed().cgroup(), name);
  }

  private static void assertNothingLoaded() {
    assertThat(NODE.datapath().status().state()).isEqualTo(State.ABSENT);
    assertThat(Files.exists(NODE.bed().pinDir())).isFalse();
  }
}
