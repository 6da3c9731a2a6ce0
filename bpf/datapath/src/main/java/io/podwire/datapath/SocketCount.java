package io.podwire.datapath;

import io.podwire.bpf.BpfException;
import io.podwire.bpf.BpfMap;
import io.podwire.bpf.KernelTypes;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Counts the sockets in a sockhash. Many are not walked: since Linux 6.4 the memory that a sockhash
 * takes tells how many there are ({@code sock_hash_mem_usage()}). On older kernels all are walked.
 */
final class SocketCount {

  /**
   * To walk that many takes a few milliseconds. To read the kernel's types takes more, but once in
   * a process.
   */
  private static final int FEW = 1024;

  private SocketCount() {}

  static int of(BpfMap sockhash) {
    return of(sockhash, FEW);
  }

  /**
   * @param few fewer sockets than that are walked
   */
  static int of(BpfMap sockhash, int few) {
    Set<ByteBuffer> first = sockhash.keys(few);
    return first.size() < few
        ? first.size()
        : byMemory(sockhash).orElseGet(() -> sockhash.keys().size());
  }

  /** Empty where the memory does not tell. */
  private static OptionalInt byMemory(BpfMap sockhash) {
    return Structs.OF_RUNNING_KERNEL
        .map(structs -> structs.sockets(sockhash.memory(), sockhash))
        .orElseGet(OptionalInt::empty);
  }

  /**
   * What the kernel makes a sockhash of: sizes in bytes.
   *
   * @param table {@code struct bpf_shtab}
   * @param bucket {@code struct bpf_shtab_bucket}
   * @param element {@code struct bpf_shtab_elem}, in front of its key
   */
  record Structs(int table, int bucket, int element) {

    /** Read once. Empty where the kernel is older, or does not say. */
    static final Optional<Structs> OF_RUNNING_KERNEL =
        RunningKernel.tellsMemoryInUse() ? read() : Optional.empty();

    private static Optional<Structs> read() {
      try (KernelTypes types = new KernelTypes()) {
        return Optional.of(
            new Structs(
                types.bytes("bpf_shtab"),
                types.bytes("bpf_shtab_bucket"),
                types.bytes("bpf_shtab_elem")));
      } catch (BpfException e) {
        return Optional.empty(); // so it is walked
      }
    }

    private OptionalInt sockets(long memory, BpfMap sockhash) {
      return sockets(memory, sockhash.maxEntries(), sockhash.keySize());
    }

    /**
     * How many sockets a sockhash holds; empty where it cannot take that much memory.
     *
     * @param memory that it takes
     * @param capacity sockets that it can hold
     * @param keyBytes size of a key
     */
    OptionalInt sockets(long memory, int capacity, int keyBytes) {
      long buckets = capacity == 1 ? 1 : 2L * Integer.highestOneBit(capacity - 1);
      long elements = memory - table - buckets * bucket;
      long each = element + (keyBytes + 7L) / 8 * 8;
      boolean possible = elements >= 0 && elements % each == 0 && elements / each <= capacity;
      return possible ? OptionalInt.of((int) (elements / each)) : OptionalInt.empty();
    }
  }
}
