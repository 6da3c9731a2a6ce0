package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podwire.agent.Admission;
import io.podwire.check.CheckReport;
import io.podwire.check.KeptCheck;
import io.podwire.check.Verdict;
import io.podwire.datapath.Gears;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an agent makes of the check that is kept, and of one that is not. */
final class AgentAdmissionTest {

  @TempDir private Path directory;

  /** The checks that can be made here, one after the other. */
  private final Deque<CheckReport> possible = new ArrayDeque<>();

  private KeptCheck kept;
  private Gears gears = Gears.AUTO;

  @BeforeEach
  void keepIt() {
    kept =
        new KeptCheck(
            directory,
            progress -> {
              if (possible.isEmpty()) {
                throw new IllegalStateException("no network namespaces here");
              }
              return possible.remove();
            });
  }

  @Test
  void aCheckThatIsKeptIsHeeded() {
    kept.keep(Checks.GOOD);

    Admission admission = admission();

    assertThat(admission.refusal()).isEmpty();
    assertThat(admission.cases()).containsEntry(Verdict.SAME, 1L);
  }

  @Test
  void aRefusalSaysInTheWordsOfAClusterHowToAccept() {
    kept.keep(Checks.WITHOUT_SPLICE);

    assertThat(agent(true, "waitall").get().refusal().orElseThrow())
        .contains("cannot protect Go programs that relay with io.Copy")
        .contains("PODWIRE_ACCEPT=waitall,splice", "PODWIRE_MODE=opt-in")
        .doesNotContain("--");
    assertThat(agent(false).get().refusal()).as("pods that were named").isEmpty();
    assertThat(agent(true, "splice").get().refusal()).isEmpty();

    kept.keep(Checks.BROKEN);
    assertThat(agent(false).get().refusal().orElseThrow())
        .contains("message-8-mib", "PODWIRE_ACCEPT=message-8-mib,connect-v6")
        .doesNotContain("--accept");
  }

  @Test
  void gearsThatTheKernelDoesNotSuitAreToBeAcceptedOnceTheyAreChosen() {
    kept.keep(Checks.WITHOUT_FIONREAD);
    assertThat(agent(true).get().refusal()).isEmpty();

    gears = Gears.ON;

    assertThat(agent(true).get().refusal().orElseThrow()).contains("PODWIRE_ACCEPT=gears");
    assertThat(agent(true, "gears").get().refusal()).isEmpty();
  }

  @Test
  void withoutACheckNobodyKnowsAtFirstAndThenOneIsMadeThoughItCannotBeKept() {
    possible.add(Checks.GOOD);
    AgentAdmission agent = agent(true);

    assertThat(agent.get().known()).isFalse();
    assertThat(possible).as("what runs does not wait for it").hasSize(1);
    assertThat(agent.get().refusal()).isEmpty();
    assertThat(directory).as("the agent's is read-only").isEmptyDirectory();
  }

  @Test
  void whereNoCheckCanBeMadeItSaysWhoCan() {
    AgentAdmission agent = agent(true);
    agent.get();

    assertThatThrownBy(agent::get)
        .hasMessageContaining("no network namespaces here")
        .hasMessageContaining("init container");
    kept.keep(Checks.GOOD);
    assertThat(agent.get().refusal()).as("it was made there").isEmpty();
  }

  @Test
  void aCheckThatFoundADifferenceIsMadeAnewSinceThatMayHaveBeenChance() {
    kept.keep(Checks.BROKEN);
    AgentAdmission agent = agent(true);
    assertThat(agent.get().refusal()).isPresent();
    assertThat(agent.get().refusal()).as("none can be made").isPresent();

    possible.add(Checks.GOOD);

    assertThat(agent.get().refusal()).isEmpty();
  }

  @Test
  void aCheckThatFoundADifferenceIsMadeAtEachLook() {
    kept.keep(Checks.BROKEN);
    AgentAdmission agent = agent(true);
    agent.get();
    possible.add(Checks.BROKEN);
    assertThat(agent.get().refusal()).isPresent();

    possible.add(Checks.GOOD);

    assertThat(agent.get().refusal()).isEmpty();
  }

  @Test
  void aCheckThatCameSinceIsHeededWithoutMakingAnother() {
    kept.keep(Checks.BROKEN);
    AgentAdmission agent = agent(true);
    agent.get();

    kept.keep(Checks.GOOD);
    possible.add(Checks.BROKEN);

    assertThat(agent.get().refusal()).isEmpty();
    assertThat(possible).hasSize(1);
  }

  @Test
  void whoDoesNotWantACheckGetsNone() {
    assertThat(agent(true, "splice", " unchecked").get()).isEqualTo(Admission.unchecked());
    assertThat(agent(true, "splise", "unchecked").get().refusal().orElseThrow())
        .startsWith("PODWIRE_ACCEPT: splise is neither a known limit");
  }

  private Admission admission() {
    return agent(true).get();
  }

  private AgentAdmission agent(boolean wholesale, String... accepted) {
    return new AgentAdmission(kept, List.of(accepted), wholesale, () -> gears);
  }
}
