package io.podwire.bench.report.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.podwire.bench.model.Cost;
import io.podwire.bench.model.Costs;
import io.podwire.bench.model.Figure;

/** The costs in {@code report.json}. */
final class CostsJson {

  private CostsJson() {}

  static ObjectNode of(Costs costs) {
    ObjectNode json = Json.object();
    ArrayNode comparisons = json.putArray("comparisons");
    costs.comparisons().forEach(cost -> comparisons.add(comparison(cost)));
    ArrayNode figures = json.putArray("figures");
    costs.figures().forEach(figure -> figures.add(figure(figure)));
    return json;
  }

  private static ObjectNode comparison(Cost cost) {
    ObjectNode json = Json.object();
    json.put("name", cost.name());
    json.put("title", cost.title());
    json.put("unit", cost.unit().symbol());
    json.put("baseline", cost.baseline());
    cost.baselines().forEach(json.putArray("baselines")::add);
    json.put("treatment", cost.treatment());
    cost.treatments().forEach(json.putArray("treatments")::add);
    json.set("gain", Json.ratio(cost.gain()));
    return json;
  }

  private static ObjectNode figure(Figure figure) {
    ObjectNode json = Json.object();
    json.put("name", figure.name());
    json.put("title", figure.title());
    json.put("unit", figure.unit().symbol());
    json.put("value", figure.value());
    return json;
  }
}
