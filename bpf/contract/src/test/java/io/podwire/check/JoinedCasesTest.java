package io.podwire.check;

import static io.podwire.datapath.Counter.CLAIMED;
import static io.podwire.datapath.Counter.COMPLETED;
import static io.podwire.datapath.Counter.JOIN_FAILED;
import static io.podwire.datapath.Counter.JOIN_REFUSED;
import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.AcceleratedNode;
import io.podwire.datapath.Counter;
import io.podwire.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the datapath counts while a case of the contract runs. */
@KernelTest
class JoinedCasesTest {

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void aSocketThatWasResetWithUnreadBytesJoinsNoMoreWhenItConnectsAnew() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);

    assertThat(ContractCases.observe(NODE, "connect-anew-after-reset-unread"))
        .isEqualTo("connect-anew-after-reset-unread: disconnect 0, anew: request and answer\n");

    assertThat(NODE.count(CLAIMED)).isEqualTo(1);
    assertThat(NODE.count(COMPLETED)).isEqualTo(1);
    assertThat(NODE.count(JOIN_REFUSED)).isEqualTo(1);
    assertThat(NODE.count(JOIN_FAILED)).isZero();
    assertThat(NODE.datapath().status().warnings()).isEmpty();
  }

  @Test
  void endsThatSendAtOnceDoNotWaitForEachOther() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS);

    int flows = 8;
    for (int i = 0; i < flows; i++) {
      assertThat(ContractCases.observe(NODE, "message-exchange"))
          .isEqualTo("message-exchange: client 5000, server 5000\n");
    }

    // a reader can lose its CPU with its lock held; ends that wait for each other all retire
    assertThat(NODE.count(Counter.RETIRED_LOCKED)).isLessThanOrEqualTo(flows / 4);
  }
}
