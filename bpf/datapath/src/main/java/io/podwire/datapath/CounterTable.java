package io.podwire.datapath;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;

/** The map {@code counters}: every {@link Counter}, for each CPU. */
final class CounterTable {

  static final String COUNTERS = "counters";

  private final PinnedMaps maps;

  CounterTable(PinnedMaps maps) {
    this.maps = maps;
  }

  /** Every counter, summed over the CPUs. */
  Map<Counter, Long> read() {
    ByteBuffer perCpu = maps.open(COUNTERS).single();
    Map<Counter, Long> sums = Status.zeros();
    while (perCpu.hasRemaining()) {
      for (Counter counter : Counter.values()) {
        sums.merge(counter, perCpu.getLong(), Long::sum);
      }
    }
    return sums;
  }

  /** The sum of some of them, for who asks often. */
  long sum(Collection<Counter> counters) {
    ByteBuffer perCpu = maps.open(COUNTERS).single();
    int bytes = Long.BYTES * Counter.values().length;
    long sum = 0;
    for (int cpu = 0; cpu < perCpu.capacity(); cpu += bytes) {
      for (Counter counter : counters) {
        sum += perCpu.getLong(cpu + Long.BYTES * counter.ordinal());
      }
    }
    return sum;
  }
}
