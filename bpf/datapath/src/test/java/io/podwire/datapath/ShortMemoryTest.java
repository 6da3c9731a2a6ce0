package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.podwire.testing.KernelTest;
import io.podwire.testing.OwnMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A node whose TCP has no memory left: {@code send()} says EAGAIN or waits, and ENOMEM only where
 * plain TCP says so.
 */
@KernelTest
@OwnMachine
class ShortMemoryTest {

  /** TCP's memory on the whole node, whatever the network namespace. */
  private static final Path TCP_MEM = Path.of("/proc/sys/net/ipv4/tcp_mem");

  /** Low mark, pressure and high mark, in pages of 4 KiB. */
  private static final String FEW_PAGES = "300 600 900";

  private static final int PORT = 7000;
  private static final int CONNECTIONS = 20;

  /** More messages than there is memory for, whatever their size here. */
  private static final int MESSAGES = 200;

  /**
   * A message of this size TCP takes also where it has no memory. A smaller one does not get to the
   * verdict.
   */
  private static final int SIZE = 16384;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  private String before;

  @BeforeEach
  void takeMemoryAway() throws IOException {
    // Not by readString(): it takes one byte first, and a vector of numbers ends there for whoever
    // reads on.
    before = Files.readAllLines(TCP_MEM).get(0);
    Files.writeString(TCP_MEM, FEW_PAGES);
  }

  @AfterEach
  void giveItBack() throws IOException {
    Files.writeString(TCP_MEM, before);
  }

  /**
   * @param flood how the sender sends: not waiting for room, or waiting for it a moment
   * @param others connections over plain TCP that fill the memory first; without them the sender
   *     fills it
   * @param size of a message, in bytes
   */
  @ParameterizedTest
  @CsvSource({
    "flood, 0, 1000",
    "flood, 0, 16384",
    "flood, 50, 16384",
    "-w flood, 0, 16384",
    "-w flood, 50, 16384",
  })
  void aSenderSeesNoErrorThatPlainTcpDoesNotGive(String flood, int others, int size) {
    NODE.accelerate(AcceleratedNode.WITHOUT_GEARS, NODE.client(), NODE.server());

    NODE.datapath().disable();
    List<String> plain = errors(flood, others, size);
    NODE.datapath().enable();
    List<String> accelerated = errors(flood, others, size);

    assertThat(NODE.count(Counter.CLAIMED)).isEqualTo(CONNECTIONS);
    assertThat(accelerated).as("errno of those that could send no more").isSubsetOf(plain);
    assertThat(NODE.count(Counter.RETIRED_MEMORY)).isPositive();
  }

  /** TCP lets a first segment go whatever memory there is. */
  @Test
  void aSmallMessageThatOthersLeftNoMemoryForGoesByTcp() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS, NODE.client(), NODE.server());
    assumeThat(NODE.datapath().status().guards()).contains(Guard.MEMORY);

    try (Memory taken = takenBy(50);
        Traffic server = Traffic.serve(NODE.server(), "deaf", NODE.server().ipv4(), PORT);
        Traffic client =
            Traffic.start(
                NODE.client(), "-p flood", NODE.server().ipv4(), PORT, CONNECTIONS, 1, 1000)) {
      client.awaitLine("full");

      assertThat(client.value("bytes")).isEqualTo(CONNECTIONS * 1000);
      assertThat(NODE.count(Counter.CLAIMED)).isEqualTo(CONNECTIONS);
      assertThat(NODE.count(Counter.NO_MEMORY)).isGreaterThanOrEqualTo(CONNECTIONS);
    }
  }

  @Test
  void everyByteArrivesOnceThereIsMemoryAgain() {
    NODE.accelerate(AcceleratedNode.WITHOUT_GEARS, NODE.client(), NODE.server());
    NODE.serve(NODE.server(), "stuck", NODE.server().ipv4(), PORT);

    try (Memory taken = takenBy(50)) {
      Traffic sender = NODE.start(NODE.client(), "push", NODE.server().ipv4(), PORT, SIZE);
      await().until(() -> NODE.count(Counter.CLAIMED) == 1);
      taken.close();
      sender.awaitSuccess();
    }

    assertThat(NODE.count(Counter.RETIRED_MEMORY)).isPositive();
  }

  private static List<String> errors(String flood, int others, int size) {
    try (Memory taken = takenBy(others);
        Traffic server = Traffic.serve(NODE.server(), "deaf", NODE.server().ipv4(), PORT);
        Traffic client =
            Traffic.start(
                NODE.client(), flood, NODE.server().ipv4(), PORT, CONNECTIONS, MESSAGES, size)) {
      client.awaitLine("full");
      return client.values("errors");
    } finally {
      NODE.awaitNoFlows();
    }
  }

  /** TCP's, by connections between others that nobody reads from. */
  private record Memory(Traffic server, Traffic client) implements AutoCloseable {

    @Override
    public void close() {
      client.close();
      server.close();
    }
  }

  private static Memory takenBy(int connections) {
    Memory memory =
        new Memory(
            Traffic.serve(NODE.bed().outside(), "deaf", NODE.bed().outside().ipv4(), PORT),
            Traffic.start(
                NODE.proxy(),
                "flood",
                NODE.bed().outside().ipv4(),
                PORT,
                connections,
                MESSAGES,
                SIZE));
    memory.client().awaitLine("full");
    return memory;
  }
}
