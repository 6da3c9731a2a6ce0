package io.podwire.datapath;

import java.nio.ByteBuffer;
import java.util.Set;

/** The map of kernel facts: what the loader found out about the running kernel for the programs. */
final class KernelFactsTable {

  static final String KERNEL_FACTS = "kernel_facts";

  private final PinnedMaps maps;

  KernelFactsTable(PinnedMaps maps) {
    this.maps = maps;
  }

  /** What is known; nothing in a generation that found out nothing. */
  Set<KernelFacts> read() {
    return maps.isPinned(KERNEL_FACTS)
        ? Layout.kernelFacts(maps.open(KERNEL_FACTS).single())
        : Set.of();
  }

  /**
   * @param entry as {@link Waiters} found it
   */
  void write(ByteBuffer entry) {
    maps.open(KERNEL_FACTS).setSingle(entry);
  }

  /** Notes whether {@code FIONREAD} counts both queues of a joined socket. */
  void writeCountsBothQueues(boolean countsBoth) {
    write(Layout.kernelFacts(maps.open(KERNEL_FACTS).single(), countsBoth));
  }
}
