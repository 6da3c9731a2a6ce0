package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Authority;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.State;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ReconcilerTest {

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private final FakeCluster cluster = new FakeCluster();
  private final List<String> events = new ArrayList<>();
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
    assertThat(datapath.nodeAddresses()).containsExactly(InetAddress.getLoopbackAddress());

    cluster.pod("db", "10.6.0.2");
    cluster.pods.remove("web");
    reconciler.pass();

    assertThat(datapath.selection().keySet()).isEqualTo(FakeCluster.prefixes("10.6.0.2"));
    assertThat(datapath.retired()).containsExactly(FakeCluster.prefixes("10.6.0.1", "fd06::1"));
  }

  @Test
  void aRestartAdoptsWhatIsThereAndChangesNothing() {
    cluster.pod("web", "10.6.0.1");
    cluster.policies.add(policy("p", "web", 7));
    begin();
    events.clear();
    int before = datapath.retired().size();

    reconciler = reconciler();
    begin();

    assertThat(datapath.retired()).hasSize(before);
    assertThat(datapath.selection().keySet()).isEqualTo(FakeCluster.prefixes("10.6.0.1"));
    assertThat(events).isEmpty();
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
    assertThat(datapath.retired()).isEmpty();

    cluster.policies.add(policy("p", "db", 7));
    reconciler.pass();
    assertThat(datapath.retired()).containsExactly(FakeCluster.prefixes("10.6.0.2"));
    reconciler.pass();
    assertThat(datapath.retired()).hasSize(1);

    cluster.policies.set(0, policy("p", "db", 8));
    reconciler.pass();
    cluster.policies.clear();
    reconciler.pass();
    assertThat(datapath.retired()).hasSize(3).containsOnly(FakeCluster.prefixes("10.6.0.2"));
  }

  @Test
  void offIsOffWhoeverSaysSo() {
    cluster.pod("web", "10.6.0.1");
    begin();
    assertSwitched(State.ENABLED, Authority.AGENT);

    cluster.node = Optional.of(Wish.DISABLED);
    reconciler.pass();
    assertSwitched(State.DISABLED, Authority.NODE);
    datapath.enable(); // somebody on the node
    reconciler.fullPass();
    assertSwitched(State.DISABLED, Authority.NODE);

    cluster.node = Optional.of(Wish.ENABLED);
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

    cluster.node = Optional.of(Wish.ENABLED);
    reconciler.pass();

    assertSwitched(State.DISABLED, Authority.LOCAL);
  }

  @Test
  void aRefusedKernelAcceleratesNothingAndSaysSoOnce() {
    cluster.pod("web", "10.6.0.1");
    for (int pass = 0; pass < 2; pass++) {
      reconciler.admit(Admission.refused("splice hangs"));
      reconciler.fullPass();
    }

    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
    assertThat(reconciler.state().obstacle()).contains("refused: splice hangs");
    assertThat(reconciler.state().refusal()).contains("splice hangs");
    assertThat(events).containsExactly("AccelerationRefused");
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
    datapath.drain(3, 17);

    reconciler.fullPass();

    assertThat(events).isEmpty();
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
    return new PolicyFacts("default", name, LabelRequirements.parse("app=" + app), fingerprint);
  }

  private Reconciler reconciler() {
    return new Reconciler(
        Configurations.of(Mode.OPT_OUT, ""),
        datapath,
        cluster,
        (reason, message) -> events.add(reason.name()),
        new Heartbeat(datapath, Duration.ofSeconds(30)),
        () -> Set.of(InetAddress.getLoopbackAddress()));
  }
}
