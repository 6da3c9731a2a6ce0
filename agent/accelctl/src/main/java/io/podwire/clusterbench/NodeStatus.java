package io.podwire.clusterbench;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.podwire.datapath.Authority;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Gears;
import io.podwire.datapath.Settings;
import io.podwire.datapath.State;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

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

  /** What is read of the document; an agent of another version has other counters. */
  record Document(
      @JsonProperty(required = true) State state,
      @JsonProperty(required = true) Authority decidedBy,
      @JsonProperty(required = true) Map<String, Long> counters,
      @JsonProperty(required = true) Limits settings) {}

  /** The settings; the last two are null in a document of an older version. */
  record Limits(
      int maxBacklogBytes,
      int maxBacklogMessages,
      int maxFlows,
      int breakEvenMessages,
      Integer maxBacklogMemory,
      Gears gears) {

    private Settings settings() {
      return new Settings(
          maxBacklogBytes,
          maxBacklogMessages,
          maxFlows,
          breakEvenMessages,
          Objects.requireNonNullElse(maxBacklogMemory, Settings.DEFAULT.maxBacklogMemory()),
          Objects.requireNonNullElse(gears, Gears.AUTO));
    }
  }

  static NodeStatus of(Document document) {
    Map<Counter, Long> counters = new EnumMap<>(Counter.class);
    for (Counter counter : Counter.values()) {
      counters.put(counter, document.counters().getOrDefault(counter.toString(), 0L));
    }
    return new NodeStatus(
        document.state(), document.decidedBy(), document.settings().settings(), counters);
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
