package io.podwire.bench.headline;

import io.podwire.bench.Acceleration;
import io.podwire.bench.PathProof;
import io.podwire.bench.RoundOrder;
import io.podwire.bench.model.ChattyNeighbour;
import io.podwire.bench.model.HttpCase;
import io.podwire.bench.model.HttpComparison;
import io.podwire.bench.model.HttpRound;
import io.podwire.bench.tool.ApacheBench;
import io.podwire.bench.tool.Nginx;
import io.podwire.bench.tool.OwnProgram;
import io.podwire.bench.tool.PingPong;
import io.podwire.bench.tool.StreamPingPong;
import io.podwire.datapath.Counter;
import io.podwire.testbed.Child;
import io.podwire.testbed.Cpus;
import io.podwire.testbed.Place;
import io.podwire.testbed.Placement;
import io.podwire.testbed.Scratch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Runs the comparison of connection-per-request HTTP between two pods: what acceleration costs
 * those that cannot gain from it. Both ends run on one CPU, where a request costs what it computes
 * and nothing waits for a wake-up.
 */
public final class HttpRounds {

  /** A round is short and there are many: request rates drift more than they differ. */
  private static final int ROUNDS_PER_PAIR = 3;

  private static final int NEIGHBOUR = 1;

  /** Requests of a round for each second of its length: about a third of a second's work. */
  private static final int REQUESTS_PER_ROUND_SECOND = 8_000;

  /** Seconds that ab runs longer than the chatty connection, which has to start and warm up. */
  private static final int LONGER_THAN_CHATTY = 1;

  private static final int CHATTY_SIZE = 14;
  private static final int MESSAGES_PER_TRANSACTION = 2;

  private final Acceleration acceleration;
  private final Place server;
  private final Place client;
  private final Scratch scratch;
  private final int seconds;
  private final Cpus cpus = Cpus.choose(Placement.SAME);

  public HttpRounds(
      Acceleration acceleration, Place serverPod, Place clientPod, Scratch scratch, int seconds) {
    this.acceleration = acceleration;
    this.server = cpus.server(serverPod);
    this.client = cpus.client(clientPod);
    this.scratch = scratch;
    this.seconds = seconds;
  }

  /** How many steps of progress a comparison of so many pairs has. */
  public static int steps(int pairs) {
    return pairs * ROUNDS_PER_PAIR * HttpCase.values().length + NEIGHBOUR;
  }

  /**
   * @param progress hears of each round before it begins, and of the neighbour
   */
  public HttpComparison compare(int pairs, Consumer<String> progress) {
    List<HttpRound> rounds = new ArrayList<>();
    try (Nginx nginx = Nginx.start(server, scratch)) {
      for (int pair = 0; pair < pairs * ROUNDS_PER_PAIR; pair++) {
        for (HttpCase httpCase : RoundOrder.of(Arrays.asList(HttpCase.values()), pair)) {
          String name = "HTTP, " + cpus + ", round " + (pair + 1) + ": " + httpCase.title();
          progress.accept(name);
          rounds.add(run(httpCase, pair, name));
        }
      }
      String name = "HTTP, " + cpus + ": a chatty neighbour";
      progress.accept(name);
      return new HttpComparison(cpus.toString(), rounds, neighbour(name));
    }
  }

  private HttpRound run(HttpCase httpCase, int pair, String name) {
    prepare(httpCase);
    ApacheBench.warmUp(client, server, scratch);
    PathProof proof = PathProof.begin(acceleration.datapath(), name);
    ApacheBench measured =
        ApacheBench.run(client, server, scratch, REQUESTS_PER_ROUND_SECOND * seconds);
    Map<Counter, Long> counters =
        switch (httpCase) {
          case PLAIN -> proof.absent();
          case IDLE -> proof.idle(0);
          case ACCELERATED -> proof.skippedShort(measured.requests());
        };
    return new HttpRound(
        pair, httpCase, measured.requests(), measured.requestsPerSecond(), counters);
  }

  private ChattyNeighbour neighbour(String name) {
    prepare(HttpCase.ACCELERATED);
    PingPong chatty =
        StreamPingPong.podToPod(OwnProgram.PINGPONG.in(scratch), scratch, seconds * 1_000);
    ApacheBench.warmUp(client, server, scratch);
    PathProof proof = PathProof.begin(acceleration.datapath(), name);
    try (Child ab = ApacheBench.start(client, server, scratch, seconds + LONGER_THAN_CHATTY)) {
      long messages =
          chatty.run(server, client, CHATTY_SIZE).transactions() * MESSAGES_PER_TRANSACTION;
      long connections = ApacheBench.finish(ab).requests();
      return new ChattyNeighbour(connections, messages, proof.chattyAmongShort(messages));
    }
  }

  private void prepare(HttpCase httpCase) {
    switch (httpCase) {
      case PLAIN -> acceleration.absent();
      case IDLE -> acceleration.idle();
      case ACCELERATED -> acceleration.on();
    }
  }
}
