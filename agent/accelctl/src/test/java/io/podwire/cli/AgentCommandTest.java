package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.InMemoryDatapath;
import org.junit.jupiter.api.Test;

final class AgentCommandTest {

  @Test
  void whatAnAgentCannotBeToldIsAUsageErrorInOneLine() {
    assertUsage("opt-maybe is no mode", "agent", "--mode", "opt-maybe");
    assertUsage("9464 is no address to listen on", "agent", "--listen", "9464");
    assertUsage(
        "probe-listen must be an address of this host alone",
        "agent",
        "--probe-listen",
        "0.0.0.0:9465");
    assertUsage("pod must be NAMESPACE/NAME, not agent-x", "agent", "--pod", "agent-x");
    assertUsage("resync must be 1s or more", "agent", "--resync", "10ms");
    assertUsage("heartbeat must be 1s or more", "agent", "--heartbeat", "0s");
    assertUsage("max-backlog-memory must be 1048576 to", "agent", "--max-backlog-memory", "7");
    assertUsage("workload-pairs must be 0 to 1000", "agent", "--workload-pairs", "1001");
    assertUsage("a b is not a label selector", "agent", "--pod-selector", "a b");
  }

  @Test
  void theAnnotationOfAnotherNodeHoldsNoSelection() {
    assertUsage("--cidr is of no use with --node", "enable", "--node", "n", "--cidr", "10.0.0.0/8");
    assertUsage("--now is of no use with --node", "disable", "--node", "n", "--now");
    assertUsage("-o is of no use with --node", "auto", "--node", "n", "-o", "json");
  }

  @Test
  void podsSaysWhereNoAgentAnswers() {
    CommandLineRun run =
        CommandLineRun.on(new InMemoryDatapath(), "pods", "--agent", "127.0.0.1:1");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).startsWith("accelctl: no agent answers at 127.0.0.1:1").hasLineCount(1);
  }

  private static void assertUsage(String message, String... arguments) {
    CommandLineRun run = CommandLineRun.on(new InMemoryDatapath(), arguments);

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).contains(message).hasLineCount(1);
  }
}
