package io.podwire.bench.report.json;

import io.podwire.bench.CpuCost;
import io.podwire.bench.PairedRatio;
import io.podwire.bench.model.LatencyCase;
import io.podwire.bench.model.LatencyComparison;
import io.podwire.bench.model.LatencyRound;
import io.podwire.bench.model.Route;
import io.podwire.bench.model.Tool;
import io.podwire.datapath.Counter;
import io.podwire.testbed.Placement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A latency comparison in {@code report.json}; what nobody could tell is null. */
record LatencyDocument(
    Placement placement,
    String cpus,
    int messageSize,
    List<CaseDocument> summaries,
    List<CaseRatioDocument> ratios,
    RatioDocument shareOfRemovable,
    List<RoundDocument> rounds) {

  /** What all rounds of a case say together: medians of them, and one distribution of all. */
  record CaseDocument(
      Tool tool, Route route, double medianUs, Double cpuUs, PercentilesDocument allRoundsUs) {}

  /** How many times as long a case takes as the same tool accelerated. */
  record CaseRatioDocument(Tool tool, Route route, double ratio, double low, double high) {}

  /** One round of a case. */
  record RoundDocument(
      int pair,
      Tool tool,
      Route route,
      long transactions,
      PercentilesDocument oneWayUs,
      CpuDocument cpuUs,
      Map<Counter, Long> counters) {}

  /** CPU time of a transaction. */
  record CpuDocument(double user, double system, double softirq) {

    static CpuDocument of(CpuCost cost) {
      return new CpuDocument(cost.userMicros(), cost.systemMicros(), cost.softirqMicros());
    }
  }

  static LatencyDocument of(LatencyComparison comparison) {
    return new LatencyDocument(
        comparison.placement(),
        comparison.cpus(),
        comparison.messageSize(),
        LatencyCase.ALL.stream().map(one -> summary(comparison, one)).toList(),
        Stream.concat(
                Arrays.stream(Tool.values()).map(tool -> new LatencyCase(tool, Route.OFF)),
                LatencyCase.YARDSTICKS.stream())
            .map(one -> ratio(comparison, one))
            .toList(),
        comparison.shareOfRemovable().map(RatioDocument::of).orElse(null),
        comparison.rounds().stream().map(LatencyDocument::round).toList());
  }

  private static CaseDocument summary(LatencyComparison comparison, LatencyCase one) {
    return new CaseDocument(
        one.tool(),
        one.route(),
        comparison.percentileMicros(one, 50),
        comparison.cpuMicros(one).stream().boxed().findFirst().orElse(null),
        PercentilesDocument.of(comparison.distribution(one)));
  }

  private static CaseRatioDocument ratio(LatencyComparison comparison, LatencyCase one) {
    PairedRatio ratio = comparison.ratio(one, new LatencyCase(one.tool(), Route.ON));
    return new CaseRatioDocument(one.tool(), one.route(), ratio.value(), ratio.low(), ratio.high());
  }

  private static RoundDocument round(LatencyRound round) {
    return new RoundDocument(
        round.pair(),
        round.latencyCase().tool(),
        round.latencyCase().route(),
        round.transactions(),
        PercentilesDocument.of(round.oneWay()),
        round.cost().map(CpuDocument::of).orElse(null),
        round.counters());
  }
}
