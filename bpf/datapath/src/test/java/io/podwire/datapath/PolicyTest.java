package io.podwire.datapath;

import static io.podwire.datapath.Counter.CLAIMED;
import static io.podwire.datapath.Counter.RETIRED_POLICY;
import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.testing.KernelTest;
import java.net.InetAddress;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Flows of pods whose network policies changed go back to TCP. */
@KernelTest
final class PolicyTest {

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  private static final int PORT = 5301;

  @BeforeEach
  void accelerate() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv4(), PORT);
    NODE.serve(NODE.server(), "echo", NODE.server().ipv6(), PORT);
  }

  @Test
  void flowsOfARetiredPodGoBackToTcpWhicheverEndItIs() {
    Traffic ofServer = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 3);
    NODE.datapath().sendBack(Map.of(Prefix.of(NODE.server().ipv4()), 1));
    ofServer.exchange();
    assertThat(NODE.count(RETIRED_POLICY)).as("messages, and answers at most").isBetween(3L, 6L);
    NODE.awaitNoFlows();
    ofServer.exchange();

    Traffic ofClient = NODE.hold(NODE.client(), NODE.server().ipv6(), PORT, 4);
    NODE.datapath().sendBack(Map.of(Prefix.of(NODE.client().ipv6()), 1));
    ofClient.exchange();
    assertThat(NODE.count(RETIRED_POLICY)).isBetween(3L + 4, 6L + 8);
    NODE.awaitNoFlows();
  }

  @Test
  void flowsOfOtherPodsGoOn() {
    Traffic flows = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 3);
    InetAddress bystander = NODE.proxy().ipv4();

    NODE.datapath().sendBack(Map.of(Prefix.of(bystander), 1));
    flows.exchange();
    flows.exchange();

    assertThat(NODE.count(RETIRED_POLICY)).isZero();
    assertThat(NODE.count(Counter.PASSED)).isZero();
  }

  @Test
  void connectionsAfterARetirementJoinAndTheNextOneRetiresThem() {
    Prefix server = Prefix.of(NODE.server().ipv4());
    NODE.datapath().sendBack(Map.of(server, 1));
    Traffic flows = NODE.hold(NODE.client(), NODE.server().ipv4(), PORT, 2);
    assertThat(NODE.count(CLAIMED)).isEqualTo(2);
    flows.exchange();
    assertThat(NODE.count(RETIRED_POLICY)).isZero();

    NODE.datapath().configure(settings -> settings.withMaxBacklogMessages(7));
    NODE.datapath().sendBack(Map.of(server, -2));
    flows.exchange();

    assertThat(NODE.count(RETIRED_POLICY)).isBetween(2L, 4L);
    assertThat(NODE.datapath().policyMarks()).isEqualTo(Map.of(server, -2));
  }
}
