package io.podwire.bench.report.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.podwire.bench.model.HttpCase;
import io.podwire.bench.model.HttpComparison;
import io.podwire.bench.model.HttpRound;
import io.podwire.bench.model.LatencyCase;
import io.podwire.bench.model.LatencyComparison;
import io.podwire.bench.model.LatencyRound;
import io.podwire.bench.model.Route;
import io.podwire.bench.model.Tool;

/** The headline in {@code report.json}. */
final class HeadlineJson {

  private HeadlineJson() {}

  static ObjectNode latency(LatencyComparison comparison) {
    ObjectNode json = Json.object();
    json.put("placement", comparison.placement().toString());
    json.put("cpus", comparison.cpus());
    json.put("message_size", comparison.messageSize());
    ArrayNode summaries = json.putArray("summaries");
    for (LatencyCase latencyCase : LatencyCase.ALL) {
      ObjectNode summary = latencyCase(latencyCase);
      summary.put("median_us", comparison.percentileMicros(latencyCase, 50));
      comparison.cpuMicros(latencyCase).ifPresent(cpu -> summary.put("cpu_us", cpu));
      summary.set("all_rounds_us", Json.percentiles(comparison.distribution(latencyCase)));
      summaries.add(summary);
    }
    ArrayNode ratios = json.putArray("ratios");
    for (Tool tool : Tool.values()) {
      ratios.add(ratio(comparison, new LatencyCase(tool, Route.OFF)));
    }
    LatencyCase.YARDSTICKS.forEach(yardstick -> ratios.add(ratio(comparison, yardstick)));
    comparison
        .shareOfRemovable()
        .ifPresent(share -> json.set("share_of_removable", Json.ratio(share)));
    ArrayNode rounds = json.putArray("rounds");
    comparison.rounds().forEach(round -> rounds.add(round(round)));
    return json;
  }

  private static ObjectNode ratio(LatencyComparison comparison, LatencyCase toOn) {
    ObjectNode json = latencyCase(toOn);
    json.setAll(Json.ratio(comparison.ratio(toOn, new LatencyCase(toOn.tool(), Route.ON))));
    return json;
  }

  private static ObjectNode round(LatencyRound round) {
    ObjectNode json = Json.object();
    json.put("pair", round.pair());
    json.setAll(latencyCase(round.latencyCase()));
    json.put("transactions", round.transactions());
    json.set("one_way_us", Json.percentiles(round.oneWay()));
    round
        .cost()
        .ifPresent(
            cost -> {
              ObjectNode cpu = json.putObject("cpu_us");
              cpu.put("user", cost.userMicros());
              cpu.put("system", cost.systemMicros());
              cpu.put("softirq", cost.softirqMicros());
            });
    json.set("counters", Json.counters(round.counters()));
    return json;
  }

  private static ObjectNode latencyCase(LatencyCase latencyCase) {
    ObjectNode json = Json.object();
    json.put("tool", latencyCase.tool().toString());
    json.put("route", latencyCase.route().toString());
    return json;
  }

  static ObjectNode http(HttpComparison http) {
    ObjectNode json = Json.object();
    json.put("cpus", http.cpus());
    ArrayNode summaries = json.putArray("summaries");
    for (HttpCase httpCase : HttpCase.values()) {
      ObjectNode summary = summaries.addObject();
      summary.put("case", httpCase.toString());
      summary.put("requests_per_second", http.requestsPerSecond(httpCase));
      summary.set("of_plain", Json.ratio(http.ofPlain(httpCase)));
    }
    ArrayNode rounds = json.putArray("rounds");
    for (HttpRound round : http.rounds()) {
      ObjectNode node = rounds.addObject();
      node.put("pair", round.pair());
      node.put("case", round.httpCase().toString());
      node.put("requests", round.requests());
      node.put("requests_per_second", round.requestsPerSecond());
      node.set("counters", Json.counters(round.counters()));
    }
    ObjectNode neighbour = json.putObject("neighbour");
    neighbour.put("short_connections", http.neighbour().shortConnections());
    neighbour.put("chatty_messages", http.neighbour().chattyMessages());
    neighbour.set("counters", Json.counters(http.neighbour().counters()));
    return json;
  }
}
