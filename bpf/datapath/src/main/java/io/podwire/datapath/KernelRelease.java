package io.podwire.datapath;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version of Linux.
 *
 * @param major the 6 of 6.18
 * @param minor the 18 of 6.18
 */
record KernelRelease(int major, int minor) {

  /** The first with {@code bpf_rdonly_cast}. */
  static final KernelRelease WITH_TYPED_LOADS = new KernelRelease(6, 2);

  /** The first with BPF timers, which take flows out of the sockhash with no agent alive. */
  static final KernelRelease WITH_TIMERS = new KernelRelease(5, 15);

  /** The first whose timers run although ksoftirqd has work on their CPU. */
  static final KernelRelease WITH_PROMPT_TIMERS = new KernelRelease(6, 5);

  /** The oldest series with a {@code FIONREAD} that counts redirected bytes (6.6.128). */
  static final KernelRelease WITH_FIONREAD = new KernelRelease(6, 6);

  /** The first whose {@code bpf_setsockopt(SO_RCVLOWAT)} wakes a reader. */
  static final KernelRelease WITH_WAKING = new KernelRelease(6, 1);

  /** The first whose iterators may have the sockops program called for a socket. */
  static final KernelRelease WITH_ADOPTION = new KernelRelease(6, 12);

  /**
   * The patch levels from which on a series is without CVE-2026-74714 (its advisory): an iterator
   * over TCP sockets took a reference to a connection request that had none yet, and gave it back
   * later than its last owner. All series from 7.2 on are without it.
   */
  private static final Map<String, Integer> WITH_MENDED_ITERATOR =
      Map.of("6.12", 104, "6.18", 45, "7.1", 9);

  /** The first with atomics that return something, on arm64. */
  private static final KernelRelease WITH_ATOMICS_ON_ARM64 = new KernelRelease(5, 18);

  /** The first whose {@code sk_msg} programs have socket storage. */
  private static final KernelRelease WITH_SOCKET_STORAGE = new KernelRelease(5, 10);

  private static final boolean ON_ARM64 = System.getProperty("os.arch").equals("aarch64");

  /** The kernels from which on there are builds for this machine, newest first. */
  private static final List<KernelRelease> BUILDS =
      ON_ARM64
          ? List.of(WITH_TYPED_LOADS, WITH_ATOMICS_ON_ARM64)
          : List.of(WITH_TYPED_LOADS, WITH_TIMERS, WITH_SOCKET_STORAGE);

  static final KernelRelease OLDEST = BUILDS.get(BUILDS.size() - 1);

  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+)(?:\\.(\\d+))?.*");

  /** The release of the running kernel. */
  static KernelRelease running() {
    return parse(System.getProperty("os.version"));
  }

  /**
   * @param release as {@code uname -r} prints it
   */
  static KernelRelease parse(String release) {
    Matcher parts = RELEASE.matcher(release);
    if (!parts.matches()) {
      throw new IllegalArgumentException(release + " is no release of a kernel");
    }
    return new KernelRelease(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)));
  }

  /**
   * Whether a kernel may be asked for its TCP sockets while connections are made. A distribution
   * that mended its kernel without the number of Linux is not known to have.
   *
   * @param release as {@code uname -r} prints it
   */
  static boolean hasMendedIterator(String release) {
    KernelRelease series = parse(release);
    if (series.isAtLeast(new KernelRelease(7, 2))) {
      return true;
    }
    Matcher parts = RELEASE.matcher(release);
    Integer mended = WITH_MENDED_ITERATOR.get(series.toString());
    return mended != null
        && parts.matches()
        && parts.group(3) != null
        && Integer.parseInt(parts.group(3)) >= mended;
  }

  /** The build of the programs for this kernel, as the C Makefile names it. */
  String build() {
    KernelRelease newest = BUILDS.stream().filter(this::isAtLeast).findFirst().orElse(OLDEST);
    return (ON_ARM64 ? "arm64." : "x86.") + newest;
  }

  boolean isAtLeast(KernelRelease other) {
    return major > other.major || (major == other.major && minor >= other.minor);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
