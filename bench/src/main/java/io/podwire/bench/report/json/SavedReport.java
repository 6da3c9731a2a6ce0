package io.podwire.bench.report.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.podwire.bench.BenchException;
import io.podwire.bench.PairedRatio;
import io.podwire.bench.model.Gain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * What a {@code report.json} says of its run and of the gains.
 *
 * @param file where it was read from
 * @param began when its run began, ISO 8601
 * @param run for people: what was run, and where
 * @param gains by their names, in the order of the report
 */
public record SavedReport(Path file, String began, String run, Map<String, Gain> gains) {

  /**
   * @throws BenchException when there is no such file, or it is not a report that this version
   *     reads
   */
  public static SavedReport read(Path file) {
    JsonNode json = json(file);
    if (!json.path("schema").isInt()) {
      throw new BenchException(file + " is not a report of the bench: it names no schema");
    }
    int schema = json.path("schema").asInt();
    if (schema != ReportJson.SCHEMA) {
      throw new BenchException(
          file
              + " has schema "
              + schema
              + ", and this version reads schema "
              + ReportJson.SCHEMA
              + ": measure again");
    }
    try {
      Map<String, Gain> gains = new LinkedHashMap<>();
      for (JsonNode node : json.required("gains")) {
        Gain gain = gain(node);
        gains.put(gain.name(), gain);
      }
      return new SavedReport(file, json.required("began").asText(), run(json), gains);
    } catch (IllegalArgumentException e) {
      throw new BenchException(file + " is not a whole report of the bench: " + e.getMessage(), e);
    }
  }

  private static JsonNode json(Path file) {
    try {
      return new ObjectMapper().readTree(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new BenchException("there is no report " + file, e);
    } catch (JsonProcessingException e) {
      throw new BenchException(
          file + " is not a report of the bench: it is no JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new BenchException("cannot read " + file + ": " + e, e);
    }
  }

  private static Gain gain(JsonNode json) {
    return new Gain(
        json.required("name").asText(),
        json.required("group").asText(),
        json.required("title").asText(),
        new PairedRatio(number(json, "ratio"), number(json, "low"), number(json, "high")));
  }

  private static double number(JsonNode json, String field) {
    JsonNode value = json.required(field);
    if (!value.isNumber()) {
      throw new IllegalArgumentException("the " + field + " of a gain is " + value);
    }
    return value.asDouble();
  }

  private static String run(JsonNode json) {
    JsonNode options = json.required("options");
    JsonNode environment = json.required("environment");
    return String.join(
        ", ",
        (options.required("null_test").asBoolean() ? "null test, " : "")
            + "profile "
            + options.required("profile").asText(),
        options.required("rounds").asText() + " pairs",
        options.required("services").asText() + " Services",
        "ends on CPU "
            + StreamSupport.stream(options.required("placements").spliterator(), false)
                .map(JsonNode::asText)
                .collect(Collectors.joining(" and ")),
        environment.required("cpus").asText() + " x " + environment.required("cpu_model").asText(),
        "gears " + environment.at("/settings/gears").asText("none"),
        "Linux " + environment.required("kernel").asText().split(" ")[0]);
  }
}
