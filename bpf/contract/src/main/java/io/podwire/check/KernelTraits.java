package io.podwire.check;

import io.podwire.datapath.Guard;
import io.podwire.datapath.RunningKernel;
import java.util.Set;

/**
 * What decides which limits a kernel can show.
 *
 * @param guards the programs that it took
 * @param promptTimers its BPF timers run at once, also where ksoftirqd is busy
 * @param countsRedirected its FIONREAD counts redirected bytes, too
 * @param wakesReaders a program can wake a reader
 */
record KernelTraits(
    Set<Guard> guards, boolean promptTimers, boolean countsRedirected, boolean wakesReaders) {

  KernelTraits {
    guards = Set.copyOf(guards);
  }

  /** Those of the running kernel, where it took these guards. */
  static KernelTraits running(Set<Guard> guards) {
    return new KernelTraits(
        guards,
        RunningKernel.hasPromptTimers(),
        RunningKernel.countsRedirected(),
        RunningKernel.wakesReaders());
  }
}
