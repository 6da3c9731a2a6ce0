package io.podwire.datapath;

import java.util.Locale;

/** What the programs must be told of the running kernel, and a load finds out ({@link Waiters}). */
public enum KernelFacts {
  /** What waits on a socket, by the functions in its wait queue. */
  WAITERS(
      "who waits on a socket: programs that read in one thread and write in another, or by io_uring"),
  /** The flags of the system call that a task is in. */
  CALL_FLAGS(
      "flags of system calls: programs that send with MSG_OOB or MSG_MORE, or block with MSG_WAITALL");

  private final String purpose;

  KernelFacts(String purpose) {
    this.purpose = purpose;
  }

  /** What it keeps, and for which applications. */
  public String purpose() {
    return purpose;
  }

  /** The name in {@code accelctl}: lower-case, with dashes. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
