package io.podwire.bench.cost;

import io.podwire.bench.Acceleration;
import io.podwire.bench.Unit;
import io.podwire.bench.model.Cost;
import io.podwire.bench.model.Costs;
import io.podwire.bench.model.Figure;
import io.podwire.bench.tool.Endpoint;
import io.podwire.bench.tool.OwnProgram;
import io.podwire.bench.tool.StreamRate;
import io.podwire.datapath.Counter;
import io.podwire.testbed.Child;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

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

  private final Acceleration acceleration;
  private final Place server;
  private final Place client;
  private final Scratch scratch;
  private final Scale scale;
  private final Consumer<String> progress;
  private final Path pingpong;

  PoolRounds(
      Acceleration acceleration,
      Place server,
      Place client,
      Scratch scratch,
      Scale scale,
      Consumer<String> progress) {
    this.acceleration = acceleration;
    this.server = server;
    this.client = client;
    this.scratch = scratch;
    this.scale = scale;
    this.progress = progress;
    this.pingpong = OwnProgram.PINGPONG.in(scratch);
  }

  static int steps(int pairs) {
    return pairs;
  }

  Costs measure(int pairs) {
    Endpoint endpoint = new Endpoint(server.ipv4(), PORT);
    List<Round> rounds = new ArrayList<>();
    acceleration.off();
    try (Child serving = StreamRate.serve(pingpong, server, endpoint, MESSAGE_SIZE, scratch)) {
      for (int pair = 0; pair < pairs; pair++) {
        progress.accept("A pool of connections, round " + (pair + 1) + ": before, and adopted");
        rounds.add(round(endpoint));
      }
    }
    return costs(rounds, acceleration.datapath().status().gearsInForce());
  }

  private Round round(Endpoint endpoint) {
    acceleration.off();
    try (Child pool =
        StreamRate.pool(pingpong, client, endpoint, MESSAGE_SIZE, CONNECTIONS, scratch)) {
      StreamRate.ask(pool, scale.millis()); // warms up
      StreamRate before = StreamRate.ask(pool, scale.millis());
      acceleration.on();
      int adopted = acceleration.datapath().adopt(PATIENCE).adopted();
      StreamRate.ask(pool, scale.millis());
      long redirected = redirected();
      StreamRate after = StreamRate.ask(pool, scale.millis());
      return new Round(
          before.perSecond(),
          after.perSecond(),
          adopted,
          after.count() * MESSAGES_PER_TRANSACTION,
          redirected() - redirected);
    }
  }

  private long redirected() {
    return acceleration.datapath().status().counters().get(Counter.REDIRECTED);
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
