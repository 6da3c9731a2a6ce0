package io.podwire.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.agent.NodeAnnotation;
import io.podwire.datapath.Authority;
import io.podwire.datapath.State;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class LocalSwitchTest {

  @Test
  void aSwitchOnTheNodeItselfIsSaidWithTheWayBack() {
    assertThat(said(State.DISABLED, Authority.LOCAL).orElseThrow())
        .startsWith("but it was switched off on the node itself, which holds until accelctl auto");
    assertThat(said(State.ENABLED, Authority.LOCAL).orElseThrow())
        .startsWith("but it was switched on on the node itself");
  }

  @Test
  void whatTheAgentOrTheAnnotationSwitchedIsNoneOfTheNodes() {
    assertThat(said(State.DISABLED, Authority.NODE)).isEmpty();
    assertThat(said(State.ENABLED, Authority.AGENT)).isEmpty();
    assertThat(said(State.DISABLED, Authority.NOBODY)).isEmpty();
  }

  private static Optional<String> said(State state, Authority by) {
    return LocalSwitch.of(NodeStatuses.of(state, by));
  }

  @Test
  void theAnnotationTakesTheRightsThatThePageNames() throws Exception {
    try (Api api = new Api()) {
      new NodeAnnotation(api.observed(), Api.NODE).set(false);

      assertThat(api.rights()).isEqualTo(RightsPage.of("disable --node"));
    }
  }
}
