package io.podwire.bench.report.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.podwire.bench.model.BenchReport;
import io.podwire.bench.model.Environment;
import io.podwire.bench.model.Gain;
import io.podwire.bench.model.RunOptions;
import io.podwire.bench.report.text.Summary;
import io.podwire.datapath.Settings;

/** A report as {@code report.json}; {@code docs/bench.md} documents its schema. */
public final class ReportJson {

  /** What {@link SavedReport} reads. */
  public static final int SCHEMA = 2;

  private ReportJson() {}

  public static String of(BenchReport report) {
    ObjectNode json = Json.object();
    json.put("schema", SCHEMA);
    json.put("began", report.began().toString());
    json.put("took_seconds", report.took().toSeconds());
    json.set("options", options(report.options()));
    json.set("environment", environment(report.environment()));
    Summary.of(report).forEach(json.putArray("summary")::add);
    ArrayNode gains = json.putArray("gains");
    report.gains().forEach(gain -> gains.add(gain(gain)));
    report
        .headline()
        .ifPresent(
            headline -> {
              ArrayNode latency = json.putArray("latency");
              headline.latency().forEach(one -> latency.add(HeadlineJson.latency(one)));
              json.set("http", HeadlineJson.http(headline.http()));
            });
    report.table().ifPresent(table -> json.set("table", TableJson.of(table)));
    report.costs().ifPresent(costs -> json.set("costs", CostsJson.of(costs)));
    return Json.text(json);
  }

  private static ObjectNode gain(Gain gain) {
    ObjectNode json = Json.object();
    json.put("name", gain.name());
    json.put("group", gain.group());
    json.put("title", gain.title());
    json.setAll(Json.ratio(gain.ratio()));
    return json;
  }

  private static ObjectNode options(RunOptions options) {
    ObjectNode json = Json.object();
    json.put("profile", options.profile());
    json.put("rounds", options.rounds());
    json.put("seconds", options.seconds());
    options.messageSizes().forEach(json.putArray("message_sizes")::add);
    ArrayNode placements = json.putArray("placements");
    options.placements().forEach(placement -> placements.add(placement.toString()));
    json.put("services", options.services());
    json.put("null_test", options.nullTest());
    return json;
  }

  private static ObjectNode environment(Environment environment) {
    ObjectNode json = Json.object();
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
    ObjectNode json = Json.object();
    json.put("max_backlog_bytes", settings.maxBacklogBytes());
    json.put("max_backlog_messages", settings.maxBacklogMessages());
    json.put("max_flows", settings.maxFlows());
    json.put("break_even_messages", settings.breakEvenMessages());
    json.put("max_backlog_memory", settings.maxBacklogMemory());
    json.put("gears", settings.gears().toString());
    return json;
  }
}
