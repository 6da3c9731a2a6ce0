package io.podwire.bench.cost;

import io.podwire.bench.BenchException;
import io.podwire.bench.Proc;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Memory that the kernel holds for itself, by {@code /proc/meminfo}.
 *
 * <p>It is the whole machine's: what else runs meanwhile is in the difference of two, and slabs are
 * taken and given back as a whole. Where nothing else opens connections or loads programs, {@link
 * #SLAB} repeats within 1 MB.
 */
enum KernelMemory {
  /**
   * {@code SUnreclaim}: sockets, psocks, socket storage and the elements of BPF maps. Not the inode
   * and the directory entry of a socket, about 1 KB for each end, which count as reclaimable.
   */
  SLAB("SUnreclaim"),
  /** And {@code VmallocUsed} and {@code Percpu}: tables of BPF maps, and programs. */
  ALL("SUnreclaim", "VmallocUsed", "Percpu");

  private static final long KIB = 1024;
  private static final long STEADY = 128 * KIB;
  private static final int STEADY_LOOKS = 4;
  private static final int MILLIS_BETWEEN = 50;
  private static final int LOOKS = 40;

  private final List<String> fields;

  KernelMemory(String... fields) {
    this.fields = List.of(fields);
  }

  /**
   * In bytes, once it changes by no more than 128 KiB in 50 ms, four times: the kernel frees
   * sockets after an RCU grace period, and maps after several. After 2 s at the most, as a busy
   * machine never rests.
   */
  long settled() {
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

  private long now() {
    return of(Proc.read("/proc/meminfo"));
  }

  /** In bytes, of the lines of {@code /proc/meminfo}. */
  long of(List<String> meminfo) {
    long kib = 0;
    for (String line : meminfo) {
      String[] word = line.split("[: ]+");
      if (fields.contains(word[0])) {
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
