package io.podwire.datapath;

import io.podwire.bpf.BpfIterator;
import io.podwire.bpf.BpfProgram;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** The programs of one build, by the names of their C functions. It keeps none open. */
final class PinnedPrograms {

  /** The sk_msg program of the sockhash. */
  static final String VERDICT = "podwire_verdict";

  static final String SOCKOPS = "podwire_sockops";

  /** Counts the ends of all flows. */
  private static final String COUNT_ENDS = "count_ends";

  /** Describes one end of a flow ({@link FlowReader}). */
  static final String DESCRIBE_END = "describe_end";

  /** Describes a connection that is observed ({@link ObservedTable}). */
  static final String DESCRIBE_OBSERVED = "describe_observed";

  /** Describes who waits on a socket ({@link Waiters}). */
  static final String DESCRIBE_WAITERS = "describe_waiters";

  /** The iterator of an adoption ({@link Adopter}), which is loaded when it is first needed. */
  static final String ADOPT = "adopt";

  /** Lists the maps of sockets, of others too; the datapath does without where it is refused. */
  static final String LIST_SOCKET_MAPS = "list_socket_maps";

  private static final String JANITOR = "start_janitor";

  /** The programs that every kernel must take; those of guards, and the list, are optional. */
  static final List<String> REQUIRED =
      List.of(
          VERDICT, SOCKOPS, JANITOR, COUNT_ENDS, DESCRIBE_END, DESCRIBE_OBSERVED, DESCRIBE_WAITERS);

  private final Pins pins;

  PinnedPrograms(Pins pins) {
    this.pins = pins;
  }

  boolean isPinned(String function) {
    return Pins.exists(pins.program(function));
  }

  /** Opens a program, which the caller closes. */
  BpfProgram open(String function) {
    return BpfProgram.open(pins.program(function));
  }

  /** The guards that are attached. */
  Set<Guard> guards() {
    Set<Guard> attached = EnumSet.noneOf(Guard.class);
    for (Guard guard : Guard.values()) {
      if (Pins.exists(pins.link(guard))) {
        attached.add(guard);
      }
    }
    return attached;
  }

  /**
   * Has the janitor look at the leaving flows now. On a kernel without BPF timers it looks only
   * then.
   *
   * @return whether a flow is left, as far as is known
   */
  boolean runJanitor() {
    try (BpfProgram start = open(JANITOR)) {
      return start.testRun() == 0;
    }
  }

  /** Sockets in the sockhash; empty for a build of before there was a program that counts them. */
  OptionalInt countEnds() {
    if (!isPinned(COUNT_ENDS)) {
      return OptionalInt.empty();
    }
    try (BpfProgram count = open(COUNT_ENDS)) {
      return OptionalInt.of(count.testRun());
    }
  }

  /**
   * All maps that give their sockets a program, ours with them; none where the kernel did not take
   * the iterator over maps.
   */
  List<SocketOwner> socketMaps() {
    if (!isPinned(LIST_SOCKET_MAPS)) {
      return List.of();
    }
    try (BpfProgram list = open(LIST_SOCKET_MAPS);
        BpfIterator iterator = BpfIterator.attach(list)) {
      return SocketOwner.parse(iterator.run());
    }
  }
}
