package io.podwire.bench.report.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one way from records to JSON and back.
 *
 * <p>A component {@code tookSeconds} is the field {@code took_seconds}, an enum its {@code
 * toString()}, and a null is left out. Fields that no component names are ignored when read.
 */
public final class Json {

  static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .changeDefaultPropertyInclusion(
              any ->
                  JsonInclude.Value.construct(
                      JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  private Json() {}

  /** A record as JSON, indented, with a newline behind it. */
  public static String text(Record document) {
    try {
      return MAPPER.writeValueAsString(document) + "\n";
    } catch (JacksonException e) {
      throw new IllegalStateException(e);
    }
  }
}
