package io.podwire.clusterbench;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podwire.bench.BenchException;
import io.podwire.cluster.SeenFlow;
import io.podwire.datapath.Counter;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RoundProofTest {

  private static final Map<Counter, Long> JOINED =
      Map.of(Counter.CLAIMED, 1L, Counter.COMPLETED, 1L, Counter.REDIRECTED, 300L);
  private static final SeenFlow FLOW = new SeenFlow(120, 119, Optional.empty());

  @Test
  void aConnectionThatIsListedAsJoinedBehindAllMessagesWasRedirected() {
    proof(JOINED, Optional.of(FLOW)).redirected(119);
  }

  @Test
  void whatOthersOnTheNodeRedirectedProvesNothing() {
    refused(() -> proof(JOINED, Optional.empty()).redirected(119), "does not list");
  }

  @Test
  void aConnectionThatJoinedEarlierIsNotThisRounds() {
    refused(
        () -> proof(Map.of(Counter.REDIRECTED, 300L), Optional.of(FLOW)).redirected(119),
        "did not join");
  }

  @Test
  void aConnectionThatWentBackToTcpWasNotRedirected() {
    SeenFlow retired = new SeenFlow(120, 119, Optional.of("retired_memory"));
    refused(
        () -> proof(JOINED, Optional.of(retired)).redirected(119),
        "went back to TCP (retired_memory)");
  }

  @Test
  void everyMessageThatCountsHasToBeRedirected() {
    refused(
        () -> proof(JOINED, Optional.of(FLOW)).redirected(120),
        "of 120 messages each way 120 and 119 were redirected");
  }

  @Test
  void withoutAConnectionThatJoinsARoundIsPlain() {
    // flows of others that joined before go on
    proof(Map.of(Counter.REDIRECTED, 5L), Optional.empty()).plain();
  }

  @Test
  void aConnectionThatJoinsAnywhereOnTheNodeSpoilsAPlainRound() {
    refused(() -> proof(Map.of(Counter.CLAIMED, 1L), Optional.empty()).plain(), "plain TCP");
    refused(() -> proof(Map.of(Counter.COMPLETED, 1L), Optional.empty()).plain(), "plain TCP");
    refused(() -> proof(Map.of(), Optional.of(FLOW)).plain(), "plain TCP");
  }

  private static RoundProof proof(Map<Counter, Long> moved, Optional<SeenFlow> flow) {
    return new RoundProof("round 1", moved, flow);
  }

  private static void refused(Runnable proof, String why) {
    assertThatThrownBy(proof::run)
        .isInstanceOf(BenchException.class)
        .hasMessageStartingWith("round 1 is no measurement: ")
        .hasMessageContaining(why);
  }
}
