package io.podwire.datapath;

import static io.podwire.datapath.Counter.CLAIMED;
import static io.podwire.datapath.Counter.REDIRECTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.podwire.datapath.DatapathProcess.Work;
import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two builds of the programs that have the same layout, on one node. */
@KernelTest
class UpgradeTest {

  private static final int PORT = 7000;
  private static final Prefix POD = Prefix.address("10.9.1.1");

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  private KernelDatapath first;
  private KernelDatapath second;

  @BeforeEach
  void accelerateWithTheFirst() {
    first = NODE.datapath();
    second = KernelDatapath.another(NODE.bed().pinDir(), NODE.bed().cgroup());
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
  }

  @EveryKernel
  @Test
  void newFlowsJoinTheBuildThatWasLoadedLastAndOldOnesGoOnWithTheirs() {
    Traffic old = hold(5);
    long redirected = NODE.count(REDIRECTED);

    second.enable();

    assertThat(second.status().build()).contains(second.build());
    Traffic fresh = hold(10);
    assertThat(second.status().counters()).containsEntry(CLAIMED, 10L);
    assertThat(second.status().draining()).containsExactly(entry(first.build(), 5));
    assertThat(second.flows()).extracting(Flow::build).containsOnly(first.build(), second.build());
    old.exchange();
    assertThat(pinned(first).counters().read()).containsEntry(REDIRECTED, redirected + 2 * 5);
    old.close();
    fresh.close();
    NODE.awaitNoFlows();
  }

  @Test
  void aBuildWithoutFlowsIsRemovedByTheNextLoadAndTheSameBuildAgainChangesNothing()
      throws IOException {
    Traffic old = hold(5);
    second.load();
    assertThat(builds()).containsExactlyInAnyOrder(first.build(), second.build());
    second.disableNow();
    NODE.awaitNoFlows();
    second.enable();
    assertThat(builds()).containsExactly(second.build());
    old.exchange();
    run(10);

    second.load();
    second.enable();

    assertThat(builds()).containsExactly(second.build());
    assertThat(second.status().counters()).containsEntry(CLAIMED, 10L);
    assertThat(second.status().draining()).isEmpty();
  }

  @Test
  void whatWasSetByHandOutlivesAnUpgradeAndADowngrade() throws IOException {
    first.configure(settings -> settings.withMaxBacklogMessages(100).withMaxFlows(65_536));
    first.select(List.of(POD), Selection.EXCLUDED);
    first.sendBack(Map.of(POD, 77));
    first.heartbeat(Duration.ofMinutes(1));
    first.enable(Authority.NODE);
    final Map<Prefix, Selection> selection = first.selection();
    final Settings settings = first.status().settings();
    final long heartbeat = pinned(first).heartbeat().until();
    hold(1);

    second.load();

    assertThat(second.status().state()).as("a load lets nothing join").isEqualTo(State.DISABLED);
    assertThat(second.status().authority()).isEqualTo(Authority.NOBODY);
    assertThat(second.status().settings()).isEqualTo(settings);
    assertThat(second.selection()).isEqualTo(selection);
    assertThat(second.policyMarks()).containsExactly(entry(POD, 77));
    assertThat(pinned(second).heartbeat().until()).isEqualTo(heartbeat);

    second.deselect(List.of(POD));
    second.sendBack(Map.of(POD, 78));
    second.disable(Authority.LOCAL);
    first.load();

    assertThat(first.status().build()).contains(first.build());
    assertThat(first.status().state()).isEqualTo(State.DISABLED);
    assertThat(first.status().authority()).isEqualTo(Authority.LOCAL);
    assertThat(first.selection()).doesNotContainKey(POD);
    assertThat(first.policyMarks()).containsExactly(entry(POD, 78));
  }

  @EveryKernel
  @Test
  void aDowngradeBeforeTheOldFlowsEndedGoesOnWithBoth() {
    Traffic old = hold(5);
    second.enable();
    Traffic between = hold(5);

    first.enable();

    Traffic fresh = hold(5);
    assertThat(first.status().counters()).containsEntry(CLAIMED, 10L);
    assertThat(first.status().draining()).containsExactly(entry(second.build(), 5));
    Stream.of(old, between, fresh).forEach(Traffic::exchange);
    assertThat(first.flows()).hasSize(15).allMatch(flow -> flow.ends().count() == 2);
  }

  @Test
  void theOtherVerbsOfEitherBuildWorkOnTheOneThatIsLoadedAndDoNotTakeItBack() {
    second.load();

    assertThat(first.status().build()).contains(second.build());
    assertThat(first.status().another()).contains(second.build());
    assertThat(second.status().another()).isEmpty();
    first.heartbeat(Duration.ofMinutes(1));
    first.select(List.of(POD), Selection.EXCLUDED);
    assertThat(second.selection()).containsKey(POD);
    first.disable();
    assertThat(second.status().state()).isEqualTo(State.DISABLED);
    assertThat(second.status().build()).contains(second.build());
  }

