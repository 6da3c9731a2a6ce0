package io.podwire.bench.report.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.podwire.bench.model.ChattyNeighbour;
import io.podwire.bench.model.HttpCase;
import io.podwire.bench.model.HttpComparison;
import io.podwire.bench.model.HttpRound;
import io.podwire.datapath.Counter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The comparison of connection-per-request HTTP in {@code report.json}. */
record HttpDocument(
    String cpus,
    List<CaseDocument> summaries,
    List<RoundDocument> rounds,
    ChattyNeighbour neighbour) {

  /** What all rounds of a case say together. */
  record CaseDocument(
      @JsonProperty("case") HttpCase httpCase, double requestsPerSecond, RatioDocument ofPlain) {}

  /** One round of a case. */
  record RoundDocument(
      int pair,
      @JsonProperty("case") HttpCase httpCase,
      long requests,
      double requestsPerSecond,
      Map<Counter, Long> counters) {}

  static HttpDocument of(HttpComparison http) {
    return new HttpDocument(
        http.cpus(),
        Arrays.stream(HttpCase.values())
            .map(
                one ->
                    new CaseDocument(
                        one, http.requestsPerSecond(one), RatioDocument.of(http.ofPlain(one))))
            .toList(),
        http.rounds().stream().map(HttpDocument::round).toList(),
        http.neighbour());
  }

  private static RoundDocument round(HttpRound round) {
    return new RoundDocument(
        round.pair(),
        round.httpCase(),
        round.requests(),
        round.requestsPerSecond(),
        round.counters());
  }
}
