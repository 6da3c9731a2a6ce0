package io.podwire.datapath;

import io.podwire.bpf.BpfLink;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An optional program ({@code guard_*.h}) that keeps a part of the socket contract which the
 * kernel's sockmap breaks. A kernel may refuse it: without BPF trampolines, or under lockdown.
 */
public enum Guard {
  /** Lets a socket leave, or refuses, when it is given an option that a joined one ignores. */
  SETSOCKOPT(
      "podwire_setsockopt",
      Optional.of(BpfLink.Hook.SETSOCKOPT),
      "socket options: programs that use kTLS, MSG_ZEROCOPY, SO_TIMESTAMP, SO_PEEK_OFF or TCP_INQ"),
  /** The same for {@code TCP_ZEROCOPY_RECEIVE}. */
  GETSOCKOPT(
      "podwire_getsockopt",
      Optional.of(BpfLink.Hook.GETSOCKOPT),
      "TCP_ZEROCOPY_RECEIVE: programs that map what they receive"),
  /** Refuses {@code splice(2)} from a joined socket. */
  SPLICE(
      "guard_splice",
      Optional.empty(),
      "splice(2): Go programs that relay with io.Copy, HAProxy with option splice-auto"),
  /** Sees MSG_WAITALL and MSG_TRUNC of a reader that is not asleep. */
  RECV_FLAGS(
      "guard_recv_flags",
      Optional.empty(),
      "recv flags of a reader that does not sleep: programs that use MSG_WAITALL or MSG_TRUNC"),
  /** Lets a socket leave before a {@code recv()} for no bytes, or for an urgent one. */
  RECV_ENTRY(
      "guard_recv_entry",
      Optional.empty(),
      KernelRelease.WITH_TIMERS,
      "recv() for no bytes, or for urgent ones: programs that wait by the former, or use MSG_OOB"),
  /** Has a flow go back to TCP once the kernel refused it memory. */
  MEMORY(
      "guard_memory",
      Optional.empty(),
      KernelRelease.WITH_TIMERS,
      "a kernel without memory for a socket: all programs, where others have used up TCP's memory"),
  /** Has {@code FIONREAD} count both queues of a joined socket. */
  FIONREAD(
      "guard_fionread",
      Optional.empty(),
      "FIONREAD: nginx as a receiver of large bodies, Java's available(), .NET");

  private final String program;
  private final Optional<BpfLink.Hook> hook;
  private final KernelRelease oldest;
  private final String purpose;

  Guard(String program, Optional<BpfLink.Hook> hook, String purpose) {
    this(program, hook, KernelRelease.OLDEST, purpose);
  }

  /**
   * @param oldest the first kernel whose build has the program
   */
  Guard(String program, Optional<BpfLink.Hook> hook, KernelRelease oldest, String purpose) {
    this.program = program;
    this.hook = hook;
    this.oldest = oldest;
    this.purpose = purpose;
  }

  /** Those that the build for a kernel has. */
  static List<Guard> of(KernelRelease kernel) {
    return Stream.of(values()).filter(guard -> kernel.isAtLeast(guard.oldest)).toList();
  }

  /** What it keeps, and for which applications. */
  public String purpose() {
    return purpose;
  }

  /** The name of its program. */
  String program() {
    return program;
  }

  /** Where it is attached in the cgroup; empty for one that is attached to a kernel function. */
  Optional<BpfLink.Hook> hook() {
    return hook;
  }

  /** The name in {@code accelctl}: lower-case, with dashes. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
