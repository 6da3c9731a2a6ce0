package io.podwire.bench.report.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.podwire.bench.Distribution;
import io.podwire.bench.PairedRatio;
import io.podwire.datapath.Counter;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What the parts of {@code report.json} have in common. */
public final class Json {

  private static final double[] PERCENTILES = {0, 25, 50, 75, 90, 99, 99.9, 99.99, 100};
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private Json() {}

  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  public static String text(JsonNode json) {
    try {
      return MAPPER.writeValueAsString(json) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  public static ObjectNode ratio(PairedRatio ratio) {
    ObjectNode json = object();
    json.put("ratio", ratio.value());
    json.put("low", ratio.low());
    json.put("high", ratio.high());
    return json;
  }

  static ObjectNode percentiles(Histogram histogram) {
    ObjectNode json = object();
    json.put("count", histogram.getTotalCount());
    for (double percentile : PERCENTILES) {
      json.put("p" + Distribution.label(percentile), Distribution.micros(histogram, percentile));
    }
    return json;
  }

  static ObjectNode counters(Map<Counter, Long> counters) {
    ObjectNode json = object();
    counters.forEach((counter, by) -> json.put(counter.toString(), by));
    return json;
  }
}
