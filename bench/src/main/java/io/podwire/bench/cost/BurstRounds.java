package io.podwire.bench.cost;

import io.podwire.bench.Distribution;
import io.podwire.bench.PathProof;
import io.podwire.bench.Unit;
import io.podwire.bench.model.Cost;
import io.podwire.bench.model.Costs;
import io.podwire.bench.model.Figure;
import io.podwire.bench.tool.LongPingPong;
import io.podwire.bench.tool.Measurement;
import io.podwire.bench.tool.OwnProgram;
import io.podwire.datapath.Counter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What is left of acceleration on a long-lived connection that had more to carry at times than its
 * reader took: the latency between bursts, against a connection that had none.
 */
final class BurstRounds {

  private static final int MESSAGE_SIZE = 14;

  /** Four times what may be unread by default. */
  private static final int BURST_MEBIBYTES = 16;

  private static final int MESSAGES_PER_TRANSACTION = 2;
  private static final double MEDIAN = 50;

  /** What becomes of a connection. */
  enum Life {
    QUIET("a connection without bursts"),
    BURSTS("between bursts of " + BURST_MEBIBYTES + " MiB each way");

    private final String title;

    Life(String title) {
      this.title = title;
    }
  }

  /**
   * What a connection gave.
   *
   * @param micros its median latency one way
   * @param messages that it exchanged, both ways, those of bursts left out
   * @param redirected how many of them went from socket to socket
   */
  record Round(double micros, long messages, long redirected) {}

  private static final List<Life> LIVES = Arrays.asList(Life.values());

  private final TwoPods pods;

  BurstRounds(TwoPods pods) {
    this.pods = pods;
  }

  static int steps(int pairs) {
    return LIVES.size() * pairs;
  }

  Costs measure(int pairs) {
    pods.acceleration().on();
    boolean gears = pods.acceleration().datapath().status().gearsInForce();
    return costs(PairedRounds.run(LIVES, pairs, this::round), gears);
  }

  /** The latency as a comparison, and the share redirected over all rounds with bursts. */
  static Costs costs(Map<Life, List<Round>> rounds, boolean gears) {
    String inForce = gears ? "gears on" : "gears off";
    List<Round> bursts = rounds.get(Life.BURSTS);
    return new Costs(
        List.of(
            new Cost(
                "flow-latency-bursts",
                "Latency of a long connection between pods, accelerated, " + inForce,
                Unit.MICROS,
                Life.QUIET.title,
                rounds.get(Life.QUIET).stream().map(Round::micros).toList(),
                Life.BURSTS.title,
                bursts.stream().map(Round::micros).toList())),
        List.of(
            new Figure(
                "messages-redirected-between-bursts",
                "Messages redirected between bursts, " + inForce,
                Unit.PERCENT,
                100.0
                    * bursts.stream().mapToLong(Round::redirected).sum()
                    / bursts.stream().mapToLong(Round::messages).sum())));
  }

  private Round round(Life life, int pair) {
    String name = "Long connection, round " + (pair + 1) + ": " + life.title;
    pods.progress().accept(name);
    pods.acceleration().on();
    PathProof proof = PathProof.begin(pods.acceleration().datapath(), name);
    try (LongPingPong connection = open()) {
      connection.messages(pods.scale().millis()); // warms up
      Round round = live(connection, life);
      switch (life) {
        case QUIET -> proof.redirected(round.messages());
        case BURSTS -> proof.joined(1);
      }
      return round;
    }
  }

  private LongPingPong open() {
    return LongPingPong.open(
        OwnProgram.PINGPONG.in(pods.scratch()),
        pods.scratch(),
        pods.server(),
        pods.client(),
        MESSAGE_SIZE,
        BURST_MEBIBYTES << 20);
  }

  private Round live(LongPingPong connection, Life life) {
    Histogram oneWay = Distribution.empty();
    long messages = 0;
    long redirected = 0;
    for (int burst = 0; burst < pods.scale().bursts(); burst++) {
      if (life == Life.BURSTS) {
        connection.burst();
      }
      long before = redirected();
      Measurement measured = connection.messages(pods.scale().millis());
      redirected += redirected() - before;
      messages += measured.transactions() * MESSAGES_PER_TRANSACTION;
      oneWay.add(measured.oneWay());
    }
    return new Round(Distribution.micros(oneWay, MEDIAN), messages, redirected);
  }

  private long redirected() {
    return pods.acceleration().datapath().status().counters().get(Counter.REDIRECTED);
  }
}
