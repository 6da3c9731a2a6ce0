package io.podwire.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.podwire.datapath.Counter;
import io.podwire.datapath.Gears;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PathProofTest {

  private final InMemoryDatapath datapath = new InMemoryDatapath();

  @BeforeEach
  void enable() {
    datapath.enable();
    datapath.count(Counter.REDIRECTED, 1_000); // of earlier rounds
  }

  @Test
  void acceptsARoundWhoseMessagesWereAllRedirected() {
    PathProof proof = begin();
    join();
    datapath.count(Counter.REDIRECTED, 200);

    assertThat(proof.redirected(200))
        .isEqualTo(Map.of(Counter.CLAIMED, 1L, Counter.COMPLETED, 1L, Counter.REDIRECTED, 200L));
  }

  @Test
  void refusesARedirectedRoundOfWhichOneMessageWentThroughTcp() {
    PathProof proof = begin();
    join();
    datapath.count(Counter.REDIRECTED, 199);

    refuses(() -> proof.redirected(200), "not all of its 200 messages were redirected");
  }

  @Test
  void refusesARedirectedRoundWhoseServerNeverJoined() {
    PathProof proof = begin();
    datapath.count(Counter.CLAIMED, 1);

    refuses(() -> proof.redirected(200), "its connection did not join");
  }

  @Test
  void acceptsAPlainRoundThatMovedNothing() {
    assertThat(begin().plain()).isEmpty();
  }

  @Test
  void refusesAPlainRoundInWhichSomethingJoined() {
    PathProof proof = begin();
    join();

    refuses(proof::plain, "it was to be plain TCP, and connections joined");
  }

  @Test
  void acceptsAbsenceOnlyWhereNothingIsLoaded() {
    refuses(begin()::absent, "a datapath is loaded");
    new Acceleration(datapath, List.of(), Gears.AUTO).absent();

    assertThat(begin().absent()).isEmpty();
  }

  @Test
  void acceptsIdlenessOnlyWithWhatWasToBeSelected() {
    PathProof proof = begin();
    assertThat(proof.idle(0)).isEmpty();
    datapath.select(List.of(Prefix.address("10.66.0.10")), Selection.SELECTED);
    refuses(
        () -> proof.idle(0),
        "the datapath was to be enabled with 0 selected, and is enabled with 1");
    refuses(
        () -> proof.idle(1),
        "the datapath was to be enabled with 1 selected, and is enabled with 1");

    assertThat(begin().idle(1)).isEmpty();
  }

  @Test
  void refusesAnIdleRoundInWhichTheDatapathActed() {
    PathProof proof = begin();
    datapath.count(Counter.ANNOUNCED, 1);

    refuses(() -> proof.idle(0), "there was nothing to do, and the datapath acted");
  }

  @Test
  void acceptsShortConnectionsThatWereSkippedButForAFewThatKeepLearning() {
    PathProof proof = begin();
    datapath.count(Counter.SKIPPED_SHORT, 940);
    datapath.count(Counter.CLAIMED, 60);

    assertThat(proof.skippedShort(1_000)).containsEntry(Counter.SKIPPED_SHORT, 940L);
  }

  @Test
  void refusesShortConnectionsThatAllJoinedOrWereNotSeen() {
    PathProof joined = begin();
    datapath.count(Counter.CLAIMED, 1_000);
    refuses(() -> joined.skippedShort(1_000), "its short connections were not skipped");

    PathProof unseen = begin();
    datapath.count(Counter.SKIPPED_SHORT, 800);
    refuses(() -> unseen.skippedShort(1_000), "not all of its 1000 connections were seen");
  }

  @Test
  void acceptsAChattyConnectionAmongShortOnes() {
    PathProof proof = begin();
    datapath.count(Counter.SKIPPED_SHORT, 940);
    datapath.count(Counter.CLAIMED, 61);
    datapath.count(Counter.REDIRECTED, 50_120);

    assertThat(proof.chattyAmongShort(50_000)).containsKey(Counter.REDIRECTED);
  }

  @Test
  void refusesRedirectsThatTheShortConnectionsMayHaveMade() {
    PathProof proof = begin();
    datapath.count(Counter.SKIPPED_SHORT, 940);
    datapath.count(Counter.CLAIMED, 60);
    datapath.count(Counter.REDIRECTED, 120);

    refuses(
        () -> proof.chattyAmongShort(100),
        "the 100 messages of the chatty connection were not redirected");
  }

  private PathProof begin() {
    return PathProof.begin(datapath, "round 3");
  }

  private void join() {
    datapath.count(Counter.CLAIMED, 1);
    datapath.count(Counter.COMPLETED, 1);
  }

  private static void refuses(ThrowingCallable proof, String why) {
    assertThatExceptionOfType(BenchException.class)
        .isThrownBy(proof)
        .withMessageStartingWith("round 3 is no measurement: " + why);
  }
}
