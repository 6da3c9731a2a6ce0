package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThatCode;
import static org.awaitility.Awaitility.await;

import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Flows of a build that lets nothing join any more join the one that does. */
@KernelTest
class AdoptionAcrossBuildsTest {

  private static final int PORT = 7000;
  private static final int CONNECTIONS = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  private KernelDatapath first;
  private KernelDatapath second;

  @BeforeEach
  void accelerateWithTheFirst() {
    assumeThatCode(NODE.datapath()::requireAdoption).doesNotThrowAnyException();
    first = NODE.datapath();
    second = KernelDatapath.another(NODE.bed().pinDir(), NODE.bed().cgroup());
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS.withGears(Gears.ON));
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
  }

  @Test
  void withoutGearsFlowsStayWithTheBuildThatTheyJoined() {
    Traffic clients = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, CONNECTIONS);
    second.configure(settings -> settings.withGears(Gears.OFF));
    second.enable();

    second.adopt(Duration.ZERO);

    clients.exchange();
    assertThat(second.status().draining()).containsEntry(first.build(), CONNECTIONS);
  }

  @EveryKernel
  @Test
  void whatAnOldBuildDrainsTheNewOneAdoptsAndTheOldOneIsRemoved() {
    Traffic clients = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, CONNECTIONS);
    clients.exchange();
    second.enable();
    assertThat(second.status().draining()).containsEntry(first.build(), CONNECTIONS);

    Adoption before = second.adopt(Duration.ZERO); // all go back to TCP
    clients.exchange(); // who sleeps in a recv() that began in the old build comes back from it
    Adoption then = second.adopt(PATIENCE);

    assertThat(before.adopted() + then.adopted())
        .as("%s, then %s", before, then)
        .isEqualTo(CONNECTIONS);
    assertThat(second.flows())
        .hasSize(CONNECTIONS)
        .allSatisfy(
            flow -> {
              assertThat(flow.build()).isEqualTo(second.build());
              assertThat(flow.ends()).hasSize(2);
              assertThat(flow.ends()).allMatch(end -> end.joining() == Joining.BY_ADOPTION);
            });
    assertThat(second.status().adoption()).containsAllEntriesOf(then.found());
    clients.exchange();
    assertRedirects(clients);
    await() // those whose keepalive was borrowed may be a moment late
        .untilAsserted(
            () -> {
              second.adopt(Duration.ZERO);
              assertThat(new PinDirectory(NODE.bed().pinDir(), Build.GENERATION).all())
                  .extracting(PinnedBuild::build)
                  .containsExactly(second.build());
            });
    assertRedirects(clients);
  }

  @Test
  void theBuildThatLetsNothingJoinAdoptsNothing() {
    NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, CONNECTIONS);
    second.enable();

    assertThat(assertThatCodeFails(() -> first.adopt(Duration.ZERO)))
        .isEqualTo(
            "connections join build "
                + second.build()
                + ", and this accelctl carries "
                + first.build()
                + ": adopt with the one that loaded it");
    assertThat(second.status().draining()).containsEntry(first.build(), CONNECTIONS);
  }

  @Test
  void aSignChangesWithEachThingThatOpensAWay() {
    try (AdoptionSigns.Reader reader = first.signs()) {
      AdoptionSigns before = reader.read();
      assertThat(before.enabled()).isTrue();
      assertThat(before.drains()).isFalse();
      assertThat(reader.read()).isEqualTo(before);

      first.select(List.of(Prefix.address("10.9.1.1")), Selection.SELECTED);
      await()
          .untilAsserted(
              () -> assertThat(reader.read().selection()).isNotEqualTo(before.selection()));
      first.select(List.of(Prefix.address("10.9.1.1")), Selection.EXCLUDED);
      AdoptionSigns selected = reader.read();
      first.deselect(List.of(Prefix.address("10.9.1.1")));
      await().untilAsserted(() -> assertThat(reader.read()).isEqualTo(before));
      assertThat(selected).isNotEqualTo(before);

      first.disable();
      assertThat(reader.read().enabled()).isFalse();
      first.disableNow();
      first.enable();
      assertThat(reader.read().epoch()).isNotEqualTo(before.epoch());

      NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 1);
      second.enable();
      AdoptionSigns after = reader.read();
      assertThat(after.loaded()).isNotEqualTo(before.loaded());
      assertThat(after.drains()).isTrue();

      first.unload(PATIENCE, true);
      assertThat(reader.read()).isEqualTo(AdoptionSigns.ABSENT);
    }
  }

  @Test
  void whoLooksWhereNothingIsLoadedAnyMoreLeavesNothingBehind() {
    try (PinnedBuild gone = new PinnedBuild(new Pins(NODE.bed().pinDir(), first.build()))) {
      Adopter.run(gone, Duration.ZERO, Path.of("/proc")); // its maps are open
      first.unload(PATIENCE, true);

      assertThat(assertThatCodeFails(() -> Adopter.run(gone, Duration.ZERO, Path.of("/proc"))))
          .contains("ENOENT");
      assertThat(NODE.bed().pinDir()).doesNotExist();
    }
  }

  private static String assertThatCodeFails(Runnable code) {
    try {
      code.run();
    } catch (RuntimeException e) {
      return e.getMessage();
    }
    throw new AssertionError("it did not fail");
  }

  /** A server that lost its CPU with its socket's lock gets one more message by TCP. */
  private void assertRedirects(Traffic clients) {
    assertThat(redirectedOfAnExchange(clients)).isBetween(2L * CONNECTIONS - 2, 2L * CONNECTIONS);
    await()
        .untilAsserted(
            () -> assertThat(redirectedOfAnExchange(clients)).isEqualTo(2 * CONNECTIONS));
  }

  private long redirectedOfAnExchange(Traffic clients) {
    long before = second.status().counters().get(Counter.REDIRECTED);
    clients.exchange();
    return second.status().counters().get(Counter.REDIRECTED) - before;
  }
}
