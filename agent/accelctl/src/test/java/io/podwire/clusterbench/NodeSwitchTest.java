package io.podwire.clusterbench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podwire.agent.NodeAnnotation;
import io.podwire.cluster.Api;
import io.podwire.cluster.NodeStatus;
import io.podwire.cluster.NodeStatuses;
import io.podwire.cluster.Undo;
import io.podwire.datapath.Authority;
import io.podwire.datapath.State;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class NodeSwitchTest {

  private static final String KEY = "podwire.io/acceleration";

  private final Api api = new Api();
  private final List<String> left = new ArrayList<>();
  private final Undo undo = new Undo(left::add);

  @AfterEach
  void close() {
    undo.close();
    api.close();
  }

  @Test
  void theAnnotationSwitchesAndTheAgentIsWaitedFor() {
    NodeSwitch acceleration = acceleration();

    assertThat(acceleration.set(false).state()).isEqualTo(State.DISABLED);
    assertThat(api.nodeAnnotations()).containsEntry(KEY, "disabled");
    assertThat(acceleration.set(true).state()).isEqualTo(State.ENABLED);
    assertThat(api.nodeAnnotations()).containsEntry(KEY, "enabled");
  }

  @Test
  void anAnnotationThatWasThereComesBack() {
    api.annotateNode("whatever \"it\" is");
    acceleration().set(false);

    undo.close();

    assertThat(api.nodeAnnotations()).containsEntry(KEY, "whatever \"it\" is");
  }

  @Test
  void anAnnotationThatCannotBeSetBackIsNamedWithTheCommandThatDoes() {
    acceleration().set(false);
    api.annotateNode("it's");
    acceleration();
    api.forbid("PATCH /api/v1/nodes/worker-1");

    undo.close();

    assertThat(left)
        .containsExactly(
            "the annotation podwire.io/acceleration of node worker-1 could not be set back:"
                + " not allowed to patch node worker-1: use an admin's kubeconfig:"
                + " kubectl annotate --overwrite node worker-1 podwire.io/acceleration='it'\\''s'",
            "the annotation podwire.io/acceleration of node worker-1 could not be set back:"
                + " not allowed to patch node worker-1: use an admin's kubeconfig:"
                + " kubectl annotate --overwrite node worker-1 podwire.io/acceleration-");
  }

  @Test
  void withoutOneThereIsNoneAfterwards() {
    acceleration().set(false);

    undo.close();

    // a server in memory keeps the null of a merge patch
    assertThat(api.nodeAnnotations().get(KEY)).isNull();
  }

  @Test
  void aSwitchThatAnOperatorTurnedOffOnTheNodeIsNotTouched() {
    assertThatThrownBy(() -> NodeSwitch.require(status(State.DISABLED, Authority.LOCAL), Api.NODE))
        .hasMessageContaining("switched off on node worker-1 itself")
        .hasMessageContaining("accelctl enable");
    NodeSwitch.require(status(State.ENABLED, Authority.LOCAL), Api.NODE);
    NodeSwitch.require(status(State.DISABLED, Authority.NODE), Api.NODE);
  }

  /** On a node whose agent follows at the second look. */
  private NodeSwitch acceleration() {
    boolean[] slow = {true};
    return new NodeSwitch(
        new NodeAnnotation(api.client(), Api.NODE),
        Api.NODE,
        () -> {
          slow[0] = !slow[0];
          boolean on = !"disabled".equals(api.nodeAnnotations().get(KEY)) ^ !slow[0];
          return status(on ? State.ENABLED : State.DISABLED, Authority.NODE);
        },
        undo);
  }

  private static NodeStatus status(State state, Authority authority) {
    return NodeStatuses.of(state, authority);
  }
}
