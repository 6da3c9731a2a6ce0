package io.podwire.datapath;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a datapath is and has done.
 *
 * @param state the state
 * @param authority who switched it to that state
 * @param build of the loaded programs, which may be another than this process carries; empty where
 *     nothing is loaded that it can read
 * @param another the build that new connections join, where it is not the one that a load by this
 *     process would load
 * @param selected number of prefixes that are selected (excluded ones not counted)
 * @param excluded number of prefixes that are excluded
 * @param flows half of the ends that are in the sockhash, rounded up: connections, of which one
 *     with a single end there counts half
 * @param counters events since the load, every counter present, zeros where nothing is loaded
 * @param settings the settings in force; the defaults where nothing is loaded
 * @param guards the optional programs that this kernel took
 * @param kernelFacts what the loader found out about this kernel for the programs
 * @param containers cgroup ids of containers that were seen to need what a joined socket cannot
 *     keep, and what that was; for an hour after the last time their connections do not join
 * @param parties how many pairs of a client and a listener were seen to need it, by what it was;
 *     the same for theirs
 * @param leaving flows that went back to TCP and have an end in the sockhash still
 * @param leavingTimes how long flows took to leave, since the load
 * @param adoption what came of the last attempt to have open connections join, every finding
 *     present
 * @param draining flows that other builds still have
 * @param owners who else gives sockets of this kernel a program, without other datapaths; none
 *     where the kernel does not say
 * @param warnings what an operator should look at, one line each: why, and what to do
 */
public record Status(
    State state,
    Authority authority,
    Optional<Build> build,
    Optional<Build> another,
    int selected,
    int excluded,
    int flows,
    Map<Counter, Long> counters,
    Settings settings,
    Set<Guard> guards,
    Set<KernelFacts> kernelFacts,
    Map<Long, Counter> containers,
    Map<Counter, Integer> parties,
    int leaving,
    LeavingTimes leavingTimes,
    Map<Finding, Integer> adoption,
    Map<Build, Integer> draining,
    List<SocketOwner> owners,
    List<String> warnings) {

  /** The status of a node where nothing is loaded. */
  public static Status absent() {
    return absent(Optional.empty(), List.of());
  }

  /**
   * The status of a node where nothing is loaded that this process can read.
   *
   * @param warnings why nothing can be, if that is known
   */
  static Status absent(Optional<Build> another, List<String> warnings) {
    return new Status(
        State.ABSENT,
        Authority.NOBODY,
        Optional.empty(),
        another,
        0,
        0,
        0,
        zeros(),
        Settings.DEFAULT,
        Set.of(),
        Set.of(),
        Map.of(),
        Map.of(),
        0,
        LeavingTimes.NONE,
        nothingFound(),
        Map.of(),
        List.of(),
        warnings);
  }

  /** Whether connections that may join do so. */
  public boolean joins() {
    return state == State.ENABLED && !settings.observes();
  }

  /** Whether those are only counted. */
  public boolean observes() {
    return state == State.ENABLED && settings.observes();
  }

  /** How the datapath is switched. */
  public Switch switched() {
    return new Switch(state, authority, build);
  }

  /**
   * Of the messages that joined ends sent, the share that went from socket to socket, 0 to 1; empty
   * where they sent none.
   */
  public OptionalDouble redirectedShare() {
    long redirected = counters.get(Counter.REDIRECTED);
    long all = redirected + counters.get(Counter.PASSED);
    return all == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) redirected / all);
  }

  /** Whether directions that outrun their readers are redirected again later. */
  public boolean gearsInForce() {
    return settings.gears().areInForce(guards);
  }

  /**
   * The names of the protections that are in force in the programs that are loaded now: of guards,
   * and of the kernel facts; sorted.
   */
  public SortedSet<String> protections() {
    return Stream.concat(guards.stream(), kernelFacts.stream())
        .map(Object::toString)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Every finding, at 0. */
  static Map<Finding, Integer> nothingFound() {
    Map<Finding, Integer> nothing = new EnumMap<>(Finding.class);
    for (Finding finding : Finding.values()) {
      nothing.put(finding, 0);
    }
    return nothing;
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
