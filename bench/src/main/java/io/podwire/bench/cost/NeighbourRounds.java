package io.podwire.bench.cost;

import io.podwire.bench.Distribution;
import io.podwire.bench.PathProof;
import io.podwire.bench.Unit;
import io.podwire.bench.model.Cost;
import io.podwire.bench.tool.LongPingPong;
import io.podwire.bench.tool.Measurement;
import io.podwire.bench.tool.OwnProgram;
import io.podwire.testbed.Child;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * The latency of a connection that is plain TCP while a bulk transfer runs beside it on the same
 * CPU: accelerated, against a bulk transfer by TCP.
 */
final class NeighbourRounds {

  private static final int MESSAGE_SIZE = 14;
  private static final int BURST_NEVER_ASKED_FOR = 1;
  private static final double MEDIAN = 50;
  private static final double NEARLY_WORST = 99;

  /** How the bulk transfer goes. */
  enum Bulk {
    PLAIN("beside bulk by TCP"),
    ACCELERATED("beside accelerated bulk");

    private final String title;

    Bulk(String title) {
      this.title = title;
    }
  }

  private static final List<Bulk> BULKS = Arrays.asList(Bulk.values());

  private final TwoPods pods;
  private final FlowsProgram flows;

  NeighbourRounds(TwoPods pods) {
    this.pods = pods;
    this.flows = new FlowsProgram(pods.scratch());
  }

  static int steps(int pairs) {
    return BULKS.size() * pairs;
  }

  List<Cost> measure(int pairs) {
    pods.acceleration().on();
    // Who only receives sent nothing, which looks too short to pay: later transfers would not join.
    pods.acceleration().datapath().configure(settings -> settings.withBreakEvenMessages(0));
    Map<Bulk, List<Histogram>> oneWay = PairedRounds.run(BULKS, pairs, this::round);
    return List.of(
        cost("neighbour-latency-bulk", "Latency of plain TCP between pods", oneWay, MEDIAN),
        cost(
            "neighbour-latency-bulk-p99",
            "Latency of plain TCP between pods, 99th percentile",
            oneWay,
            NEARLY_WORST));
  }

  private static Cost cost(
      String key, String title, Map<Bulk, List<Histogram>> oneWay, double percentile) {
    return new Cost(
        key,
        title,
        Unit.MICROS,
        Bulk.PLAIN.title,
        micros(oneWay.get(Bulk.PLAIN), percentile),
        Bulk.ACCELERATED.title,
        micros(oneWay.get(Bulk.ACCELERATED), percentile));
  }

  private static List<Double> micros(List<Histogram> rounds, double percentile) {
    return rounds.stream().map(round -> Distribution.micros(round, percentile)).toList();
  }

  private Histogram round(Bulk bulk, int pair) {
    String name = "Neighbour, round " + (pair + 1) + ": " + bulk.title;
    pods.progress().accept(name);
    pods.acceleration().off();
    try (LongPingPong neighbour =
        LongPingPong.open(
            OwnProgram.PINGPONG.in(pods.scratch()),
            pods.scratch(),
            pods.server(),
            pods.client(),
            MESSAGE_SIZE,
            BURST_NEVER_ASKED_FOR)) {
      neighbour.messages(pods.scale().millis()); // is established now, and stays plain TCP
      if (bulk == Bulk.ACCELERATED) {
        pods.acceleration().on();
      }
      PathProof proof = PathProof.begin(pods.acceleration().datapath(), name);
      try (Child sink = flows.sink(pods.server());
          Child sending = flows.send(pods.server(), pods.client())) {
        neighbour.messages(pods.scale().millis()); // while the transfer warms up
        Measurement measured = neighbour.messages(pods.scale().millis());
        switch (bulk) {
          case PLAIN -> proof.plain();
          case ACCELERATED -> proof.joined(1);
        }
        return measured.oneWay();
      }
    }
  }
}
