package io.podwire.bpf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * A pinned map. Keys and values are bytes in native order; every buffer given or returned is
 * positioned at 0. Not thread-safe.
 */
public final class BpfMap extends Fd {

  private static final int BPF_NOEXIST = 1;
  private static final int PER_CPU_ARRAY = 6;
  private static final int BATCH = 128;
  // offsets in struct bpf_map_info
  private static final int INFO_TYPE = 0;
  private static final int INFO_ID = 4;
  private static final int INFO_KEY_SIZE = 8;
  private static final int INFO_VALUE_SIZE = 12;
  private static final int INFO_MAX_ENTRIES = 16;

  /** The field of /proc/PID/fdinfo. */
  private static final String MEMORY = "memlock:";

  private final int id;
  private final int keySize;
  private final int valueSize;
  private final int maxEntries;
  private final int valueBytes;

  private BpfMap(int fd, String name) {
    super(fd, name);
    ByteBuffer info = info();
    id = info.getInt(INFO_ID);
    keySize = info.getInt(INFO_KEY_SIZE);
    valueSize = info.getInt(INFO_VALUE_SIZE);
    maxEntries = info.getInt(INFO_MAX_ENTRIES);
    boolean perCpu = info.getInt(INFO_TYPE) == PER_CPU_ARRAY;
    valueBytes = perCpu ? roundUp(valueSize) * possibleCpus() : valueSize;
  }

  /**
   * Opens a pinned map.
   *
   * @throws BpfException with {@link Errno#ENOENT} where there is none
   */
  public static BpfMap open(Path pin) {
    int fd = openPinned(pin);
    return new BpfMap(fd, "map " + pin);
  }

  /** Identifies the map on this kernel until it is gone. */
  public int id() {
    return id;
  }

  /** Entries that the map can hold, 1 or more. */
  public int maxEntries() {
    return maxEntries;
  }

  /** Bytes of kernel memory that the map takes; before Linux 6.4 as many as it could take. */
  public long memory() {
    Path facts = Path.of("/proc/self/fdinfo/" + fd());
    try (Stream<String> lines = Files.lines(facts)) {
      return lines
          .filter(line -> line.startsWith(MEMORY))
          .mapToLong(line -> Long.parseLong(line.substring(MEMORY.length()).strip()))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new BpfException("can't read " + facts + ": " + e.getMessage());
    }
  }

  /** A buffer for a key of this map. */
  public ByteBuffer key() {
    return Library.buffer(keySize);
  }

  /** A buffer for a value of this map. */
  public ByteBuffer value() {
    return Library.buffer(valueBytes);
  }

  /** The value of a key; of a per-CPU map the values of all CPUs, one after the other. */
  public Optional<ByteBuffer> lookup(ByteBuffer key) {
    ByteBuffer value = value();
    if (library.bpf.bpf_map_lookup_elem(fd(), key, value) == 0) {
      return Optional.of(value);
    }
    if (library.lastErrno() == Errno.ENOENT) {
      return Optional.empty();
    }
    throw library.failure("read", name);
  }

  /** Sets a value, whether the key is there or not. */
  public void update(ByteBuffer key, ByteBuffer value) {
    library.check(library.bpf.bpf_map_update_elem(fd(), key, value, 0), "write to", name);
  }

  /** The value of an array with a single entry; of a per-CPU one the values of all CPUs. */
  public ByteBuffer single() {
    return lookup(key()).orElseThrow();
  }

  /** Sets the value of an array with a single entry. */
  public void setSingle(ByteBuffer value) {
    update(key(), value);
  }

  /** Sets a value if the key is not there; false if it was. */
  public boolean insert(ByteBuffer key, ByteBuffer value) {
    if (library.bpf.bpf_map_update_elem(fd(), key, value, BPF_NOEXIST) == 0) {
      return true;
    }
    if (library.lastErrno() == Errno.EEXIST) {
      return false;
    }
    throw library.failure("write to", name);
  }

  /** Appends to a queue. */
  public void push(ByteBuffer value) {
    library.check(library.bpf.bpf_map_update_elem(fd(), null, value, 0), "write to", name);
  }

  /** Removes a key; false if it was not there. */
  public boolean delete(ByteBuffer key) {
    if (library.bpf.bpf_map_delete_elem(fd(), key) == 0) {
      return true;
    }
    if (library.lastErrno() == Errno.ENOENT) {
      return false;
    }
    throw library.failure("delete from", name);
  }

