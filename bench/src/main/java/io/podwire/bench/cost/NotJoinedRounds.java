package io.podwire.bench.cost;

import io.podwire.bench.BenchException;
import io.podwire.bench.Distribution;
import io.podwire.bench.PathProof;
import io.podwire.bench.Unit;
import io.podwire.bench.model.Cost;
import io.podwire.bench.tool.OwnProgram;
import io.podwire.bench.tool.PingPong;
import io.podwire.bench.tool.StreamPingPong;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Settings;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What connections between pods cost that could join and do not: because the node only observes, or
 * because they are too short, which is noted for each for {@code accelctl explain}.
 */
final class NotJoinedRounds {

  private static final int MESSAGE_SIZE = 14;
  private static final double MEDIAN = 50;
  private static final String CONNECTIONS = "Connections between pods";

  /** In the order of a group's rounds: each of the first and last is next to one without it. */
  enum Treatment {
    OBSERVED("observed"),
    OFF("off"),
    OFF_AGAIN("off"),
    TOO_SHORT("too short to join, and that noted");

    private final String title;

    Treatment(String title) {
      this.title = title;
    }
  }

  private static final List<Treatment> ALL = Arrays.asList(Treatment.values());
  private static final List<Treatment> WITH_MESSAGES = List.of(Treatment.OBSERVED, Treatment.OFF);

  private final TwoPods pods;
  private final FlowsProgram flows;
  private final PingPong pingPong;

  NotJoinedRounds(TwoPods pods) {
    this.pods = pods;
    this.flows = new FlowsProgram(pods.scratch());
    this.pingPong =
        StreamPingPong.podToPod(
            OwnProgram.PINGPONG.in(pods.scratch()), pods.scratch(), pods.scale().millis());
  }

  static int steps(int pairs) {
    return (ALL.size() + WITH_MESSAGES.size()) * pairs;
  }

  List<Cost> measure(int pairs) {
    List<Cost> costs =
        costs(
            PairedRounds.run(ALL, pairs, this::connections),
            PairedRounds.run(WITH_MESSAGES, pairs, this::latency));
    observe(false);
    return costs;
  }

  static List<Cost> costs(
      Map<Treatment, List<Double>> connections, Map<Treatment, List<Double>> latency) {
    return List.of(
        connections("observed-connections", connections, Treatment.OFF, Treatment.OBSERVED),
        connections("too-short-connections", connections, Treatment.OFF_AGAIN, Treatment.TOO_SHORT),
        connections("not-joined-noise", connections, Treatment.OFF, Treatment.OFF_AGAIN),
        new Cost(
            "observed-latency",
            "Latency between pods",
            Unit.MICROS,
            Treatment.OFF.title,
            latency.get(Treatment.OFF),
            Treatment.OBSERVED.title,
            latency.get(Treatment.OBSERVED)));
  }

  private static Cost connections(
      String name, Map<Treatment, List<Double>> values, Treatment without, Treatment with) {
    return new Cost(
        name,
        CONNECTIONS,
        Unit.CONNECTIONS,
        without.title,
        values.get(without),
        with.title,
        values.get(with));
  }

  private double connections(Treatment treatment, int pair) {
    String name = name(treatment, pair, CONNECTIONS);
    PathProof proof = begin(treatment, name);
    double rate = flows.connectionsPerSecond(pods.server(), pods.client(), pods.scale().millis());
    if (treatment == Treatment.TOO_SHORT) {
      proof.skippedShort((long) (rate * pods.scale().millis() / 2000)); // a median's, so about half
    } else {
      requireObserved(proof.plain(), treatment, name);
    }
    return rate;
  }

  private double latency(Treatment treatment, int pair) {
    String name = name(treatment, pair, "Latency between pods");
    PathProof proof = begin(treatment, name);
    double micros =
        Distribution.micros(
            pingPong.run(pods.server(), pods.client(), MESSAGE_SIZE).oneWay(), MEDIAN);
    requireObserved(proof.plain(), treatment, name);
    return micros;
  }

  private static String name(Treatment treatment, int pair, String what) {
    return what + ", round " + (pair + 1) + ": " + treatment.title;
  }

  private PathProof begin(Treatment treatment, String name) {
    pods.progress().accept(name);
    switch (treatment) {
      case OFF, OFF_AGAIN -> pods.acceleration().off();
      case OBSERVED, TOO_SHORT -> pods.acceleration().on();
    }
    observe(treatment == Treatment.OBSERVED);
    return PathProof.begin(pods.acceleration().datapath(), name);
  }

  private void observe(boolean observes) {
    pods.acceleration()
        .datapath()
        .configure(
            settings ->
                settings
                    .withObserves(observes)
                    .withBreakEvenMessages(Settings.DEFAULT.breakEvenMessages()));
  }

  private static void requireObserved(Map<Counter, Long> moved, Treatment treatment, String name) {
    if (moved.containsKey(Counter.OBSERVED) != (treatment == Treatment.OBSERVED)) {
      throw new BenchException(
          name
              + " is no measurement: connections were "
              + (treatment == Treatment.OBSERVED ? "not " : "")
              + "observed; counters moved: "
              + moved);
    }
  }
}
