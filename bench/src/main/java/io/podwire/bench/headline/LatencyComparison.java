package io.podwire.bench.headline;

import io.podwire.bench.Distribution;
import io.podwire.bench.Median;
import io.podwire.bench.PairedRatio;
import io.podwire.bench.Placement;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/**
 * The interleaved latency rounds of one message size in one placement.
 *
 * @param placement where the ends ran
 * @param cpus the CPUs that were, for people
 * @param messageSize bytes
 * @param rounds in the order in which they ran
 */
public record LatencyComparison(
    Placement placement, String cpus, int messageSize, List<LatencyRound> rounds) {

  /** The rounds of one case, by pair. */
  public List<LatencyRound> rounds(LatencyCase latencyCase) {
    return rounds.stream().filter(round -> round.latencyCase().equals(latencyCase)).toList();
  }

  /** The median over the rounds of a case of what a round says. */
  public double median(LatencyCase latencyCase, ToDoubleFunction<LatencyRound> value) {
    return Median.of(rounds(latencyCase).stream().mapToDouble(value).toArray());
  }

  /** The median over the rounds of a case of a percentile of one-way latency, in microseconds. */
  public double percentileMicros(LatencyCase latencyCase, double percentile) {
    return median(latencyCase, round -> Distribution.micros(round.oneWay(), percentile));
  }

  /**
   * The median CPU time of a transaction in microseconds, user and system of both ends; empty where
   * the tool does not tell.
   */
  public OptionalDouble cpuMicros(LatencyCase latencyCase) {
    double[] costs =
        rounds(latencyCase).stream()
            .flatMap(round -> round.cost().stream())
            .mapToDouble(cost -> cost.userMicros() + cost.systemMicros())
            .toArray();
    return costs.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(Median.of(costs));
  }

  /** How many times as long the one takes as the other, by the medians of paired rounds. */
  public PairedRatio ratio(LatencyCase numerator, LatencyCase denominator) {
    return PairedRatio.of(medians(numerator), medians(denominator));
  }

  /** Every one-way latency of a case, in nanoseconds. */
  public Histogram distribution(LatencyCase latencyCase) {
    return Distribution.merged(rounds(latencyCase).stream().map(LatencyRound::oneWay).toList());
  }

  private double[] medians(LatencyCase latencyCase) {
    return rounds(latencyCase).stream().mapToDouble(LatencyRound::medianMicros).toArray();
  }
}