  @Test
  void anAgentThatEnablesOrTidiesUpTakesTheNodeFromNobody() throws IOException {
    Traffic old = hold(1);
    second.load();

    assertThatThrownBy(() -> first.enable(Authority.AGENT))
        .isInstanceOf(DatapathException.class)
        .hasMessage(
            "build "
                + first.build()
                + " is left as it is: "
                + second.build()
                + " was loaded since");
    assertThatThrownBy(() -> first.reconfigure(settings -> settings.withBreakEvenMessages(3)))
        .isInstanceOf(DatapathException.class);
    first.removeDrained();
    assertThat(second.status().build()).contains(second.build());
    assertThat(second.status().state()).isEqualTo(State.DISABLED);

    second.enable(Authority.AGENT);
    run(10);
    assertThat(second.status().counters()).containsEntry(CLAIMED, 10L);
    second.removeDrained();
    assertThat(builds()).containsExactlyInAnyOrder(first.build(), second.build());
    old.close();
    NODE.awaitNoFlows();
    second.removeDrained();
    assertThat(builds()).containsExactly(second.build());
  }

  @Test
  void whatIsPreparedOutlivesTheTidyingUpOfTheBuildInTurnAndEndsWithItsNextLoad()
      throws IOException {
    second.prepare(UnaryOperator.identity());

    first.removeDrained();
    assertThat(builds()).containsExactlyInAnyOrder(first.build(), second.build());
    second.enable();
    assertThat(builds()).containsExactly(second.build());

    first.prepare(UnaryOperator.identity());
    second.load();
    assertThat(builds()).containsExactly(second.build());
  }

  @Test
  void theLaterLoadWinsWhoeverItIs() throws IOException {
    second.enable();
    first.enable();
    run(10);

    assertThat(second.status().another()).contains(first.build());
    assertThat(first.status().counters()).containsEntry(CLAIMED, 10L);
    assertThat(builds()).containsExactly(first.build());
  }

  @Test
  void aReleaseThatKnowsNoTurnsAndEnabledItselfBesideIsWarnedOfAndStoppedByTheNextLoad() {
    hold(1);
    second.enable();
    assertThat(second.status().warnings()).isEmpty();

    pinned(first).settings().switchTo(State.ENABLED, Authority.LOCAL);

    assertThat(second.status().warnings())
        .singleElement()
        .asString()
        .startsWith("connections join build " + first.build() + " too");
    second.load();
    assertThat(pinned(first).settings().state()).isEqualTo(State.DISABLED);
    assertThat(second.status().state()).isEqualTo(State.ENABLED);
    assertThat(second.status().warnings()).isEmpty();
  }

  @Test
  void programsUnderTheNameOfAnotherBuildAreNotTakenForIt() throws IOException {
    first.disable();
    Files.move(directory(first), directory(second));

    assertThatThrownBy(second::enable)
        .isInstanceOf(DatapathException.class)
        .hasMessageContaining("are not those of this build (sha256 " + first.build().sha256())
        .hasMessageEndingWith("unload them first");
  }

  @RepeatedTest(8)
  void aKillAtAnyPointOfAnUpgradeOrDowngradeIsRepairedByTheNextEnable(RepetitionInfo repetition)
      throws IOException {
    int seed = repetition.getCurrentRepetition();
    Traffic old = hold(2);
    final Map<Prefix, Selection> selection = first.selection();
    try (DatapathProcess process =
        DatapathProcess.start(
            Work.UPGRADE_AND_DOWNGRADE, NODE.bed().pinDir(), NODE.bed().cgroup(), 0)) {
      process.awaitDone();
      // not a wait for something: any moment of the first rounds will do
      LockSupport.parkNanos(Duration.ofMillis(50 + new Random(seed).nextInt(1000)).toNanos());
    } // killed

    KernelDatapath next = seed % 2 == 0 ? first : second;
    next.enable();

    assertThat(next.selection()).isEqualTo(selection);
    assertThat(next.status().settings()).isEqualTo(AcceleratedNode.EVERY_FLOW_JOINS);
    long before = next.status().counters().get(CLAIMED);
    run(10);
    assertThat(next.status().counters()).containsEntry(CLAIMED, before + 10);
    old.exchange();
    assertThat(next.unload(Duration.ofSeconds(60), false)).isZero();
    assertThat(Files.exists(NODE.bed().pinDir())).isFalse();
  }

  private static PinnedBuild pinned(KernelDatapath datapath) {
    return new PinnedBuild(new Pins(NODE.bed().pinDir(), datapath.build()));
  }

  private static Path directory(KernelDatapath datapath) {
    return NODE.bed().pinDir().resolve(datapath.build().toString());
  }

  private static List<Build> builds() throws IOException {
    try (Stream<Path> directories = Files.list(NODE.bed().pinDir())) {
      return directories.map(d -> new PinnedBuild(Pins.in(d).orElseThrow()).build()).toList();
    }
  }

  private static Traffic hold(int connections) {
    return NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, connections);
  }

  private static void run(int connections) {
    Traffic.run(NODE.client(), "pairs", NODE.server().ipv4(), PORT, connections, 5);
  }
}
