package io.podwire.bench.cost;

import io.podwire.bench.BenchException;
import io.podwire.bench.Proc;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Memory that the kernel holds for itself, by {@code /proc/meminfo}: {@code Slab} (sockets and
 * their files, psocks, socket storage, elements of BPF maps), {@code VmallocUsed} (tables of BPF
 * maps and of open files, programs) and {@code Percpu}. Bytes that wait in sockets are not in it.
 *
 * <p>It is the whole machine's: what else runs meanwhile is in a difference of two, and slabs are
 * taken and given back as a whole. On a quiet machine the difference repeats within a megabyte.
 */
final class KernelMemory {

  private static final List<String> FIELDS = List.of("Slab", "VmallocUsed", "Percpu");
  private static final long KIB = 1024;
  private static final long STEADY = 128 * KIB;
  private static final int MILLIS_BETWEEN = 50;
  private static final int LOOKS = 40;

  private KernelMemory() {}

  /**
   * In bytes, once it changes by no more than 128 KiB in 50 ms: the kernel frees sockets after an
   * RCU grace period, and maps after several. After 2 s at the most, as a busy machine never rests.
   */
  static long settled() {
    long before = now();
    for (int look = 0; look < LOOKS; look++) {
      pause();
      long after = now();
      if (Math.abs(after - before) <= STEADY) {
        return after;
      }
      before = after;
    }
    return before;
  }

  private static long now() {
    return of(Proc.read("/proc/meminfo"));
  }

  /** In bytes, of the lines of {@code /proc/meminfo}. */
  static long of(List<String> meminfo) {
    long kib = 0;
    for (String line : meminfo) {
      String[] word = line.split("[: ]+");
      if (FIELDS.contains(word[0])) {
        kib += Long.parseLong(word[1]);
      }
    }
    return kib * KIB;
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
