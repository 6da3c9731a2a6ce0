package io.podwire.bpf;

import java.nio.file.Path;

/** A network namespace that a thread can work in. */
public final class NetworkNamespace extends Fd {

  private static final int CLONE_NEWNET = 0x40000000;

  private NetworkNamespace(int fd, String name) {
    super(fd, name);
  }

  /**
   * @param file as {@code /proc/PID/ns/net}
   */
  public static NetworkNamespace open(Path file) {
    Library library = Library.get();
    int fd = library.check(library.c.open(file.toString(), 0), "open", file.toString());
    return new NetworkNamespace(fd, "network namespace " + file);
  }

  /** The calling thread, and those that it starts, are in it from now on. */
  public void enter() {
    library.check(library.c.setns(fd(), CLONE_NEWNET), "enter", name);
  }
}
