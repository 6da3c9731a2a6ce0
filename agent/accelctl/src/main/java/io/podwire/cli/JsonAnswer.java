package io.podwire.cli;

import java.io.PrintWriter;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers programs: a record becomes one JSON document, its components the fields, in their order
 * and in snake case. What a component documents is null where it is not there.
 */
final class JsonAnswer {

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .build();

  private JsonAnswer() {}

  static void print(Record document, PrintWriter out) {
    out.println(text(document));
  }

  /** The document, without a line's end. */
  static String text(Record document) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(document);
    } catch (JacksonException e) {
      throw new IllegalStateException("a document is a tree of records", e);
    }
  }
}
