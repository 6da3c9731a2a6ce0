package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Authority;
import io.podwire.datapath.Build;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Gears;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.KernelFacts;
import io.podwire.datapath.OwnerProcesses;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.Settings;
import io.podwire.datapath.SocketOwner;
import io.podwire.datapath.State;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ReconcilerTest {

  private static final InetAddress NODE = new InetSocketAddress("10.6.0.9", 0).getAddress();

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private final FakeCluster cluster = new FakeCluster();
  private final List<String> events = new ArrayList<>();
  private final List<String> messages = new ArrayList<>();
  private final AtomicLong clock = new AtomicLong();
  private Reconciler reconciler = reconciler();

  @Test
  void nothingIsTouchedBeforeTheCheckAndTheCluster() {
    cluster.known = false;
    cluster.problems = List.of("pods not read yet");
    reconciler.fullPass();
    assertThat(reconciler.state().obstacle()).contains("the kernel is being checked");

    reconciler.admit(Admission.unchecked());
    reconciler.fullPass();

    assertThat(reconciler.state().obstacle()).contains("pods not read yet");
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
  }

  @Test
  void theSelectionIsWhatTheClusterSays() {
    cluster.pod("web", "10.6.0.1", "fd06::1");
    begin();
    assertThat(datapath.selection().keySet())
        .isEqualTo(FakeCluster.prefixes("10.6.0.1", "fd06::1"));
    assertThat(datapath.timeToLive()).isEqualTo(Duration.ofSeconds(30));
    assertThat(datapath.nodeAddresses()).containsExactly(NODE);

    cluster.pod("db", "10.6.0.2");
    cluster.pods.remove("web");
    reconciler.pass();

    assertThat(datapath.selection().keySet()).isEqualTo(FakeCluster.prefixes("10.6.0.2"));
    assertThat(datapath.sentBack()).containsExactly(FakeCluster.prefixes("10.6.0.1", "fd06::1"));
  }

  @Test
  void whatAPodNeededIsForgottenWithItsAddress() {
    cluster.pod("web", "10.6.0.1");
    cluster.pod("db", "10.6.0.2");
    begin();
    datapath.findIncompatible(Prefix.address("10.6.0.1"), Counter.RETIRED_DUPLEX);
    datapath.findIncompatible(Prefix.address("10.6.0.2"), Counter.RETIRED_SHUTDOWN);

    cluster.pods.remove("web");
    reconciler.pass();

    assertThat(datapath.status().parties()).containsOnlyKeys(Counter.RETIRED_SHUTDOWN);
  }

  @Test
  void aRestartAdoptsWhatIsThereAndChangesNothing() {
    cluster.pod("web", "10.6.0.1");
    cluster.policies.add(policy("p", "web", 7));
    begin();
    events.clear();
    int before = datapath.sentBack().size();

    reconciler = reconciler();
    begin();

    assertThat(datapath.sentBack()).hasSize(before);
    assertThat(datapath.selection().keySet()).isEqualTo(FakeCluster.prefixes("10.6.0.1"));
    assertThat(events).isEmpty();
  }

  @Test
  void anotherSocketOwnerIsToldOfOnceForEachTimeThatItComes() {
    begin();
    events.clear();
    messages.clear();
    datapath.otherOwners(obi(5));
    assertThat(reconciler.beat()).as("another pass is due").isTrue();

    reconciler.fullPass();
    reconciler.fullPass();

    assertThat(events).containsExactly("OtherSocketOwner");
    assertThat(messages.get(0))
        .startsWith(
            "OBI, Beyla or Alloy, program obi_packet_exte (id 7) of map sock_dir (id 5), has")
        .contains(" 17 sockets: ", "--yield-to obi");
    assertThat(reconciler.beat()).isFalse();
    datapath.otherOwners();
    assertThat(reconciler.beat()).isTrue();
    reconciler.fullPass();
    datapath.otherOwners(obi(6));
    reconciler.fullPass();
    assertThat(events).containsExactly("OtherSocketOwner", "OtherSocketOwner");
  }

  @Test
  void podsAreLeftToAnotherOwnerForAsLongAsThatIsLoaded() {
    cluster.pod("web", "10.6.0.1");
    datapath.load();
    datapath.otherOwners(obi(5));
    reconciler = reconciler(Configurations.yieldingTo(YieldTo.parse("beyla")));

    begin();

    assertThat(datapath.selection()).isEmpty();
    assertThat(reconciler.state().decisions())
        .extracting(PodDecision::reason)
        .containsExactly("left to beyla, which is loaded (--yield-to)");
    assertThat(events).contains("AccelerationYields").doesNotContain("OtherSocketOwner");
    datapath.otherOwners();
    reconciler.fullPass();
    assertThat(datapath.selection().keySet()).isEqualTo(FakeCluster.prefixes("10.6.0.1"));
    datapath.otherOwners(obi(6));
    reconciler.fullPass();
    assertThat(datapath.selection()).isEmpty();
    assertThat(datapath.sentBack()).contains(FakeCluster.prefixes("10.6.0.1"));
  }

  @Test
  void podsAreLeftToAnotherOwnerFromTheLoadOn() {
    cluster.pod("web", "10.6.0.1");
    datapath.otherOwners(obi(5));
    reconciler =
        reconciler(Configurations.yieldingTo(YieldTo.parse("obi=tier=web"), YieldTo.parse("obi")));

    begin();

    assertThat(datapath.selection()).isEmpty();
  }

  private static SocketOwner obi(int map) {
    return new SocketOwner(
        map,
        "sock_dir",
        OptionalInt.of(17),
        List.of(new SocketOwner.AttachedProgram(7, "obi_packet_exte")));
  }

  @Test
  void aLimitThatTheAgentWasToldHoldsAgainAfterOthersChangedIt() {
    reconciler =
        reconciler(
            Configurations.of(
                SelectionMode.OPT_OUT, "", Optional.of(7 << 20), Optional.of(Gears.OFF)));
    begin();
    assertThat(datapath.status().settings())
        .isEqualTo(Settings.DEFAULT.withMaxBacklogMemory(7 << 20).withGears(Gears.OFF));

    datapath.configure(
        settings ->
            settings.withMaxBacklogMemory(8 << 20).withGears(Gears.ON).withMaxBacklogBytes(5000));
    reconciler.fullPass();

    assertThat(datapath.status().settings())
        .isEqualTo(
            Settings.DEFAULT
                .withMaxBacklogMemory(7 << 20)
                .withGears(Gears.OFF)
                .withMaxBacklogBytes(5000));
  }

  @Test
  void aFullPassRepairsWhatOthersChanged() {
    cluster.pod("web", "10.6.0.1");
    begin();
    datapath.select(FakeCluster.prefixes("10.6.0.1"), Selection.EXCLUDED);
    datapath.select(List.of(Prefix.cidr("10.9.0.0/16")), Selection.SELECTED);

    reconciler.fullPass();

    assertThat(datapath.selection()).hasSize(1).containsValue(Selection.SELECTED);
  }

  @Test
  void flowsAreRetiredForChangesOfPoliciesOfTheirPodOnly() {
    cluster.pod("web", "10.6.0.1");
    cluster.pod("db", "10.6.0.2");
    begin();
    assertThat(datapath.sentBack()).isEmpty();

    cluster.policies.add(policy("p", "db", 7));
    reconciler.pass();
    assertThat(datapath.sentBack()).containsExactly(FakeCluster.prefixes("10.6.0.2"));
    reconciler.pass();
    assertThat(datapath.sentBack()).hasSize(1);

    cluster.policies.set(0, policy("p", "db", 8));
    reconciler.pass();
    cluster.policies.clear();
    reconciler.pass();
    assertThat(datapath.sentBack()).hasSize(3).containsOnly(FakeCluster.prefixes("10.6.0.2"));
  }

  @Test
  void podsThatShareAnAddressDoNotRetireItsFlowsAgainAndAgain() {
    cluster.pod("db", "10.6.0.2");
    cluster.pod("web", "10.6.0.2");
    cluster.policies.add(policy("p", "db", 7));
    cluster.policies.add(policy("q", "web", 9));
    begin();
    int before = datapath.sentBack().size();

    reconciler.pass();
    reconciler.pass();

    assertThat(datapath.sentBack()).hasSize(before);
  }

  @Test
  void theNodesOwnAddressIsNeverSelected() {
    cluster.pod("web", "10.6.0.1", NODE.getHostAddress());

    begin();

    assertThat(datapath.selection().keySet()).isEqualTo(FakeCluster.prefixes("10.6.0.1"));
  }

  @Test
  void whatWasSwitchedOnTheNodeIsTheAgentsAgainOnceItIsLeftToIt() {
    begin();
    datapath.disable();
    datapath.leaveToAgent();
    reconciler.fullPass();
    assertSwitched(State.ENABLED, Authority.AGENT);

    datapath.enable();
    cluster.node = Optional.of(AccelerationAnnotation.ENABLED);
    datapath.leaveToAgent();
    reconciler.fullPass();
    assertSwitched(State.ENABLED, Authority.NODE);
  }

  @Test
  void offIsOffWhoeverSaysSo() {
    cluster.pod("web", "10.6.0.1");
    begin();
    assertSwitched(State.ENABLED, Authority.AGENT);

    cluster.node = Optional.of(AccelerationAnnotation.DISABLED);
    reconciler.pass();
    assertSwitched(State.DISABLED, Authority.NODE);
    datapath.enable(); // somebody on the node
    reconciler.fullPass();
    assertSwitched(State.DISABLED, Authority.NODE);

    cluster.node = Optional.of(AccelerationAnnotation.ENABLED);
    reconciler.pass();
    assertSwitched(State.ENABLED, Authority.NODE);
    datapath.disable();
    reconciler.fullPass();
    assertSwitched(State.DISABLED, Authority.LOCAL);

    datapath.enable();
    reconciler.fullPass();
    assertSwitched(State.ENABLED, Authority.LOCAL);
    assertThat(events)
        .containsExactly(
            "AccelerationEnabled",
            "AccelerationDisabled",
            "AccelerationDisabled",
            "AccelerationEnabled");
  }

  @Test
  void theAnnotationDoesNotOverrideALocalSwitchThatNoFullPassHasSeen() {
    begin();
    datapath.disable();

    cluster.node = Optional.of(AccelerationAnnotation.ENABLED);
    reconciler.pass();

    assertSwitched(State.DISABLED, Authority.LOCAL);
  }

  @Test
  void aRefusedKernelAcceleratesNothingAndSaysSoOnce() {
    cluster.pod("web", "10.6.0.1");
    for (int pass = 0; pass < 2; pass++) {
      reconciler.admit(Admission.refused("splice hangs", Map.of()));
      reconciler.fullPass();
      reconciler.fullPass();
    }

    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
    assertThat(reconciler.state().obstacle()).contains("refused: splice hangs");
    assertThat(reconciler.state().refusal()).contains("splice hangs");
    assertThat(events).containsExactly("AccelerationRefused");
  }

  @Test
  void programsThatLackAProtectionOfTheCheckAccelerateNothingAndTheAgentSaysSoOnce() {
    cluster.pod("web", "10.6.0.1");
    begin();
    datapath.kernelFacts(Set.of(KernelFacts.CALL_FLAGS));
    events.clear();
    Admission heeding = Admission.granted(Map.of(), Set.of("waiters", "call-flags"));

    for (int pass = 0; pass < 2; pass++) {
      reconciler.admit(heeding);
      reconciler.fullPass();
    }

    assertSwitched(State.DISABLED, Authority.AGENT);
    assertThat(reconciler.state().obstacle().orElseThrow())
        .startsWith("refused: the programs that are loaded lack")
        .contains("check: waiters:")
        .endsWith("add to PODWIRE_ACCEPT: waiters");
    assertThat(events).containsExactly("AccelerationRefused");
    datapath.kernelFacts(Set.of(KernelFacts.WAITERS, KernelFacts.CALL_FLAGS));
    reconciler.fullPass();
    assertSwitched(State.ENABLED, Authority.AGENT);
  }

  @Test
  void aNodeThatAnotherBuildTookIsLeftToItWhateverTheNodesAnnotationSaysNow() {
    begin();
    datapath.loadAnother(new Build(8, "3f2a91c0".repeat(8)));
    cluster.node = Optional.of(AccelerationAnnotation.DISABLED);

    reconciler.pass();

    assertSwitched(State.ENABLED, Authority.AGENT);
    assertThat(reconciler.state().obstacle().orElseThrow()).contains("another build");
  }

  @Test
  void aLoadThatLacksAProtectionIsNotRepeatedOverAnotherBuild() {
    datapath.kernelFacts(Set.of());
    reconciler.admit(Admission.granted(Map.of(), Set.of("waiters")));
    reconciler.fullPass();
    datapath.loadAnother(new Build(8, "3f2a91c0".repeat(8)));

    reconciler.fullPass();

    assertThat(reconciler.state().obstacle().orElseThrow()).contains("another build");
    assertThat(reconciler.state().refusal()).isEmpty();
  }

  @Test
  void programsThatLackAProtectionAreNotEnabledByTheLoadThatBroughtThem() {
    datapath.kernelFacts(Set.of());
    reconciler.admit(Admission.granted(Map.of(), Set.of("waiters")));

    reconciler.fullPass();

    assertThat(datapath.status().state()).isEqualTo(State.DISABLED);
    assertThat(reconciler.state().obstacle().orElseThrow()).contains("check: waiters:");
  }

  @Test
  void aRefusalThatIsLookedAtAgainSaysWhen() {
    Admission refused = Admission.refused("splice hangs", Map.of());
    reconciler.admit(refused.until(Instant.parse("2026-11-29T15:00:00.123Z")));
    reconciler.fullPass();

    assertThat(reconciler.state().obstacle())
        .contains("refused: splice hangs; looked at again at 2026-11-29T15:00:00Z");
  }

  @Test
  void aNodeThatRunsGoesOnWhereTheCheckIsGoneAndSaysSo() {
    cluster.pod("web", "10.6.0.1");
    begin();
    events.clear();

    reconciler = reconciler();
    reconciler.admit(Admission.unknown("no check is kept"));
    reconciler.fullPass();
    cluster.pod("db", "10.6.0.2");
    cluster.node = Optional.of(AccelerationAnnotation.DISABLED);
    reconciler.fullPass();
    cluster.node = Optional.of(AccelerationAnnotation.ENABLED);
    reconciler.fullPass();

    assertSwitched(State.ENABLED, Authority.NODE);
    assertThat(datapath.selection()).hasSize(2);
    assertThat(reconciler.state().obstacle()).isEmpty();
    assertThat(reconciler.state().refusal()).isEmpty();
    assertThat(reconciler.state().unchecked()).contains("no check is kept");
    assertThat(events)
        .containsExactly("AccelerationDegraded", "AccelerationDisabled", "AccelerationEnabled");
  }

  @Test
  void aNodeThatDoesNotRunDoesNotBeginWithoutACheck() {
    cluster.pod("web", "10.6.0.1");
    reconciler.admit(Admission.unknown("no check is kept"));
    reconciler.fullPass();
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);

    datapath.enable(); // somebody on the node, who selects pods one by one
    reconciler.fullPass();

    assertThat(datapath.selection()).isEmpty();
    assertThat(reconciler.state().obstacle()).contains("refused: no check is kept");
    assertThat(events).containsExactly("AccelerationRefused");
  }

  @Test
  void aNodeThatWasRefusedIsNotLetRunByACheckThatIsGone() {
    begin();
    reconciler.admit(Admission.refused("splice hangs", Map.of()));
    reconciler.fullPass();
    assertSwitched(State.DISABLED, Authority.AGENT);

    reconciler.admit(Admission.unknown("no check is kept"));
    reconciler.fullPass();

    assertSwitched(State.DISABLED, Authority.AGENT);
    assertThat(reconciler.state().refusal()).contains("no check is kept");
  }

  @Test
  void whatWasUnloadedStaysUnloadedUntilSomebodyEnablesIt() {
    cluster.pod("web", "10.6.0.1");
    begin();
    datapath.unload(Duration.ZERO, false);

    reconciler.fullPass();
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
    assertThat(reconciler.state().obstacle().orElseThrow()).startsWith("the datapath was unloaded");

    datapath.enable();
    reconciler.fullPass();
    assertThat(datapath.selection()).hasSize(1);
    assertThat(reconciler.state().obstacle()).isEmpty();
  }

  @Test
  void anApiServerThatIsLostIsNoReasonToDoAnything() {
    cluster.pod("web", "10.6.0.1");
    begin();
    cluster.problems = List.of("watch of pods is interrupted");

    reconciler.fullPass();

    assertThat(reconciler.state().obstacle()).isEmpty();
    assertThat(datapath.selection()).hasSize(1);
  }

  @Test
  void aWarningOfTheDatapathIsToldOnce() {
    begin();
    events.clear();
    datapath.warn("sockets that could not join: 1");
    reconciler.fullPass();
    reconciler.fullPass();

    assertThat(events).containsExactly("AccelerationDegraded");
  }

  @Test
  void anOlderGenerationThatDrainsIsNormalLife() {
    begin();
    events.clear();
    datapath.drain(new Build(3, ""), 17);

    reconciler.fullPass();

    assertThat(events).isEmpty();
  }

  @Test
  void anotherBuildThatWasLoadedSinceIsLeftAloneUntilTheAgentIsRestarted() {
    Build another = new Build(Build.carried().generation(), "77aa0011".repeat(8));
    begin();
    datapath.loadAnother(another);
    datapath.disable(Authority.AGENT);

    reconciler.fullPass();
    assertThat(reconciler.beat()).isFalse();
    reconciler.fullPass();

    assertThat(reconciler.state().obstacle().orElseThrow())
        .contains("another build", another.toString(), "restart of this agent");
    assertThat(datapath.status().another()).contains(another);
    assertSwitched(State.DISABLED, Authority.AGENT);

    reconciler = reconciler();
    begin();
    assertThat(datapath.status().another()).isEmpty();
    assertSwitched(State.ENABLED, Authority.AGENT);
  }

  @Test
  void aBuildThatHasDrainedIsRemovedByTheNextFullPass() {
    begin();
    datapath.drain(new Build(3, ""), 0);
    int loads = datapath.loads();

    reconciler.fullPass();

    assertThat(datapath.status().draining()).isEmpty();
    assertThat(datapath.loads())
        .as("a build without flows may be one that another process just loads: no load over it")
        .isEqualTo(loads);
  }

  @Test
  void aHeartbeatThatFindsTheNodeSwitchedMakesAFullPassDue() {
    begin();
    assertThat(reconciler.beat()).isFalse();

    datapath.disable(Authority.NOBODY); // as accelctl auto leaves it
    assertThat(reconciler.beat()).isTrue();
    reconciler.fullPass();
    assertSwitched(State.ENABLED, Authority.AGENT);
    assertThat(reconciler.beat()).isFalse();

    datapath.unload(Duration.ZERO, true);
    assertThat(reconciler.beat()).isTrue();
    reconciler.fullPass();
    assertThat(reconciler.state().obstacle().orElseThrow()).startsWith("the datapath was unloaded");
    assertThat(events).doesNotContain("AccelerationDegraded");
  }

  @Test
  void afterAnObstacleAHeartbeatMakesAnotherFullPassDueAMinuteAfterTheLast() {
    cluster.known = false;
    cluster.problems = List.of("pods not read yet");
    reconciler.admit(Admission.unchecked());
    reconciler.fullPass();

    elapse(Duration.ofSeconds(60));
    assertThat(reconciler.beat()).isFalse();
    elapse(Duration.ofSeconds(1));
    assertThat(reconciler.beat()).isTrue();
    reconciler.fullPass();
    assertThat(reconciler.state().obstacle()).contains("pods not read yet");
    assertThat(reconciler.beat()).isFalse();

    cluster.known = true;
    elapse(Duration.ofSeconds(61));
    assertThat(reconciler.beat()).isTrue();
    reconciler.fullPass();
    assertSwitched(State.ENABLED, Authority.AGENT);
    elapse(Duration.ofHours(1));
    assertThat(reconciler.beat()).as("one that did all is not repeated").isFalse();
  }

  @Test
  void afterAFailureAHeartbeatMakesAFullPassDueAMinuteAfterTheLast() {
    begin();
    elapse(Duration.ofSeconds(30));
    reconciler.failed("no memory");
    assertThat(reconciler.beat()).isFalse();

    elapse(Duration.ofSeconds(31));
    assertThat(reconciler.beat()).isTrue();
    reconciler.fullPass();
    assertThat(reconciler.state().obstacle()).isEmpty();
    assertThat(reconciler.beat()).isFalse();
  }

  private void elapse(Duration time) {
    clock.addAndGet(time.toNanos());
  }

  private void begin() {
    reconciler.admit(Admission.unchecked());
    reconciler.fullPass();
    assertThat(reconciler.state().obstacle()).isEmpty();
  }

  private void assertSwitched(State state, Authority by) {
    assertThat(datapath.status().state()).isEqualTo(state);
    assertThat(datapath.status().authority()).isEqualTo(by);
  }

  private static PolicyFacts policy(String name, String app, int fingerprint) {
    return new PolicyFacts(
        Optional.of("default"), name, LabelRequirements.parse("app=" + app), fingerprint);
  }

  private Reconciler reconciler() {
    return reconciler(Configurations.of(SelectionMode.OPT_OUT, ""));
  }

  private Reconciler reconciler(AgentConfiguration configuration) {
    return new Reconciler(
        configuration,
        datapath,
        cluster,
        (reason, message) -> {
          events.add(reason.name());
          messages.add(message);
        },
        new Heartbeat(datapath, Duration.ofSeconds(30)),
        () -> Set.of(NODE),
        new OwnerProcesses(Path.of("/nowhere")),
        clock::get);
  }
}
