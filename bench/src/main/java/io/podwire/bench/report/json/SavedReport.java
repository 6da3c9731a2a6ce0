package io.podwire.bench.report.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.podwire.bench.BenchException;
import io.podwire.bench.model.Gain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

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
   * The fields that are read of a report: fewer than {@link ReportDocument} writes, since reports
   * of earlier builds lack some.
   */
  private record Content(
      @JsonProperty(required = true) String began,
      @JsonProperty(required = true) SavedOptions options,
      @JsonProperty(required = true) SavedEnvironment environment,
      @JsonProperty(required = true) List<GainDocument> gains) {}

  private record SavedOptions(
      @JsonProperty(required = true) String profile,
      int rounds,
      int services,
      boolean nullTest,
      @JsonProperty(required = true) List<String> placements) {

    @Override
    public String toString() {
      return String.join(
          ", ",
          (nullTest ? "null test, " : "") + "profile " + profile,
          rounds + " pairs",
          services + " Services",
          "ends on CPU " + String.join(" and ", placements));
    }
  }

  /** What is read of the datapath's settings; null in a report of a build that had no gears. */
  private record SavedSettings(String gears) {}

  private record SavedEnvironment(
      @JsonProperty(required = true) String kernel,
      @JsonProperty(required = true) String cpuModel,
      int cpus,
      SavedSettings settings) {

    @Override
    public String toString() {
      boolean gears = settings != null && settings.gears() != null;
      return String.join(
          ", ",
          cpus + " x " + cpuModel,
          "gears " + (gears ? settings.gears() : "none"),
          "Linux " + kernel.split(" ")[0]);
    }
  }

  /**
   * Reads one.
   *
   * @throws BenchException when there is no such file, or it is not a report that this version
   *     reads
   */
  public static SavedReport read(Path file) {
    JsonNode json = json(file);
    requireSchema(file, json.path("schema"));
    try {
      Content content = Json.MAPPER.treeToValue(json, Content.class);
      Map<String, Gain> gains = new LinkedHashMap<>();
      content.gains().forEach(gain -> gains.put(gain.name(), gain.gain()));
      return new SavedReport(
          file, content.began(), content.options() + ", " + content.environment(), gains);
    } catch (JacksonException e) {
      throw new BenchException(
          file + " is not a whole report of the bench: " + e.getOriginalMessage(), e);
    }
  }

  private static JsonNode json(Path file) {
    try {
      return Json.MAPPER.readTree(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new BenchException("there is no report " + file, e);
    } catch (JacksonException e) {
      throw new BenchException(
          file + " is not a report of the bench: it is no JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new BenchException("cannot read " + file + ": " + e, e);
    }
  }

  /** Asked before anything else is read: what other fields mean depends on it. */
  private static void requireSchema(Path file, JsonNode schema) {
    if (!schema.isInt()) {
      throw new BenchException(file + " is not a report of the bench: it names no schema");
    }
    if (schema.asInt() != ReportDocument.SCHEMA) {
      throw new BenchException(
          file
              + " has schema "
              + schema.asInt()
              + ", and this version reads schema "
              + ReportDocument.SCHEMA
              + ": measure again");
    }
  }
}
