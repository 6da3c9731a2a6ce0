package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Authority;
import io.podwire.datapath.Build;
import io.podwire.datapath.Gears;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Settings;
import io.podwire.datapath.State;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a full pass would do, asked without a pass. */
final class PlanTest {

  private static final Build ANOTHER = new Build(8, "3f2a91c0".repeat(8));
  private static final Admission REFUSED = Admission.refused("splice hangs", Map.of());
  private static final Admission UNKNOWN = Admission.unknown("no check is kept");

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private final FakeCluster cluster = new FakeCluster();
  private AgentConfiguration configuration = Configurations.of(SelectionMode.OPT_OUT, "");

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      delimiter = '|',
      value = {
        // state | by     | annotation | by hand | to       | by    | event
        "DISABLED | NOBODY | -          | false   | ENABLED  | AGENT | AccelerationEnabled",
        "DISABLED | NOBODY | ENABLED    | false   | ENABLED  | NODE  | AccelerationEnabled",
        "DISABLED | NOBODY | DISABLED   | false   | DISABLED | NODE  | AccelerationDisabled",
        "DISABLED | AGENT  | -          | false   | ENABLED  | AGENT | AccelerationEnabled",
        "DISABLED | AGENT  | DISABLED   | false   | DISABLED | NODE  | AccelerationDisabled",
        "DISABLED | NODE   | -          | false   | ENABLED  | AGENT | AccelerationEnabled",
        "DISABLED | NODE   | DISABLED   | false   | -        | -     | -",
        "DISABLED | LOCAL  | -          | false   | -        | -     | -",
        "DISABLED | LOCAL  | ENABLED    | false   | -        | -     | -",
        "DISABLED | LOCAL  | DISABLED   | false   | -        | -     | -",
        "ENABLED  | NOBODY | -          | false   | ENABLED  | AGENT | -",
        "ENABLED  | AGENT  | -          | false   | -        | -     | -",
        "ENABLED  | AGENT  | ENABLED    | false   | ENABLED  | NODE  | -",
        "ENABLED  | AGENT  | DISABLED   | false   | DISABLED | NODE  | AccelerationDisabled",
        "ENABLED  | NODE   | -          | false   | ENABLED  | AGENT | -",
        "ENABLED  | NODE   | ENABLED    | false   | -        | -     | -",
        "ENABLED  | LOCAL  | -          | false   | -        | -     | -",
        "ENABLED  | LOCAL  | ENABLED    | false   | -        | -     | -",
        "ENABLED  | LOCAL  | DISABLED   | false   | DISABLED | NODE  | AccelerationDisabled",
        "DISABLED | NOBODY | -          | true    | ENABLED  | LOCAL | -",
        "DISABLED | NOBODY | ENABLED    | true    | ENABLED  | LOCAL | -",
        "DISABLED | NOBODY | DISABLED   | true    | DISABLED | NODE  | AccelerationDisabled",
      })
  void offIsOffWhoeverSaysSoAndWhoSaysMoreIsHeeded(
      State state,
      Authority by,
      AccelerationAnnotation annotation,
      boolean byHand,
      State to,
      Authority toBy,
      NodeEvents.Reason event) {
    loaded(state, by);
    cluster.node = Optional.ofNullable(annotation);

    Plan.Follow follow =
        (Plan.Follow) plan(memory(Admission.unchecked()).takingOver(byHand)).step();

    assertThat(follow.switching().map(Plan.Switching::state)).isEqualTo(Optional.ofNullable(to));
    assertThat(follow.switching().map(Plan.Switching::by)).isEqualTo(Optional.ofNullable(toBy));
    assertThat(follow.switching().flatMap(Plan.Switching::notice).map(Notice::reason))
        .isEqualTo(Optional.ofNullable(event));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      delimiter = '|',
      value = {
        // state | by     | another | seen  | check     | cluster | step, or obstacle            |
        // off
        "ABSENT   | NOBODY | false   | false | -         | true    | the kernel is being checked  | no",
        "ENABLED  | AGENT  | false   | false | -         | true    | the kernel is being checked  | no",
        "ABSENT   | NOBODY | false   | false | unchecked | false   | pods not read yet            | no",
        "ABSENT   | NOBODY | false   | false | unchecked | true    | Load                         | no",
        "ABSENT   | NOBODY | true    | false | unchecked | true    | Load                         | no",
        "ENABLED  | LOCAL  | true    | false | unchecked | true    | Load                         | no",
        "ABSENT   | NOBODY | false   | true  | unchecked | true    | the datapath was unloaded    | no",
        "ABSENT   | NOBODY | true    | true  | unchecked | true    | another build                | no",
        "ENABLED  | AGENT  | true    | true  | refused   | true    | another build                | no",
        "DISABLED | NOBODY | false   | false | unchecked | true    | Follow                       | no",
        "ABSENT   | NOBODY | false   | false | refused   | true    | refused: splice hangs        | no",
        "ENABLED  | AGENT  | false   | false | refused   | true    | refused: splice hangs        | yes",
        "ENABLED  | NOBODY | false   | false | refused   | true    | refused: splice hangs        | yes",
        "ENABLED  | LOCAL  | false   | false | refused   | true    | refused: splice hangs        | no",
        "ENABLED  | AGENT  | true    | false | refused   | true    | refused: splice hangs        | no",
        "DISABLED | AGENT  | false   | false | refused   | true    | refused: splice hangs        | no",
        "ENABLED  | AGENT  | false   | false | unknown   | true    | Follow                       | no",
        "ENABLED  | NODE   | false   | false | unknown   | true    | Follow                       | no",
        "ENABLED  | NOBODY | false   | false | unknown   | true    | refused: no check is kept    | yes",
        "ENABLED  | LOCAL  | false   | false | unknown   | true    | refused: no check is kept    | no",
        "ABSENT   | NOBODY | false   | false | unknown   | true    | refused: no check is kept    | no",
        "ENABLED  | AGENT  | false   | false | lacking   | true    | refused: the programs        | yes",
        "ENABLED  | LOCAL  | false   | false | lacking   | true    | refused: the programs        | no",
        "ENABLED  | LOCAL  | true    | false | lacking   | true    | Load                         | no",
      })
  void nothingIsTouchedBeforeItMayBe(
      State state,
      Authority by,
      boolean another,
      boolean loadedBefore,
      String check,
      boolean known,
      String expected,
      String off) {
    loaded(state, by);
    if (another) {
      datapath.loadAnother(ANOTHER);
    }
    cluster.known = known;
    cluster.problems = known ? List.of() : List.of("pods not read yet");
    PassMemory memory = check == null ? PassMemory.NOTHING : memory(admission(check));

    Plan plan = plan(loadedBefore ? memory.loaded() : memory);

    if (plan.step() instanceof Plan.Stand stand) {
      assertThat(stand.obstacle()).startsWith(expected);
      assertThat(stand.disables()).isEqualTo(off.equals("yes"));
    } else {
      assertThat(plan.step().getClass().getSimpleName()).isEqualTo(expected);
    }
  }

  private static Admission admission(String check) {
    return switch (check) {
      case "refused" -> REFUSED;
      case "unknown" -> UNKNOWN;
      case "lacking" -> Admission.granted(Map.of(), Set.of("no-such-protection"));
      default -> Admission.unchecked();
    };
  }

  @Test
  void askingTwiceGetsTheSameAnswerAndDoesNothing() {
    loaded(State.ENABLED, Authority.AGENT);
    cluster.pod("web", "10.6.0.1");
    PassMemory memory = memory(REFUSED);

    assertThat(plan(memory)).isEqualTo(plan(memory));

    assertThat(datapath.status().state()).isEqualTo(State.ENABLED);
  }

  @Test
  void aRefusalIsToldOnceForEachResultOfTheCheck() {
    Plan first = plan(memory(REFUSED));
    assertThat(first.notices())
        .containsExactly(
            new Notice(
                NodeEvents.Reason.AccelerationRefused,
                "splice hangs",
                Optional.of("acceleration refused reason=\"splice hangs\"")));

    assertThat(plan(first.memory()).notices()).isEmpty();
    assertThat(plan(first.memory().admit(REFUSED)).notices()).isEmpty();
    assertThat(plan(first.memory().admit(UNKNOWN)).notices()).hasSize(1);
  }

  @Test
  void whatGoesOnWithoutACheckSaysSoAndGoesOnAfterItWasSwitchedOff() {
    loaded(State.ENABLED, Authority.AGENT);
    Plan first = plan(memory(UNKNOWN));
    assertThat(first.notices())
        .extracting(Notice::message)
        .containsExactly("goes on as before, without a check: no check is kept");

    datapath.disable(Authority.NODE);

    assertThat(plan(first.memory()).step()).isInstanceOf(Plan.Follow.class);
    assertThat(plan(first.memory().admit(REFUSED)).step()).isInstanceOf(Plan.Stand.class);
  }

  @Test
  void whatWasSeenLoadedIsRememberedAndALoadThatMayFailIsNot() {
    assertThat(plan(memory(Admission.unchecked())).memory().loadedBefore()).isFalse();

    loaded(State.DISABLED, Authority.NOBODY);

    assertThat(plan(memory(Admission.unchecked())).memory().loadedBefore()).isTrue();
    assertThat(plan(memory(REFUSED)).memory().loadedBefore()).isFalse();
  }

  @Test
  void aLoadOverABuildThatAnOperatorSwitchedOnRemembersThat() {
    loaded(State.ENABLED, Authority.LOCAL);
    datapath.loadAnother(ANOTHER);

    assertThat(plan(memory(Admission.unchecked())).memory().byHand()).isTrue();
    datapath.disable(Authority.LOCAL);
    assertThat(plan(memory(Admission.unchecked())).memory().byHand()).isFalse();
  }

  @Test
  void limitsAndDrainedBuildsAreSeenToWhereThereIsSomethingToDo() {
    loaded(State.ENABLED, Authority.AGENT);
    assertThat(plan(memory(Admission.unchecked())).step())
        .isEqualTo(new Plan.Follow(false, false, SelectionChange.NONE, Optional.empty()));

    datapath.drain(new Build(3, ""), 0);
    configuration =
        Configurations.of(SelectionMode.OPT_OUT, "", Optional.of(7 << 20), Optional.of(Gears.OFF));
    assertThat(plan(memory(Admission.unchecked())).step())
        .isEqualTo(new Plan.Follow(true, true, SelectionChange.NONE, Optional.empty()));

    assertThat(plan(memory(Admission.unchecked()), true).step())
        .as("a load removes drained builds itself")
        .isEqualTo(new Plan.Follow(false, true, SelectionChange.NONE, Optional.empty()));

    datapath.reconfigure(settings -> configuration.told(settings, Authority.AGENT));
    assertThat(datapath.status().settings())
        .isEqualTo(Settings.DEFAULT.withMaxBacklogMemory(7 << 20).withGears(Gears.OFF));
    assertThat(plan(memory(Admission.unchecked())).step())
        .isEqualTo(new Plan.Follow(true, false, SelectionChange.NONE, Optional.empty()));
  }

  @Test
  void anAgentThatObservesHasNothingJoinUnlessAnOperatorOnTheNodeSaysSo() {
    configuration = Configurations.of(SelectionMode.OBSERVE, "");
    loaded(State.ENABLED, Authority.AGENT);
    assertThat(plan(memory(Admission.unchecked())).step())
        .isEqualTo(new Plan.Follow(false, true, SelectionChange.NONE, Optional.empty()));
    assertThat(configuration.told(Settings.DEFAULT, Authority.AGENT).observes()).isTrue();
    assertThat(configuration.told(Settings.DEFAULT, Authority.LOCAL).observes()).isFalse();

    configuration = Configurations.of(SelectionMode.OPT_OUT, "");
    Settings observes = Settings.DEFAULT.withObserves(true);
    assertThat(configuration.told(observes, Authority.LOCAL).observes()).isTrue();
    assertThat(configuration.told(observes, Authority.NODE).observes()).isFalse();
  }

  private void loaded(State state, Authority by) {
    if (state != State.ABSENT) {
      datapath.load();
    }
    if (state == State.ENABLED) {
      datapath.enable(by);
    } else if (state == State.DISABLED) {
      datapath.disable(by);
    }
  }

  private static PassMemory memory(Admission admission) {
    return PassMemory.NOTHING.admit(admission);
  }

  private Plan plan(PassMemory memory) {
    return plan(memory, false);
  }

  private Plan plan(PassMemory memory, boolean loaded) {
    World world =
        new World(
            cluster.view(),
            List.of(),
            Set.of(),
            datapath.status(),
            datapath.selection(),
            Map.of(),
            loaded);
    return Plan.of(configuration, memory, world);
  }
}
