package io.podwire.clusterbench;

import com.fasterxml.jackson.databind.JsonNode;
import io.podwire.datapath.Authority;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Gears;
import io.podwire.datapath.Settings;
import io.podwire.datapath.State;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * What the datapath of a node says: a part of {@code accelctl status -o json}.
 *
 * @param state whether new connections join
 * @param authority who switched it to that state
 * @param settings the limits in force
 * @param counters of the whole node; all present
 */
record NodeStatus(
    State state, Authority authority, Settings settings, Map<Counter, Long> counters) {

  static NodeStatus of(JsonNode document) {
    JsonNode settings = document.path("settings");
    Map<Counter, Long> counters = new EnumMap<>(Counter.class);
    for (Counter counter : Counter.values()) {
      counters.put(counter, document.path("counters").path(counter.toString()).asLong());
    }
    return new NodeStatus(
        State.valueOf(document.path("state").asText().toUpperCase(Locale.ROOT)),
        Authority.valueOf(document.path("decided_by").asText().toUpperCase(Locale.ROOT)),
        new Settings(
            settings.path("max_backlog_bytes").asInt(),
            settings.path("max_backlog_messages").asInt(),
            settings.path("max_flows").asInt(),
            settings.path("break_even_messages").asInt(),
            settings.path("max_backlog_memory").asInt(Settings.DEFAULT.maxBacklogMemory()),
            Gears.valueOf(settings.path("gears").asText("auto").toUpperCase(Locale.ROOT))),
        counters);
  }

  /** What the counters were moved by; those that were not are absent. */
  Map<Counter, Long> movedSince(NodeStatus before) {
    Map<Counter, Long> moved = new EnumMap<>(Counter.class);
    counters.forEach(
        (counter, now) -> {
          long by = now - before.counters.get(counter);
          if (by != 0) {
            moved.put(counter, by);
          }
        });
    return moved;
  }
}
