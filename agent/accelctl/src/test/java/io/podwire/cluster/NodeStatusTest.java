package io.podwire.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podwire.datapath.Authority;
import io.podwire.datapath.Build;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Gears;
import io.podwire.datapath.Settings;
import io.podwire.datapath.State;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

final class NodeStatusTest {

  @Test
  void whatAnAgentSaysIsRead() {
    NodeStatus status =
        parse(
            """
            {"state": "enabled", "decided_by": "node", "selected": 7, "flows": 8,
             "generation": 11, "build": "5bba5ba8b7", "redirected_share": 0.75,
             "another": {"generation": 10, "build": null},
             "counters": {"claimed": 3, "of_a_later_version": 9},
             "settings": {"max_backlog_bytes": 4097, "max_backlog_messages": 12,
               "max_flows": 13, "break_even_messages": 14, "max_backlog_memory": 15728640,
               "gears": "on", "of_a_later_version": 1}}""");

    assertThat(status.state()).isEqualTo(State.ENABLED);
    assertThat(status.authority()).isEqualTo(Authority.NODE);
    assertThat(status.build()).contains(new Build(11, "5bba5ba8b7"));
    assertThat(status.another()).contains(new Build(10, ""));
    assertThat(status.flows()).isEqualTo(8);
    assertThat(status.redirectedShare()).hasValue(0.75);
    assertThat(status.settings())
        .isEqualTo(new Settings(4097, 12, 13, 14, 15 << 20, Gears.ON, false));
    assertThat(status.counters())
        .hasSize(Counter.values().length)
        .containsEntry(Counter.CLAIMED, 3L)
        .containsEntry(Counter.COMPLETED, 0L);
  }

  @Test
  void whatAnOlderAgentLacksIsTheDefaultOrUnknown() {
    NodeStatus status =
        parse(
            """
            {"state": "disabled", "decided_by": "nobody", "flows": 0, "counters": {},
             "settings": {"max_backlog_bytes": 4097, "max_backlog_messages": 12,
               "max_flows": 13, "break_even_messages": 14}}""");

    assertThat(status.build()).isEmpty();
    assertThat(status.redirectedShare()).isEmpty();
    assertThat(status.settings())
        .isEqualTo(
            new Settings(4097, 12, 13, 14, Settings.DEFAULT.maxBacklogMemory(), Gears.AUTO, false));
  }

  @Test
  void aNodeThatObservesIsAsItsAgentWishesUnlessSomebodySaidSoThere() {
    NodeStatus byAgent = observing("agent");
    assertThat(byAgent.obstacle()).contains("observing");
    assertThat(byAgent.deviation()).isEmpty();

    NodeStatus byHand = observing("local");
    assertThat(byHand.deviation())
        .contains("observing on the node itself, until accelctl enable or auto there");
  }

  private static NodeStatus observing(String decidedBy) {
    return parse(
        """
        {"state": "enabled", "decided_by": "%s", "flows": 0, "counters": {},
         "settings": {"max_backlog_bytes": 4097, "max_backlog_messages": 12, "max_flows": 13,
          "break_even_messages": 14, "observes": true}}
        """
            .formatted(decidedBy));
  }

  @Test
  void whatIsNoStatusIsRefused() {
    assertThatThrownBy(() -> parse("{}")).isInstanceOf(JacksonException.class);
    assertThatThrownBy(() -> parse("")).isInstanceOf(JacksonException.class);
  }

  private static NodeStatus parse(String json) {
    return NodeStatus.of(NodeAgent.JSON.readValue(json, NodeStatus.Document.class));
  }
}
