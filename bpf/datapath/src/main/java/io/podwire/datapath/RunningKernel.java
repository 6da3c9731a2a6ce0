package io.podwire.datapath;

/** What the datapath can do on the running kernel, by its release. */
public final class RunningKernel {

  private RunningKernel() {}

  /**
   * Whether the kernel takes flows that went back to TCP out of the sockhash by itself; else they
   * leave only while somebody calls {@link Datapath#runJanitor()}.
   */
  public static boolean hasTimers() {
    return isAtLeast(KernelRelease.WITH_TIMERS);
  }

  /**
   * Whether a system call that waits for its socket to leave the sockhash waits in vain only where
   * something keeps the socket in. On older kernels a timer does not run during that wait where
   * ksoftirqd has work on the CPU.
   */
  public static boolean hasPromptTimers() {
    return isAtLeast(KernelRelease.WITH_PROMPT_TIMERS);
  }

  /**
   * Whether {@code FIONREAD} may count redirected bytes by itself, as the latest releases of the
   * kernel's series do; an older kernel does only with the guard {@link Guard#FIONREAD}.
   */
  public static boolean countsRedirected() {
    return isAtLeast(KernelRelease.WITH_FIONREAD);
  }

  /**
   * Whether a flow that goes back to TCP wakes an edge-triggered reader that stopped at the last
   * redirected byte; on older kernels that reader may wait for ever.
   */
  public static boolean wakesReaders() {
    return isAtLeast(KernelRelease.WITH_WAKING);
  }

  /** Whether connections that are open already can join. */
  public static boolean adopts() {
    return isAtLeast(KernelRelease.WITH_ADOPTION);
  }

  /**
   * Whether its TCP sockets may be walked while connections are made. Else that can free a
   * connection request which is still in use, and so crash the kernel.
   */
  public static boolean hasMendedIterator() {
    return KernelRelease.hasMendedIterator(System.getProperty("os.version"));
  }

  /** Whether the programs for this kernel know how a direction shifts ({@link Gears}). */
  public static boolean supportsGears() {
    return wakesReaders();
  }

  private static boolean isAtLeast(KernelRelease oldest) {
    return KernelRelease.running().isAtLeast(oldest);
  }
}
