package io.podwire.bench.cost;

import io.podwire.bench.Unit;
import io.podwire.bench.model.Cost;
import io.podwire.bench.model.Costs;
import io.podwire.bench.model.Figure;
import io.podwire.bench.tool.Endpoint;
import io.podwire.bench.tool.OwnProgram;
import io.podwire.bench.tool.StreamRate;
import io.podwire.datapath.Counter;
import io.podwire.testbed.Child;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a pool of connections gains that was open before acceleration was switched on: its rate
 * before, and once its connections were adopted.
 */
final class PoolRounds {

  static final int CONNECTIONS = 64;

  private static final int PORT = 11115;
  private static final int MESSAGE_SIZE = 100;
  private static final int MESSAGES_PER_TRANSACTION = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /**
   * What a pool gave.
   *
   * @param before transactions a second over plain TCP
   * @param after the same once connections were adopted
   * @param adopted how many of them
   * @param messages that were exchanged after that
   * @param redirected how many of those went from socket to socket
   */
  record Round(double before, double after, int adopted, long messages, long redirected) {}

  private final TwoPods pods;
  private final Path pingpong;

  PoolRounds(TwoPods pods) {
    this.pods = pods;
    this.pingpong = OwnProgram.PINGPONG.in(pods.scratch());
  }

  static int steps(int pairs) {
    return pairs;
  }

  Costs measure(int pairs) {
    Endpoint endpoint = new Endpoint(pods.server().ipv4(), PORT);
    List<Round> rounds = new ArrayList<>();
    pods.acceleration().off();
    try (Child serving =
        StreamRate.serve(pingpong, pods.server(), endpoint, MESSAGE_SIZE, pods.scratch())) {
      for (int pair = 0; pair < pairs; pair++) {
        pods.progress()
            .accept("A pool of connections, round " + (pair + 1) + ": before, and adopted");
        rounds.add(round(endpoint));
      }
    }
    return costs(rounds, pods.acceleration().datapath().status().gearsInForce());
  }

  private Round round(Endpoint endpoint) {
    pods.acceleration().off();
    try (Child pool =
        StreamRate.pool(
            pingpong, pods.client(), endpoint, MESSAGE_SIZE, CONNECTIONS, pods.scratch())) {
      StreamRate.ask(pool, pods.scale().millis()); // warms up
      StreamRate before = StreamRate.ask(pool, pods.scale().millis());
      pods.acceleration().on();
      int adopted = pods.acceleration().datapath().adopt(PATIENCE).adopted();
      StreamRate.ask(pool, pods.scale().millis());
      long redirected = redirected();
      StreamRate after = StreamRate.ask(pool, pods.scale().millis());
      return new Round(
          before.perSecond(),
          after.perSecond(),
          adopted,
          after.count() * MESSAGES_PER_TRANSACTION,
          redirected() - redirected);
    }
  }

  private long redirected() {
    return pods.acceleration().datapath().status().counters().get(Counter.REDIRECTED);
  }

  /** The rate as a comparison, and the shares adopted and redirected over all rounds. */
  static Costs costs(List<Round> rounds, boolean gears) {
    String inForce = gears ? ", gears on" : ", gears off";
    return new Costs(
        List.of(
            new Cost(
                "pool-rate-adopted",
                String.format(Locale.ROOT, "Request/response on %d connections", CONNECTIONS),
                Unit.TRANSACTIONS,
                "open before acceleration",
                rounds.stream().map(Round::before).toList(),
                "adopted",
                rounds.stream().map(Round::after).toList())),
        List.of(
            new Figure(
                "connections-adopted",
                "Connections of a pool that were adopted" + inForce,
                Unit.PERCENT,
                100.0
                    * rounds.stream().mapToInt(Round::adopted).sum()
                    / (rounds.size() * CONNECTIONS)),
            new Figure(
                "messages-redirected-of-adopted",
                "Messages redirected of a pool that was adopted" + inForce,
                Unit.PERCENT,
                100.0
                    * rounds.stream().mapToLong(Round::redirected).sum()
                    / rounds.stream().mapToLong(Round::messages).sum())));
  }
}
