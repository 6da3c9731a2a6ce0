package io.podwire.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.AcceleratedNode;
import io.podwire.datapath.Counter;
import io.podwire.datapath.KernelFacts;
import io.podwire.testing.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a process loads that has no more capabilities than the agent's container protects as what
 * root loads. To it {@code /proc/kallsyms} shows no addresses. {@code ProtectionTest} runs all
 * cases of the contract on it.
 */
@KernelTest
class AgentsRightsTest {

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @BeforeEach
  void loadAsTheAgent() {
    AcceleratedNode.loadedAsTheAgent(NODE.bed().pinDir(), NODE.bed().cgroup()).close();
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS); // what is loaded stays
  }

  @Test
  void whatALoadMustLearnIsInForce() {
    assertThat(NODE.datapath().status().kernelFacts()).containsExactly(KernelFacts.values());
    assertThat(NODE.datapath().status().protections()).contains("waiters", "call-flags");
  }

  @Test
  void aReaderThatSleepsUntilAllIsThereGetsAll() {
    assertThat(ContractCases.observe(NODE, "recv-waitall-blocked"))
        .isEqualTo("recv-waitall-blocked: waits for the rest: yes, recv 4 'abcd'\n");
    assertThat(NODE.datapath().status().containers()).containsValue(Counter.RETIRED_RECV_FLAGS);
  }

  @Test
  void aReaderThatSleepsBesideABulkWriterIsIncompatible() {
    assertThat(ContractCases.observe(NODE, "message-reader-waits")).contains("intact: yes");
    assertThat(NODE.datapath().maps().get("incompatible_parties").entries()).isPositive();
  }
}
