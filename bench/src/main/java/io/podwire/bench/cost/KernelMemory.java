package io.podwire.bench.cost;

import io.podwire.bench.BenchException;
import io.podwire.testbed.Proc;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code SUnreclaim} of {@code /proc/meminfo}: sockets, psocks, socket storage and the elements of
 * BPF maps. Not the inode and the directory entry of a socket, about 1 KB for each end, which count
 * as reclaimable, nor tables that a map allocates in advance.
 *
 * <p>It is the whole machine's: what else runs meanwhile is in the difference of two, and slabs are
 * taken and given back as a whole. Beside a load average of 10 to 20, two runs with 10,000
 * connections differed by 39 bytes in what acceleration adds to one.
 */
public final class KernelMemory {

  private static final String FIELD = "SUnreclaim";
  private static final long KIB = 1024;
  private static final long STEADY = 128 * KIB;
  private static final int STEADY_LOOKS = 4;
  private static final int MILLIS_BETWEEN = 50;
  private static final int LOOKS = 40;

  private KernelMemory() {}

  /**
   * What the kernel uses in bytes, once that changes by no more than 128 KiB in 50 ms, four times:
   * the kernel frees sockets after an RCU grace period. It returns after 2 s at the most, as a busy
   * machine never rests.
   */
  public static long steady() {
    long before = now();
    int steady = 0;
    for (int look = 0; look < LOOKS && steady < STEADY_LOOKS; look++) {
      pause();
      long after = now();
      steady = Math.abs(after - before) <= STEADY ? steady + 1 : 0;
      before = after;
    }
    return before;
  }

  private static long now() {
    return of(Proc.read("/proc/meminfo"));
  }

  /** What lines of {@code /proc/meminfo} say, in bytes. */
  static long of(List<String> meminfo) {
    return meminfo.stream()
        .map(line -> line.split("[: ]+"))
        .filter(word -> word[0].equals(FIELD))
        .mapToLong(word -> Long.parseLong(word[1]) * KIB)
        .sum();
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(MILLIS_BETWEEN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted while waiting for the kernel to free memory", e);
    }
  }
}
