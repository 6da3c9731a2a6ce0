package io.podwire.datapath;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a datapath is and has done.
 *
 * @param state the state
 * @param generation the layout version of the loaded programs and maps; empty where nothing is
 *     loaded
 * @param selected number of prefixes that are selected (excluded ones not counted)
 * @param excluded number of prefixes that are excluded
 * @param flows connections with at least one end in the sockhash
 * @param counters events since the load, every counter present, zeros where nothing is loaded
 * @param settings the settings in force; the defaults where nothing is loaded
 * @param warnings what an operator should look at, one line each: why, and what to do
 */
public record Status(
    State state,
    Optional<Integer> generation,
    int selected,
    int excluded,
    int flows,
    Map<Counter, Long> counters,
    Settings settings,
    List<String> warnings) {

  /** Of a node where nothing is loaded. */
  public static Status absent() {
    return new Status(
        State.ABSENT, Optional.empty(), 0, 0, 0, zeros(), Settings.DEFAULT, List.of());
  }

  /** Every counter, at 0. */
  static Map<Counter, Long> zeros() {
    Map<Counter, Long> zeros = new EnumMap<>(Counter.class);
    for (Counter counter : Counter.values()) {
      zeros.put(counter, 0L);
    }
    return zeros;
  }
}
