package io.podwire.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * The text of a list of CNI plugins. Nothing is changed in it but the entry of Podwire's plugin:
 * all else stays as somebody wrote it, byte for byte.
 */
final class CniConflist {

  /** The name of the plugin, and of its file. */
  static final String PLUGIN = "podwire";

  /** Those that have results that are passed from plugin to plugin, and that the plugin knows. */
  private static final Set<String> VERSIONS = Set.of("0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0");

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Where a plugin's entry stands in the text. */
  private record Entry(int begin, int end, JsonNode json) {

    boolean isOurs() {
      return json.path("type").asString("").equals(PLUGIN);
    }
  }

  private final String text;
  private final List<Entry> entries = new ArrayList<>();
  private int listBegin;
  private String version = "0.1.0"; // as CNI has it where none is named

  /**
   * Reads one.
   *
   * @param file where it is, for messages
   * @throws CniException where it is no list
   */
  CniConflist(Path file, String text) {
    this.text = text;
    try (JsonParser parser = JSON.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new CniException(file + " is no JSON object");
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (name.equals("plugins") && value == JsonToken.START_ARRAY) {
          readEntries(parser);
        } else if (name.equals("cniVersion")) {
          version = parser.getString();
        }
        parser.skipChildren();
      }
    } catch (JacksonException e) {
      throw new CniException(file + " is not JSON: " + e.getOriginalMessage());
    }
    if (entries.isEmpty()) {
      throw new CniException(
          file + " has no list of plugins to add one to: make it a list, or name another file");
    }
  }

  private void readEntries(JsonParser parser) {
    listBegin = end(parser);
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      int begin = (int) parser.currentTokenLocation().getCharOffset();
      parser.skipChildren();
      int end = end(parser);
      entries.add(new Entry(begin, end, JSON.readTree(text.substring(begin, end))));
    }
  }

  private static int end(JsonParser parser) {
    return (int) parser.currentLocation().getCharOffset();
  }

  /** Whether a plugin in this list gets the result of the one before it in a form that it knows. */
  boolean canBeAddedTo() {
    return VERSIONS.contains(version);
  }

  /** The version of CNI that it names. */
  String version() {
    return version;
  }

  /**
   * The text with the plugin: where it stands, or else at the end of the list.
   *
   * @param entry of the plugin, in JSON
   */
  String with(String entry) {
    for (Entry one : entries) {
      if (one.isOurs()) {
        return one.json().equals(JSON.readTree(entry))
            ? text
            : text.substring(0, one.begin()) + entry + text.substring(one.end());
      }
    }
    int end = entries.get(entries.size() - 1).end();
    String space = text.substring(listBegin, entries.get(0).begin());
    return text.substring(0, end) + "," + space + entry + text.substring(end);
  }

  /** The text without the plugin. */
  String without() {
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).isOurs()) {
        boolean first = i == 0;
        int begin = first ? entries.get(i).begin() : entries.get(i - 1).end();
        int end = first && entries.size() > 1 ? entries.get(1).begin() : entries.get(i).end();
        return text.substring(0, begin) + text.substring(end);
      }
    }
    return text;
  }
}
