package io.podwire.check;

import io.podwire.datapath.Guard;
import java.util.Optional;

/** On which kernels there is a {@link KnownLimit}. */
enum Condition {
  /** On all: where the limit has a guard, that only makes it less likely. */
  ALWAYS,
  /** Where the kernel did not take the guard, which mends the limit. */
  WITHOUT_GUARD,
  /** Where the kernel took the guard, which mends another limit by this one. */
  WITH_GUARD,
  /** Where the kernel did not take the guard, nor mends the limit itself, as later ones do. */
  WITHOUT_GUARD_NOR_COUNT,
  /** Where a recv() does not wait for its socket to leave, or may wait in vain. */
  WITHOUT_PROMPT_DEPARTURE,
  /** Where a recv() for no bytes or for urgent ones does not wait so, or may wait in vain. */
  WITHOUT_LEAVING_AT_ENTRY,
  /** Where a BPF timer may have to wait, or there is none. */
  WITHOUT_PROMPT_TIMERS,
  /** Where no program can wake a reader. */
  WITHOUT_WAKING;

  /**
   * Whether a limit is there on a kernel.
   *
   * @param guard the program that is for this limit, if there is one
   */
  boolean holds(KernelTraits kernel, Optional<Guard> guard) {
    boolean guarded = guard.filter(kernel.guards()::contains).isPresent();
    return switch (this) {
      case ALWAYS -> true;
      case WITHOUT_GUARD -> !guarded;
      case WITH_GUARD -> guarded;
      case WITHOUT_GUARD_NOR_COUNT -> !guarded && !kernel.countsRedirected();
      case WITHOUT_PROMPT_DEPARTURE ->
          !kernel.guards().contains(Guard.RECV_FLAGS) || !kernel.promptTimers();
      case WITHOUT_LEAVING_AT_ENTRY ->
          !kernel.guards().contains(Guard.RECV_ENTRY) || !kernel.promptTimers();
      case WITHOUT_PROMPT_TIMERS -> !kernel.promptTimers();
      case WITHOUT_WAKING -> !kernel.wakesReaders();
    };
  }
}
