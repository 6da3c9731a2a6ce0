package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.cluster.ClusterStatus;
import io.podwire.cluster.NodeReport;
import io.podwire.cluster.NodeStatus;
import io.podwire.datapath.Authority;
import io.podwire.datapath.Build;
import io.podwire.datapath.Settings;
import io.podwire.datapath.State;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** What {@code accelctl status --cluster} prints. */
final class ClusterStatusTest {

  private static final Build BUILD = new Build(11, "5bba5ba8b7c8");

  private static final ClusterStatus STATUS =
      new ClusterStatus(
          List.of(
              new NodeReport(
                  "worker-1",
                  true,
                  status(State.ENABLED, Authority.AGENT, OptionalDouble.of(0.9984)),
                  "0.1.0+4f9e1f209d7b",
                  List.of()),
              new NodeReport(
                  "worker-2",
                  false,
                  status(State.DISABLED, Authority.LOCAL, OptionalDouble.empty()),
                  "0.1.0+4f9e1f209d7b",
                  List.of("not ready: it is refused", "disabled on the node itself")),
              new NodeReport("worker-3", false, Optional.empty(), "", List.of("no answer"))),
          List.of("DaemonSet podwire/podwire-agent is to have pods on 4 nodes, and has them on 3"));

  @Test
  void thereIsALineForEachNode() {
    StringWriter text = new StringWriter();
    ClusterStatusTable.print(STATUS, new PrintWriter(text));

    assertThat(text)
        .hasToString(
            """
            NODE      READY  STATE             BUILD        FLOWS  REDIRECTED  AGENT               WHY
            worker-1  yes    enabled           11-5bba5ba8     12      99.8 %  0.1.0+4f9e1f209d7b
            worker-2  no     disabled (local)  11-5bba5ba8     12           -  0.1.0+4f9e1f209d7b  not ready: it is refused; disabled on the node itself
            worker-3  no     -                 -                -           -  -                   no answer
            DaemonSet podwire/podwire-agent is to have pods on 4 nodes, and has them on 3
            3 nodes, 1 as wished
            """);
  }

  @Test
  void theDocumentHasTheDocumentedSchema() {
    StringWriter text = new StringWriter();
    JsonAnswer.print(ClusterStatusDocument.of(STATUS), new PrintWriter(text));

    assertThat(text)
        .hasToString(
            """
            {
              "as_wished" : false,
              "problems" : [ "DaemonSet podwire/podwire-agent is to have pods on 4 nodes, and has them on 3" ],
              "nodes" : [ {
                "node" : "worker-1",
                "ready" : true,
                "state" : "enabled",
                "observes" : false,
                "decided_by" : "agent",
                "generation" : 11,
                "build" : "5bba5ba8b7c8",
                "flows" : 12,
                "redirected_share" : 0.9984,
                "agent" : "0.1.0+4f9e1f209d7b",
                "problems" : [ ]
              }, {
                "node" : "worker-2",
                "ready" : false,
                "state" : "disabled",
                "observes" : false,
                "decided_by" : "local",
                "generation" : 11,
                "build" : "5bba5ba8b7c8",
                "flows" : 12,
                "redirected_share" : null,
                "agent" : "0.1.0+4f9e1f209d7b",
                "problems" : [ "not ready: it is refused", "disabled on the node itself" ]
              }, {
                "node" : "worker-3",
                "ready" : false,
                "state" : null,
                "observes" : null,
                "decided_by" : null,
                "generation" : null,
                "build" : null,
                "flows" : null,
                "redirected_share" : null,
                "agent" : null,
                "problems" : [ "no answer" ]
              } ]
            }
            """);
  }

  @Test
  void aNodeThatOnlyObservesSaysSo() {
    NodeStatus observing =
        new NodeStatus(
            State.ENABLED,
            Authority.AGENT,
            Optional.of(BUILD),
            Optional.empty(),
            0,
            OptionalDouble.empty(),
            Settings.DEFAULT.withObserves(true),
            Map.of());
    NodeReport report =
        new NodeReport("worker-1", true, Optional.of(observing), "0.1.0", List.of());
    StringWriter text = new StringWriter();

    ClusterStatusTable.print(new ClusterStatus(List.of(report), List.of()), new PrintWriter(text));

    assertThat(text.toString()).contains("worker-1  yes    observing  11-");
  }

  private static Optional<NodeStatus> status(State state, Authority by, OptionalDouble share) {
    return Optional.of(
        new NodeStatus(
            state,
            by,
            Optional.of(BUILD),
            Optional.empty(),
            12,
            share,
            Settings.DEFAULT,
            Map.of()));
  }
}
