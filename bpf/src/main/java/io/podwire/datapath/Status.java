package io.podwire.datapath;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a datapath is and has done.
 *
 * @param state the state
 * @param authority who switched it to that state
 * @param generation the layout version of the loaded programs and maps; empty where nothing is
 *     loaded
 * @param selected number of prefixes that are selected (excluded ones not counted)
 * @param excluded number of prefixes that are excluded
 * @param flows connections with at least one end in the sockhash
 * @param counters events since the load, every counter present, zeros where nothing is loaded
 * @param settings the settings in force; the defaults where nothing is loaded
 * @param guards the optional programs that this kernel took
 * @param containers cgroup ids of containers that were seen to need what a joined socket cannot
 *     keep, and what that was; their later connections do not join
 * @param leavingTimes how long flows took to leave, since the load
 * @param draining flows that older generations still have, by the number of each
 * @param warnings what an operator should look at, one line each: why, and what to do
 */
public record Status(
    State state,
    Authority authority,
    Optional<Integer> generation,
    int selected,
    int excluded,
    int flows,
    Map<Counter, Long> counters,
    Settings settings,
    Set<Guard> guards,
    Map<Long, Counter> containers,
    LeavingTimes leavingTimes,
    Map<Integer, Integer> draining,
    List<String> warnings) {

  /** Of a node where nothing is loaded. */
  public static Status absent() {
    return new Status(
        State.ABSENT,
        Authority.NOBODY,
        Optional.empty(),
        0,
        0,
        0,
        zeros(),
        Settings.DEFAULT,
        Set.of(),
        Map.of(),
        LeavingTimes.NONE,
        Map.of(),
        List.of());
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
