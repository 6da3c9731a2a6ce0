package io.podwire.bench.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.podwire.bench.Distribution;
import io.podwire.bench.PairedRatio;
import io.podwire.bench.headline.HttpCase;
import io.podwire.bench.headline.HttpComparison;
import io.podwire.bench.headline.HttpRound;
import io.podwire.bench.headline.LatencyCase;
import io.podwire.bench.headline.LatencyComparison;
import io.podwire.bench.headline.LatencyRound;
import io.podwire.bench.headline.Route;
import io.podwire.bench.headline.Tool;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Settings;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** A report as {@code report.json}; {@code docs/bench.md} documents its schema. */
final class ReportJson {

  private static final int SCHEMA = 1;
  private static final double[] PERCENTILES = {0, 25, 50, 75, 90, 99, 99.9, 99.99, 100};
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private ReportJson() {}

  static String of(BenchReport report) {
    ObjectNode json = object();
    json.put("schema", SCHEMA);
    json.put("began", report.began().toString());
    json.put("took_seconds", report.took().toSeconds());
    json.set("options", options(report.options()));
    json.set("environment", environment(report.environment()));
    ArrayNode latency = json.putArray("latency");
    report.latency().forEach(comparison -> latency.add(latency(comparison)));
    json.set("http", http(report.http()));
    try {
      return MAPPER.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ObjectNode options(BenchOptions options) {
    ObjectNode json = object();
    json.put("rounds", options.rounds());
    json.put("seconds", options.seconds());
    options.messageSizes().forEach(json.putArray("message_sizes")::add);
    ArrayNode placements = json.putArray("placements");
    options.placements().forEach(placement -> placements.add(placement.toString()));
    return json;
  }

  private static ObjectNode environment(Environment environment) {
    ObjectNode json = object();
    json.put("kernel", environment.kernel());
    json.put("cpu_model", environment.cpuModel());
    json.put("cpus", environment.cpus());
    json.put("governor", environment.governor());
    environment.mitigations().forEach(json.putObject("mitigations")::put);
    json.put("congestion_control", environment.congestionControl());
    json.put("java", environment.java());
    environment.tools().forEach(json.putObject("tools")::put);
    json.set("settings", settings(environment.settings()));
    json.put("load_average", environment.loadAverage());
    json.put("steal_percent", environment.stealPercent());
    return json;
  }

  private static ObjectNode settings(Settings settings) {
    ObjectNode json = object();
    json.put("max_backlog_bytes", settings.maxBacklogBytes());
    json.put("max_backlog_messages", settings.maxBacklogMessages());
    json.put("max_flows", settings.maxFlows());
    json.put("break_even_messages", settings.breakEvenMessages());
    return json;
  }

  private static ObjectNode latency(LatencyComparison comparison) {
    ObjectNode json = object();
    json.put("placement", comparison.placement().toString());
    json.put("cpus", comparison.cpus());
    json.put("message_size", comparison.messageSize());
    ArrayNode summaries = json.putArray("summaries");
    for (LatencyCase latencyCase : LatencyCase.ALL) {
      ObjectNode summary = latencyCase(latencyCase);
      summary.put("median_us", comparison.percentileMicros(latencyCase, 50));
      comparison.cpuMicros(latencyCase).ifPresent(cpu -> summary.put("cpu_us", cpu));
      summary.set("all_rounds_us", percentiles(comparison.distribution(latencyCase)));
      summaries.add(summary);
    }
    ArrayNode ratios = json.putArray("ratios");
    for (Tool tool : Tool.values()) {
      ratios.add(ratio(comparison, new LatencyCase(tool, Route.OFF)));
    }
    LatencyCase.YARDSTICKS.forEach(yardstick -> ratios.add(ratio(comparison, yardstick)));
    ArrayNode rounds = json.putArray("rounds");
    comparison.rounds().forEach(round -> rounds.add(round(round)));
    return json;
  }

  private static ObjectNode ratio(LatencyComparison comparison, LatencyCase toOn) {
    ObjectNode json = latencyCase(toOn);
    json.setAll(ratio(comparison.ratio(toOn, new LatencyCase(toOn.tool(), Route.ON))));
    return json;
  }

  private static ObjectNode round(LatencyRound round) {
    ObjectNode json = object();
    json.put("pair", round.pair());
    json.setAll(latencyCase(round.latencyCase()));
    json.put("transactions", round.transactions());
    json.set("one_way_us", percentiles(round.oneWay()));
    round
        .cost()
        .ifPresent(
            cost -> {
              ObjectNode cpu = json.putObject("cpu_us");
              cpu.put("user", cost.userMicros());
              cpu.put("system", cost.systemMicros());
              cpu.put("softirq", cost.softirqMicros());
            });
    json.set("counters", counters(round.counters()));
    return json;
  }

  private static ObjectNode latencyCase(LatencyCase latencyCase) {
    ObjectNode json = object();
    json.put("tool", latencyCase.tool().toString());
    json.put("route", latencyCase.route().toString());
    return json;
  }

  private static ObjectNode http(HttpComparison http) {
    ObjectNode json = object();
    json.put("cpus", http.cpus());
    ArrayNode summaries = json.putArray("summaries");
    for (HttpCase httpCase : HttpCase.values()) {
      ObjectNode summary = summaries.addObject();
      summary.put("case", httpCase.toString());
      summary.put("requests_per_second", http.requestsPerSecond(httpCase));
      summary.set("of_plain", ratio(http.ofPlain(httpCase)));
    }
    ArrayNode rounds = json.putArray("rounds");
    for (HttpRound round : http.rounds()) {
      ObjectNode node = rounds.addObject();
      node.put("pair", round.pair());
      node.put("case", round.httpCase().toString());
      node.put("requests", round.requests());
      node.put("requests_per_second", round.requestsPerSecond());
      node.set("counters", counters(round.counters()));
    }
    ObjectNode neighbour = json.putObject("neighbour");
    neighbour.put("short_connections", http.neighbour().shortConnections());
    neighbour.put("chatty_messages", http.neighbour().chattyMessages());
    neighbour.set("counters", counters(http.neighbour().counters()));
    return json;
  }

  private static ObjectNode ratio(PairedRatio ratio) {
    ObjectNode json = object();
    json.put("ratio", ratio.value());
    json.put("low", ratio.low());
    json.put("high", ratio.high());
    return json;
  }

  private static ObjectNode percentiles(Histogram histogram) {
    ObjectNode json = object();
    json.put("count", histogram.getTotalCount());
    for (double percentile : PERCENTILES) {
      json.put("p" + Distribution.label(percentile), Distribution.micros(histogram, percentile));
    }
    return json;
  }

  private static ObjectNode counters(Map<Counter, Long> counters) {
    ObjectNode json = object();
    counters.forEach((counter, by) -> json.put(counter.toString(), by));
    return json;
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
