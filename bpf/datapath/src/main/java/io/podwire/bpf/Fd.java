package io.podwire.bpf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file descriptor of a kernel object. Who opened it closes it; a pinned object outlives that. */
abstract class Fd implements AutoCloseable {

  private static final int INFO_BYTES = 256;

  protected final Library library = Library.get();
  protected final String name;
  private int fd;

  Fd(int fd, String name) {
    this.fd = fd;
    this.name = name;
  }

  final int fd() {
    if (fd < 0) {
      throw new IllegalStateException(name + " is closed");
    }
    return fd;
  }

  static int openPinned(Path path) {
    Library library = Library.get();
    return library.check(library.bpf.bpf_obj_get(path.toString()), "open", path.toString());
  }

  /** Pins the object, in place of whatever is pinned there. */
  public final void pin(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (NoSuchFileException e) {
      // gone already
    } catch (IOException e) {
      throw new BpfException("can't replace the pin " + path + ": " + e.getMessage());
    }
    library.check(library.bpf.bpf_obj_pin(fd(), path.toString()), "pin", path.toString());
  }

  /** The kernel's {@code bpf_*_info} of the object, which is closed where that fails. */
  final ByteBuffer info() {
    ByteBuffer info = Library.buffer(INFO_BYTES);
    ByteBuffer length = Library.buffer(Integer.BYTES).putInt(0, INFO_BYTES);
    try {
      library.check(library.bpf.bpf_obj_get_info_by_fd(fd(), info, length), "inspect", name);
    } catch (BpfException e) {
      close();
      throw e;
    }
    return info;
  }

  @Override
  public final void close() {
    if (fd >= 0) {
      library.c.close(fd);
      fd = -1;
    }
  }
}
