package io.podwire.cluster;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.podwire.datapath.Authority;
import io.podwire.datapath.Build;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Gears;
import io.podwire.datapath.Settings;
import io.podwire.datapath.State;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What the datapath of a node says: a part of {@code accelctl status -o json}.
 *
 * @param state whether new connections join
 * @param authority who switched it to that state
 * @param build of the programs that are loaded; empty where none are that the agent can read
 * @param another the build that new connections join, where it is not the one that the agent
 *     carries
 * @param flows half of the ends that are joined, rounded up
 * @param redirectedShare of the messages that joined ends sent, 0 to 1; empty where they sent none
 * @param settings the limits in force
 * @param counters of the whole node; all present
 */
public record NodeStatus(
    State state,
    Authority authority,
    Optional<Build> build,
    Optional<Build> another,
    int flows,
    OptionalDouble redirectedShare,
    Settings settings,
    Map<Counter, Long> counters) {

  /** What is read of the document; an agent of another version has other counters. */
  record Document(
      @JsonProperty(required = true) State state,
      @JsonProperty(required = true) Authority decidedBy,
      Integer generation,
      String build,
      Programs another,
      @JsonProperty(required = true) int flows,
      Double redirectedShare,
      @JsonProperty(required = true) Map<String, Long> counters,
      @JsonProperty(required = true) Limits settings) {}

  /** A build; {@code build} is null for a release that kept none. */
  record Programs(int generation, String build) {

    private Build named() {
      return new Build(generation, Objects.requireNonNullElse(build, ""));
    }
  }

  /** The settings; the last three are null in a document of an older version. */
  record Limits(
      int maxBacklogBytes,
      int maxBacklogMessages,
      int maxFlows,
      int breakEvenMessages,
      Integer maxBacklogMemory,
      Gears gears,
      Boolean observes) {

    private Settings settings() {
      return new Settings(
          maxBacklogBytes,
          maxBacklogMessages,
          maxFlows,
          breakEvenMessages,
          Objects.requireNonNullElse(maxBacklogMemory, Settings.DEFAULT.maxBacklogMemory()),
          Objects.requireNonNullElse(gears, Gears.AUTO),
          Objects.requireNonNullElse(observes, false));
    }
  }

  static NodeStatus of(Document document) {
    Map<Counter, Long> counters = new EnumMap<>(Counter.class);
    for (Counter counter : Counter.values()) {
      counters.put(counter, document.counters().getOrDefault(counter.toString(), 0L));
    }
    return new NodeStatus(
        document.state(),
        document.decidedBy(),
        Optional.ofNullable(document.generation())
            .map(generation -> new Programs(generation, document.build()).named()),
        Optional.ofNullable(document.another()).map(Programs::named),
        document.flows(),
        document.redirectedShare() == null
            ? OptionalDouble.empty()
            : OptionalDouble.of(document.redirectedShare()),
        document.settings().settings(),
        counters);
  }

  /** Why no new connection joins; empty where they do. */
  Optional<String> obstacle() {
    return switch (state) {
      case ENABLED -> observes() ? Optional.of("observing" + by()) : Optional.empty();
      case ABSENT -> Optional.of("nothing is loaded");
      case DISABLED, DRAINING -> Optional.of(state + by());
    };
  }

  private String by() {
    return switch (authority) {
      case LOCAL -> " on the node itself, until accelctl enable or auto there";
      case NODE -> " by the annotation of the Node";
      case AGENT, NOBODY -> "";
    };
  }

  /** Whether it is switched on, and connections that would join are only counted. */
  public boolean observes() {
    return state == State.ENABLED && settings.observes();
  }

  /**
   * Why that is not as the cluster wishes; empty where it is. An agent in mode observe is one that
   * is to join nothing.
   */
  Optional<String> deviation() {
    return observes() && authority != Authority.LOCAL ? Optional.empty() : obstacle();
  }

  /** What the counters were moved by; those that were not are absent. */
  public Map<Counter, Long> movedSince(NodeStatus before) {
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