  /** All keys. A map that changes meanwhile may show a part of the changes; no key comes twice. */
  public Set<ByteBuffer> keys() {
    Set<ByteBuffer> keys = new LinkedHashSet<>();
    ByteBuffer memory = null; // of many keys: to allocate it for each costs more than to ask for it
    ByteBuffer previous = null;
    // the kernel starts over when the previous key is gone: bound the walk
    for (int i = 0; i < 2 * maxEntries + 2; i++) {
      int at = i % BATCH * keySize;
      if (at == 0) {
        memory = Library.buffer(BATCH * keySize);
      }
      ByteBuffer next = memory.slice(at, keySize).order(memory.order());
      if (library.bpf.bpf_map_get_next_key(fd(), previous, next) != 0) {
        if (library.lastErrno() == Errno.ENOENT) {
          break;
        }
        throw library.failure("list", name);
      }
      keys.add(next);
      previous = next;
    }
    return keys;
  }

  /** Whether there is no key at all; reads one at most. */
  public boolean isEmpty() {
    if (library.bpf.bpf_map_get_next_key(fd(), null, key()) == 0) {
      return false;
    }
    if (library.lastErrno() == Errno.ENOENT) {
      return true;
    }
    throw library.failure("list", name);
  }

  /**
   * How many keys a hash has, LRU or not; what a walk costs but for a small part. A map that
   * changes meanwhile may show a part of the changes.
   */
  public int count() {
    int count = 0;
    Batches batches = new Batches();
    while (batches.next()) {
      count += batches.size();
    }
    return count;
  }

  /**
   * A number that changes with the keys and values of a trie: what {@link #forEach} would show, for
   * a small part of its cost. Tries have it since Linux 5.13, elsewhere it is 0.
   */
  public long hash() {
    long hash = 0;
    Batches batches = new Batches();
    while (batches.next()) {
      hash = 31 * hash + batches.hash();
    }
    return hash;
  }

  /**
   * Gives each key with its value, of a hash or a trie. A map that changes meanwhile may show a
   * part of the changes, and a key twice.
   */
  public void forEach(BiConsumer<ByteBuffer, ByteBuffer> reader) {
    Batches batches = new Batches();
    while (batches.next()) {
      batches.forEach(reader);
    }
    if (!batches.supported()) {
      keys().forEach(key -> lookup(key).ifPresent(value -> reader.accept(key, value)));
    }
  }

  /** A walk that reads many entries by each system call. */
  private final class Batches {

    /** Enough for what a walk goes on from: a bucket of a hash, a key of a trie. */
    private final ByteBuffer position = Library.buffer(Math.max(Integer.BYTES, keySize));

    private final ByteBuffer size = Library.buffer(Integer.BYTES);
    private ByteBuffer from; // null at the beginning
    private ByteBuffer keys;
    private ByteBuffer values;
    private boolean given = true; // to a reader, who may keep them
    private int left = 2 * maxEntries / BATCH + 2; // a trie starts over where that key is gone
    private boolean ended;
    private boolean supported = true;

    /** False after the last one. */
    boolean next() {
      if (ended || left-- == 0) {
        return false;
      }
      if (given) {
        keys = Library.buffer(BATCH * keySize);
        values = Library.buffer(BATCH * valueBytes);
        given = false;
      }
      size.putInt(0, BATCH);
      int result = library.bpf.bpf_map_lookup_batch(fd(), from, position, keys, values, size, null);
      if (result != 0) {
        ended = true;
        switch (library.lastErrno()) {
          case Errno.ENOENT -> {} // those were the last
          case Errno.ENOTSUPP -> supported = false;
          default -> throw library.failure("list", name);
        }
      }
      from = position;
      return supported && size.getInt(0) > 0;
    }

    int size() {
      return size.getInt(0);
    }

    void forEach(BiConsumer<ByteBuffer, ByteBuffer> reader) {
      given = true;
      for (int i = 0; i < size(); i++) {
        reader.accept(at(i, keys, keySize), at(i, values, valueBytes));
      }
    }

    long hash() {
      return 31L * keys.slice(0, size() * keySize).hashCode()
          + values.slice(0, size() * valueBytes).hashCode();
    }

    private ByteBuffer at(int index, ByteBuffer all, int bytes) {
      return all.slice(index * bytes, bytes).order(all.order());
    }

    /** Tries have them since Linux 5.13. */
    boolean supported() {
      return supported;
    }
  }

  private static int roundUp(int bytes) {
    return (bytes + 7) & ~7;
  }

  private static int possibleCpus() {
    Library library = Library.get();
    return library.check(library.bpf.libbpf_num_possible_cpus(), "count", "the possible CPUs");
  }
}
