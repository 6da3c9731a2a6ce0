package io.podwire.bpf;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The kinds of file system that BPF works with, by statfs(2): the mount table does not show those
 * of other namespaces.
 */
public enum FileSystemType {
  /** Pins live here. */
  BPF(0xcafe4a11L),
  /** Programs attach here. */
  CGROUP2(0x63677270L);

  private static final int STATFS_BYTES = 256; // 120 on x86-64 and arm64

  private final long magic;

  FileSystemType(long magic) {
    this.magic = magic;
  }

  /**
   * Whether an existing file is on a file system of this type.
   *
   * @throws BpfException where it cannot be told
   */
  public boolean holds(Path file) {
    Library library = Library.get();
    ByteBuffer status = Library.buffer(STATFS_BYTES);
    library.check(
        library.c.statfs(file.toString(), status), "read the file system of", file.toString());
    return status.getLong(0) == magic;
  }
}
