package io.podwire.bpf;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** A reading of what an iterator program writes about the elements of a map. */
public final class BpfIterator {

  private static final int BPF_TRACE_ITER = 28;
  // struct bpf_link_create_opts, and union bpf_iter_link_info in it
  private static final int OPTIONS_BYTES = 32;
  private static final int OPTIONS_INFO = 16;
  private static final int OPTIONS_INFO_LENGTH = 24;
  private static final int INFO_BYTES = 16;
  private static final int READ_BYTES = 1 << 16;

  private BpfIterator() {}

  /**
   * Runs the program once over every element.
   *
   * @param recordBytes size of what the program writes about an element
   * @return the records in native byte order, each positioned at 0
   * @throws BpfException when the kernel refuses
   */
  public static List<ByteBuffer> read(BpfProgram program, BpfMap map, int recordBytes) {
    Library library = Library.get();
    ByteBuffer info = Library.buffer(INFO_BYTES).putInt(0, map.fd());
    ByteBuffer options = Library.buffer(OPTIONS_BYTES).putLong(0, OPTIONS_BYTES);
    options.putLong(OPTIONS_INFO, library.address(info)).putInt(OPTIONS_INFO_LENGTH, INFO_BYTES);
    int link;
    try {
      link =
          library.check(
              library.bpf.bpf_link_create(program.fd(), 0, BPF_TRACE_ITER, options),
              "iterate over",
              map.name);
    } finally {
      Reference.reachabilityFence(info); // options have only its address
    }
    try {
      int iterator = library.check(library.bpf.bpf_iter_create(link), "iterate over", map.name);
      try {
        return records(library, iterator, recordBytes, map.name);
      } finally {
        library.c.close(iterator);
      }
    } finally {
      library.c.close(link);
    }
  }

  private static List<ByteBuffer> records(
      Library library, int iterator, int recordBytes, String name) {
    List<ByteBuffer> records = new ArrayList<>();
    ByteBuffer chunk = Library.buffer(READ_BYTES - READ_BYTES % recordBytes);
    ByteBuffer record = ByteBuffer.allocate(recordBytes);
    while (true) {
      int length =
          library.check(
              (int) library.c.read(iterator, chunk.clear(), chunk.capacity()), "read", name);
      if (length == 0) {
        return records;
      }
      chunk.limit(length);
      while (chunk.hasRemaining()) { // a record may be split between two reads
        record.put(chunk.get());
        if (!record.hasRemaining()) {
          records.add(record.flip().order(ByteOrder.nativeOrder()));
          record = ByteBuffer.allocate(recordBytes);
        }
      }
    }
  }
}
