package io.podwire.bench.model;

import io.podwire.bench.Distribution;
import io.podwire.bench.Median;
import io.podwire.bench.PairedRatio;
import io.podwire.testbed.Placement;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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

  /** How many times as long the first case takes as the second, by the medians of paired rounds. */
  public PairedRatio ratio(LatencyCase numerator, LatencyCase denominator) {
    return PairedRatio.of(medians(numerator), medians(denominator));
  }

  /**
   * The share of the removable: of what a message takes longer over plain TCP than through a pipe,
   * how much acceleration takes away. 0 is none of it, 1 as fast as a pipe. By pingpong, which runs
   * the same loop over all three, and by the medians of paired rounds.
   *
   * @return empty where a pipe was as slow as plain TCP in some pair, so that nothing was removable
   */
  public Optional<PairedRatio> shareOfRemovable() {
    double[] off = medians(new LatencyCase(Tool.PINGPONG, Route.OFF));
    double[] removed = differences(off, medians(new LatencyCase(Tool.PINGPONG, Route.ON)));
    double[] removable = differences(off, medians(new LatencyCase(Tool.PINGPONG, Route.PIPE)));
    return Arrays.stream(removable).allMatch(micros -> micros > 0)
        ? Optional.of(PairedRatio.of(removed, removable))
        : Optional.empty();
  }

  /** Every one-way latency of a case, in nanoseconds. */
  public Histogram distribution(LatencyCase latencyCase) {
    return Distribution.merged(rounds(latencyCase).stream().map(LatencyRound::oneWay).toList());
  }

  private static double[] differences(double[] minuends, double[] subtrahends) {
    double[] differences = new double[minuends.length];
    Arrays.setAll(differences, pair -> minuends[pair] - subtrahends[pair]);
    return differences;
  }

  private double[] medians(LatencyCase latencyCase) {
    return rounds(latencyCase).stream().mapToDouble(LatencyRound::medianMicros).toArray();
  }
}
