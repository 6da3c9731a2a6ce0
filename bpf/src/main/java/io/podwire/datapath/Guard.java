package io.podwire.datapath;

import io.podwire.bpf.BpfLink;
import java.util.Locale;
import java.util.Optional;

/**
 * An optional program ({@code guards.bpf.c}) that keeps a part of the socket contract which the
 * kernel's sockmap breaks. A kernel may refuse it: without BPF trampolines, or under lockdown.
 */
public enum Guard {
  /** Lets a socket leave, or refuses, when it is given an option that a joined one ignores. */
  SETSOCKOPT("podwire_setsockopt", BpfLink.Hook.SETSOCKOPT),
  /** The same for {@code TCP_ZEROCOPY_RECEIVE}. */
  GETSOCKOPT("podwire_getsockopt", BpfLink.Hook.GETSOCKOPT),
  /** Refuses {@code splice(2)} from a joined socket. */
  SPLICE("refuse_splice"),
  /** Sees MSG_WAITALL and MSG_TRUNC of a reader that is not asleep. */
  RECV_FLAGS("watch_recv"),
  /** Has {@code FIONREAD} count both queues of a joined socket. */
  FIONREAD("repair_fionread");

  private final String program;
  private final Optional<BpfLink.Hook> hook;

  Guard(String program) {
    this.program = program;
    this.hook = Optional.empty();
  }

  Guard(String program, BpfLink.Hook hook) {
    this.program = program;
    this.hook = Optional.of(hook);
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
