package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Build;
import io.podwire.datapath.Flow;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Redirected;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class WorkloadTallyTest {

  private static final WorkloadPair WEB_TO_DB = SeenFlows.pair("web", "db");
  private static final long FIRST = 1000;
  private static final long SECOND = 2000;
  private static final long THIRD = 3000;

  private final WorkloadTally tally = new WorkloadTally();

  /** An earlier agent counted that, and Prometheus would take it for a rise. */
  @Test
  void whatWasRedirectedBeforeTheFirstLookIsNobodys() {
    assertThat(look(FIRST, 500, SeenFlows.webToDb(1, 0, 300, 100))).isEmpty();
    assertThat(tally.unattributed()).isEqualTo(Amount.NONE);
  }

  @Test
  void aFlowAddsWhatBothEndsRedirectedSinceTheLookBefore() {
    look(FIRST, 400, SeenFlows.webToDb(1, 0, 300, 100));

    assertThat(look(SECOND, 410, SeenFlows.webToDb(1, 0, 307, 103)))
        .isEqualTo(Map.of(WEB_TO_DB, new Amount(10, 100)));
    assertThat(tally.unattributed()).isEqualTo(Amount.NONE);
  }

  @Test
  void aFlowThatJoinedSinceAddsAllAndOneThatWasMissedOrReturnedAddsNothingTwice() {
    look(FIRST, 0);

    assertThat(look(SECOND, 70, SeenFlows.webToDb(1, FIRST + 1, 50, 20)))
        .isEqualTo(Map.of(WEB_TO_DB, new Amount(70, 700)));
    assertThat(look(THIRD, 75)).isEmpty(); // a walk of a map that changes may miss an end
    assertThat(look(THIRD + 1, 80, SeenFlows.webToDb(1, FIRST + 1, 56, 22))).isEmpty();
    assertThat(tally.unattributed()).isEqualTo(new Amount(10, 100));

    Flow returned = SeenFlows.webToDb(2, THIRD + 2, 90, 0, 1); // its count goes on from before
    assertThat(look(THIRD + 3, 90, returned)).isEmpty();
    assertThat(tally.unattributed()).isEqualTo(new Amount(20, 200));
  }

  @Test
  void whatClosedBetweenTwoLooksIsUnattributedSoThatTheSumIsTheNodes() {
    look(FIRST, 100, SeenFlows.webToDb(1, 0, 100, 0));
    Map<WorkloadPair, Amount> pairs =
        look(SECOND, 190, SeenFlows.webToDb(2, FIRST + 1, 25, 5)); // flow 1 closed

    assertThat(pairs).isEqualTo(Map.of(WEB_TO_DB, new Amount(30, 300)));
    assertThat(tally.unattributed()).isEqualTo(new Amount(60, 600));
  }

  @Test
  void anEndWithoutANameRedirectsForNobody() {
    look(FIRST, 0);

    assertThat(look(SECOND, 8, SeenFlows.flow(1, "10.1.0.1", "192.0.2.7", FIRST + 1, 8, 0, 0)))
        .isEmpty();
    assertThat(tally.unattributed()).isEqualTo(new Amount(8, 80));
  }

  /** The node's numbers are read before the ends'. */
  @Test
  void whatIsRedirectedDuringALookIsNeverUnattributedAsWell() {
    look(FIRST, 0);
    look(SECOND, 40, SeenFlows.webToDb(1, FIRST + 1, 50, 0));
    assertThat(tally.unattributed()).isEqualTo(Amount.NONE);

    look(THIRD, 60, SeenFlows.webToDb(1, FIRST + 1, 50, 0));

    assertThat(tally.unattributed()).isEqualTo(new Amount(10, 100));
  }

  @Test
  void whereNoEndIsLookedAtAllIsUnattributedAndNothingIsCountedTwiceAfterwards() {
    look(FIRST, 0);
    count(50);
    tally.lookAway();
    assertThat(tally.unattributed()).isEqualTo(new Amount(50, 500));

    assertThat(look(THIRD, 50, SeenFlows.webToDb(1, FIRST + 1, 50, 0))).isEmpty();
    assertThat(look(THIRD + 1, 53, SeenFlows.webToDb(1, FIRST + 1, 53, 0)))
        .isEqualTo(Map.of(WEB_TO_DB, new Amount(3, 30)));
    assertThat(tally.unattributed()).isEqualTo(new Amount(50, 500));
  }

  @Test
  void aLoadOfAnotherBuildCountsFromZero() {
    look(FIRST, 1000);
    Build other = new Build(Build.GENERATION, "aa".repeat(32));

    assertThat(tally.count(Optional.of(new Redirected(other, 1, 7, 70)))).isTrue();
    assertThat(tally.unattributed()).isEqualTo(new Amount(7, 70));
    assertThat(tally.count(Optional.empty())).isFalse();
    assertThat(tally.unattributed()).isEqualTo(new Amount(7, 70));
  }

  @Test
  void aNodeThatRedirectedNothingSinceNeedsNoLook() {
    assertThat(count(5)).isTrue();
    assertThat(count(5)).isFalse();
    assertThat(count(6)).isTrue();
  }

  private boolean count(long messages) {
    return tally.count(
        Optional.of(new Redirected(InMemoryDatapath.BUILD, 1, messages, 10 * messages)));
  }

  private Map<WorkloadPair, Amount> look(long at, long messages, Flow... flows) {
    count(messages);
    Map<WorkloadPair, Amount> pairs = tally.attribute(at, List.of(flows), SeenFlows.NAMES);
    tally.unattributed();
    return pairs;
  }
}
