package io.podwire.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An exclusive lock between processes on a directory (flock(2): bpffs has no files to lock).
 * Closing it releases it.
 */
public final class DirectoryLock implements AutoCloseable {

  private static final int LOCK_EX = 2;

  private final int fd;

  private DirectoryLock(int fd) {
    this.fd = fd;
  }

  /** Creates the directory if it is missing, and waits for the lock. */
  public static DirectoryLock of(Path directory) {
    while (true) {
      try {
        Files.createDirectories(directory);
      } catch (IOException e) {
        throw new BpfException("can't create " + directory + ": " + e.getMessage());
      }
      try {
        return ofExisting(directory);
      } catch (BpfException e) {
        if (e.errno() != Errno.ENOENT) {
          throw e;
        }
        // removed since
      }
    }
  }

  /**
   * Waits for the lock.
   *
   * @throws BpfException with {@link Errno#ENOENT} where there is no such directory, or it is
   *     removed meanwhile
   */
  public static DirectoryLock ofExisting(Path directory) {
    Library library = Library.get();
    while (true) {
      int fd = library.check(library.c.open(directory.toString(), 0), "open", directory.toString());
      library.check(library.c.flock(fd, LOCK_EX), "lock", directory.toString());
      DirectoryLock lock = new DirectoryLock(fd);
      if (lock.isOn(directory)) {
        return lock;
      }
      lock.close(); // who held it removed the directory
    }
  }

  private boolean isOn(Path directory) {
    try {
      return Files.isSameFile(Path.of("/proc/self/fd/" + fd), directory);
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    Library.get().c.close(fd);
  }
}
