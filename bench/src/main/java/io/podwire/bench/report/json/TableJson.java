package io.podwire.bench.report.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.podwire.bench.model.Cell;
import io.podwire.bench.model.CellRound;
import io.podwire.bench.model.Column;
import io.podwire.bench.model.CpuUse;
import io.podwire.bench.model.Link;
import io.podwire.bench.model.Side;
import io.podwire.bench.model.Table;
import java.util.Locale;

/** The table in {@code report.json}. */
final class TableJson {

  private TableJson() {}

  static ObjectNode of(Table table) {
    ObjectNode json = Json.object();
    json.put("cpus", table.cpus());
    json.put("null_test", table.nullTest());
    json.put("services", table.services());
    ArrayNode links = json.putArray("links");
    table.links().forEach(link -> links.add(link(link)));
    ArrayNode workloads = json.putArray("workloads");
    table.workloads().forEach(workload -> workloads.add(workload(workload)));
    ArrayNode cells = json.putArray("cells");
    table.cells().forEach(cell -> cells.add(cell(cell)));
    return json;
  }

  private static ObjectNode link(Link link) {
    ObjectNode json = Json.object();
    json.put("name", link.toString());
    json.put("title", link.title());
    json.put("network", link.network().toString());
    json.put("target", link.target().toString());
    json.put("family", link.family().toString());
    return json;
  }

  private static ObjectNode workload(Column workload) {
    ObjectNode json = Json.object();
    json.put("name", workload.name());
    json.put("title", workload.title());
    json.put("tool", workload.tool());
    json.put("unit", workload.unit().symbol());
    json.put("work", workload.work().name().toLowerCase(Locale.ROOT));
    json.put("joining", workload.joining().name().toLowerCase(Locale.ROOT));
    workload.placement().ifPresent(where -> json.put("placement", where.toString()));
    return json;
  }

  private static ObjectNode cell(Cell cell) {
    ObjectNode json = Json.object();
    json.put("link", cell.link().toString());
    json.put("workload", cell.workload().name());
    cell.obstacle().ifPresent(why -> json.put("obstacle", why));
    if (cell.isMeasured()) {
      for (Side side : Side.values()) {
        ObjectNode summary = json.putObject(side.toString());
        summary.put("value", cell.median(side));
        summary.set("cpu_us_per_work", cpu(cell.cpu(side)));
      }
      json.set("gain", Json.ratio(cell.gain()));
      ArrayNode rounds = json.putArray("rounds");
      cell.rounds().forEach(round -> rounds.add(round(round)));
    }
    return json;
  }

  private static ObjectNode round(CellRound round) {
    ObjectNode json = Json.object();
    json.put("pair", round.pair());
    json.put("side", round.side().toString());
    json.put("value", round.sample().value());
    json.put("work", round.sample().work());
    json.put("connections", round.sample().connections());
    json.put("messages", round.sample().messages());
    round.sample().oneWay().ifPresent(all -> json.set("one_way_us", Json.percentiles(all)));
    json.set("cpu_us", cpu(round.cpu()));
    json.set("counters", Json.counters(round.counters()));
    return json;
  }

  private static ObjectNode cpu(CpuUse cpu) {
    ObjectNode json = Json.object();
    json.put("client", cpu.client());
    json.put("server", cpu.server());
    json.put("softirq", cpu.softirq());
    return json;
  }
}
