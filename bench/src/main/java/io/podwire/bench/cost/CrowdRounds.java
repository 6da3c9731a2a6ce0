package io.podwire.bench.cost;

import io.podwire.bench.Distribution;
import io.podwire.bench.PathProof;
import io.podwire.bench.Unit;
import io.podwire.bench.model.Cost;
import io.podwire.bench.tool.Measurement;
import io.podwire.bench.tool.OwnProgram;
import io.podwire.bench.tool.PingPong;
import io.podwire.bench.tool.StreamPingPong;
import io.podwire.testbed.Child;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The latency of one accelerated flow while many others are open and idle, against it alone. */
final class CrowdRounds {

  private static final int MESSAGE_SIZE = 14;
  private static final int MESSAGES_PER_TRANSACTION = 2;
  private static final double MEDIAN = 50;

  private enum Company {
    ALONE,
    CROWD
  }

  private static final List<Company> COMPANIES = List.of(Company.values());

  private final TwoPods pods;
  private final FlowsProgram flows;
  private final PingPong pingPong;

  CrowdRounds(TwoPods pods) {
    this.pods = pods;
    this.flows = new FlowsProgram(pods.scratch());
    this.pingPong =
        StreamPingPong.podToPod(
            OwnProgram.PINGPONG.in(pods.scratch()), pods.scratch(), pods.scale().millis());
  }

  static int steps(int pairs) {
    return COMPANIES.size() * pairs;
  }

  Cost measure(int pairs) {
    pods.acceleration().on();
    // Flows of one message are too short to pay: those of later rounds would not join else.
    pods.acceleration().datapath().configure(settings -> settings.withBreakEvenMessages(0));
    String others = String.format(Locale.ROOT, "%,d other flows open", pods.scale().others());
    Map<Company, List<Double>> values =
        PairedRounds.run(
            COMPANIES,
            pairs,
            (company, pair) -> {
              String what = company == Company.ALONE ? "alone" : others;
              String name = "Latency of an accelerated flow, round " + (pair + 1) + ": " + what;
              pods.progress().accept(name);
              return company == Company.ALONE ? latency(name) : latencyInCrowd(name);
            });
    return new Cost(
        "flow-latency-crowd",
        "Latency between pods, accelerated",
        Unit.MICROS,
        "alone",
        values.get(Company.ALONE),
        others,
        values.get(Company.CROWD));
  }

  private double latencyInCrowd(String name) {
    PathProof others = PathProof.begin(pods.acceleration().datapath(), name);
    try (Child echo = flows.echo(pods.server(), pods.scale().others());
        Child held = flows.hold(pods.server(), pods.client(), pods.scale().others())) {
      others.redirected(
          pods.scale().others(), (long) pods.scale().others() * MESSAGES_PER_TRANSACTION);
      return latency(name);
    }
  }

  private double latency(String name) {
    PathProof proof = PathProof.begin(pods.acceleration().datapath(), name);
    Measurement measured = pingPong.run(pods.server(), pods.client(), MESSAGE_SIZE);
    proof.redirected(measured.transactions() * MESSAGES_PER_TRANSACTION);
    return Distribution.micros(measured.oneWay(), MEDIAN);
  }
}
