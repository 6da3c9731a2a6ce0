package io.podwire.datapath;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version of Linux.
 *
 * @param major the 6 of 6.18
 * @param minor the 18 of 6.18
 */
record KernelRelease(int major, int minor) {

  /** BPF timers: what takes flows out of the sockhash with no agent alive. */
  static final KernelRelease OLDEST = new KernelRelease(5, 15);

  /** {@code bpf_rdonly_cast}. */
  static final KernelRelease WITH_TYPED_LOADS = new KernelRelease(6, 2);

  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");

  /** The running kernel's. */
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

  boolean isAtLeast(KernelRelease other) {
    return major > other.major || major == other.major && minor >= other.minor;
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
