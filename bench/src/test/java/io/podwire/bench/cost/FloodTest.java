package io.podwire.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.podwire.bench.Distribution;
import io.podwire.bench.Median;
import io.podwire.bench.tool.OwnProgram;
import io.podwire.bench.tool.StreamPingPong;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Traffic;
import io.podwire.testbed.Cpus;
import io.podwire.testbed.Place;
import io.podwire.testbed.Placement;
import io.podwire.testbed.Scratch;
import io.podwire.testing.Alone;
import io.podwire.testing.KernelTest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Many connections to a reader that never reads, between selected pods: what that costs the node.
 * Always beside the same flood over plain TCP, in turn.
 */
@KernelTest
@Alone
class FloodTest {

  private static final int PORT = 7000;

  /**
   * The most connections of a flood: twice as many descriptors, less what a program has open
   * besides, are the hard limit.
   */
  private static final int MOST = 19_900;

  /** Messages of a byte in each connection, which would take 32 KiB if all were queued. */
  private static final int SMALL_MESSAGES = 32;

  /** Rounds with and without acceleration, in turn: podwire.flood.rounds says how many. */
  private static final int ROUNDS = Integer.getInteger("podwire.flood.rounds", 1);

  /** How many rounds have a median that a quiet machine repeats within a tenth. */
  private static final int ENOUGH_FOR_A_MEDIAN = 5;

  /**
   * The least part that must be left of the rates beside the same flood over plain TCP. Fewer
   * rounds find what the bound is there for, a node whose TCP stands still (a thousandth was seen),
   * and no more than that.
   */
  private static final double LEAST = ROUNDS < ENOUGH_FOR_A_MEDIAN ? 0.4 : 0.9;

  /** How many times as many rounds, where they do not agree: what else runs slows either down. */
  private static final int PATIENCE = 3;

  private static final int LOOKS = 3;
  private static final int MILLIS = 300;
  private static final int MESSAGE_BYTES = 14;
  private static final int MEDIAN = 50;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  /**
   * Of others while a flood holds.
   *
   * @param messages of a ping-pong, each microsecond
   * @param gigabits of one stream, each second
   */
  private record Rates(double messages, double gigabits) {}

  /**
   * Connections, messages on each, and bytes of a message: no more than plain TCP can buffer below
   * its high mark. Few rounds have half of them.
   */
  static Stream<Arguments> floods() {
    Stream<Arguments> some =
        Stream.of(
            arguments(500, 1024, 1),
            arguments(2000, 256, 16384),
            arguments(MOST, SMALL_MESSAGES, 1));
    Stream<Arguments> others =
        Stream.of(arguments(500, 256, 16384), arguments(2000, 256, 1), arguments(MOST, 2, 16384));
    return ROUNDS < ENOUGH_FOR_A_MEDIAN ? some : Stream.concat(some, others);
  }

  @ParameterizedTest
  @MethodSource("floods")
  void aFloodSlowsOthersDownNoMoreThanOverPlainTcp(int connections, int messages, int size) {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS, NODE.client(), NODE.server());
    List<Rates> plain = new ArrayList<>();
    List<Rates> accelerated = new ArrayList<>();

    for (int round = 0; round < ROUNDS * PATIENCE; round++) {
      plain.add(ratesBeside(flood(false, connections, messages, size)));
      accelerated.add(ratesBeside(flood(true, connections, messages, size)));
      if (round + 1 >= ROUNDS
          && ratio(accelerated, plain, Rates::messages) > LEAST
          && ratio(accelerated, plain, Rates::gigabits) > LEAST) {
        break;
      }
    }

    String all = "plain " + plain + ", accelerated " + accelerated;
    double pingPong = ratio(accelerated, plain, Rates::messages);
    double stream = ratio(accelerated, plain, Rates::gigabits);
    System.out.printf(
        "beside %d flows with %d messages of %d bytes: ping-pong %.3f, stream %.3f of plain%n",
        connections, messages, size, pingPong, stream);
    assertThat(pingPong).as(all).isGreaterThan(LEAST);
    assertThat(stream).as(all).isGreaterThan(LEAST);
  }

  @Test
  void unreadMessagesOfManyFlowsTakeLittleOfTheKernelsMemory() {
    NODE.accelerate(AcceleratedNode.EVERY_FLOW_JOINS, NODE.client(), NODE.server());

    long plain = memoryOf(false);
    long accelerated = memoryOf(true);

    assertThat((accelerated - plain) / MOST)
        .as("bytes that acceleration adds to a flow; plain %d in all", plain)
        .isLessThanOrEqualTo(16 << 10);
  }

  private long memoryOf(boolean accelerated) {
    long before = KernelMemory.steady();
    try (Flood flood = flood(accelerated, MOST, SMALL_MESSAGES, 1)) {
      return KernelMemory.steady() - before;
    }
  }

  private static double ratio(
      List<Rates> accelerated, List<Rates> plain, ToDoubleFunction<Rates> of) {
    double[] ratios = new double[plain.size()];
    for (int round = 0; round < ratios.length; round++) {
      ratios[round] = of.applyAsDouble(accelerated.get(round)) / of.applyAsDouble(plain.get(round));
    }
    return Median.of(ratios);
  }

  /**
   * On one CPU, and the best of several looks: what else runs on the machine only slows them down.
   */
  private static Rates ratesBeside(Flood flood) {
    Cpus cpus = Cpus.choose(Placement.SAME);
    Place server = cpus.server(NODE.proxy());
    Place client = cpus.client(NODE.bed().outside());
    double messages = 0;
    double gigabits = 0;
    try (flood;
        Scratch scratch = Scratch.create()) {
      StreamPingPong pingPong =
          StreamPingPong.podToPod(OwnProgram.PINGPONG.in(scratch), scratch, MILLIS);
      FlowsProgram stream = new FlowsProgram(scratch);
      for (int look = 0; look < LOOKS; look++) {
        double micros =
            Distribution.micros(pingPong.run(server, client, MESSAGE_BYTES).oneWay(), MEDIAN);
        messages = Math.max(messages, 1 / micros);
        gigabits = Math.max(gigabits, stream.gigabits(server, client, MILLIS));
      }
    }
    return new Rates(messages, gigabits);
  }

  private record Flood(Traffic server, Traffic client) implements AutoCloseable {

    @Override
    public void close() {
      client.close();
      server.close();
      NODE.awaitNoFlows();
    }
  }

  /** One that has filled what it can. */
  private static Flood flood(boolean accelerated, int connections, int messages, int size) {
    if (accelerated) {
      NODE.datapath().enable();
    } else {
      NODE.datapath().disable();
    }
    NODE.datapath().forget(); // a reader that never reads looks like one that waits for an edge
    long claimed = NODE.count(Counter.CLAIMED);
    Flood flood =
        new Flood(
            Traffic.serve(NODE.server(), "deaf", NODE.server().ipv4(), PORT),
            Traffic.start(
                NODE.client(), "flood", NODE.server().ipv4(), PORT, connections, messages, size));
    flood.client().awaitLine("full");
    assertThat(flood.client().value("refused")).isZero();
    assertThat(NODE.count(Counter.CLAIMED) - claimed).isEqualTo(accelerated ? connections : 0);
    return flood;
  }
}
