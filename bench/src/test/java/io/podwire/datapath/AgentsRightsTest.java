package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.bench.Scratch;
import io.podwire.datapath.DatapathProcess.Work;
import io.podwire.testing.KernelTest;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a process loads that has no more capabilities than the agent's container protects as what
 * root loads. To it {@code /proc/kallsyms} shows no addresses.
 */
@KernelTest
class AgentsRightsTest {

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @BeforeEach
  void loadAsTheAgent() {
    loadedAsTheAgent(NODE.bed().pinDir(), NODE.bed().cgroup()).close();
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS); // what is loaded stays
  }

  @Test
  void whatALoadMustLearnIsInForce() {
    assertThat(NODE.datapath().status().kernelFacts()).containsExactly(KernelFacts.values());
    assertThat(NODE.datapath().status().protections()).contains("waiters", "call-flags");
  }

  @Test
  void aReaderThatSleepsUntilAllIsThereGetsAll() {
    assertThat(probe("recv-waitall-blocked"))
        .isEqualTo("recv-waitall-blocked: waits for the rest: yes, recv 4 'abcd'\n");
    assertThat(NODE.datapath().status().containers()).containsValue(Counter.RETIRED_RECV_FLAGS);
  }

  @Test
  void aReaderThatSleepsBesideABulkWriterIsRemembered() {
    assertThat(probe("message-reader-waits")).contains("intact: yes");
    assertThat(NODE.datapath().maps().get("incompatible_parties").entries()).isPositive();
  }

  /** {@link ProtectionTest} runs all cases of the contract on it. */
  static Datapath loadedAsTheAgent(Path pins, Path cgroup) {
    try (DatapathProcess agent = DatapathProcess.startAsAgent(Work.ENABLE, pins, cgroup)) {
      agent.awaitDone();
    }
    return KernelDatapath.at(pins, cgroup);
  }

  private static String probe(String name) {
    try (Scratch scratch = Scratch.create()) {
      Path program = scratch.program("/io/podwire/bpf/probe");
      return NODE.client()
          .run(
              program.toString(),
              "-c",
              name,
              NODE.client().netns(),
              NODE.server().netns(),
              NODE.client().ipv4().getHostAddress(),
              NODE.client().ipv6().getHostAddress(),
              NODE.server().ipv4().getHostAddress(),
              NODE.server().ipv6().getHostAddress());
    }
  }
}
