package io.podwire.bench.model;

import io.podwire.bench.Median;
import io.podwire.bench.PairedRatio;
import java.util.List;

/**
 * The interleaved rounds of connection-per-request HTTP.
 *
 * @param cpus the CPUs of both ends, for people
 * @param rounds in the order in which they ran
 * @param neighbour a chatty listener beside it
 */
public record HttpComparison(String cpus, List<HttpRound> rounds, ChattyNeighbour neighbour) {

  /** The rounds of one case, by pair. */
  public List<HttpRound> rounds(HttpCase httpCase) {
    return rounds.stream().filter(round -> round.httpCase() == httpCase).toList();
  }

  /** The median request rate of a case, per second. */
  public double requestsPerSecond(HttpCase httpCase) {
    return Median.of(rates(httpCase));
  }

  /** The request rate of a case over that of {@link HttpCase#PLAIN}. */
  public PairedRatio ofPlain(HttpCase httpCase) {
    return PairedRatio.of(rates(httpCase), rates(HttpCase.PLAIN));
  }

  private double[] rates(HttpCase httpCase) {
    return rounds(httpCase).stream().mapToDouble(HttpRound::requestsPerSecond).toArray();
  }
}
