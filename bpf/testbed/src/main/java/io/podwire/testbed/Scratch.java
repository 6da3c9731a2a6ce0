package io.podwire.testbed;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A temporary directory for sockets, logs and samples. It goes when its maker closes it, or when
 * the JVM is told to end before that (Ctrl-C). Any number of threads may use it.
 */
public final class Scratch implements AutoCloseable {

  private final Path directory;
  private final Thread hook = new Thread(this::delete, "podwire-scratch");
  private final Map<String, Path> programs = new HashMap<>();
  private int files;

  private Scratch(Path directory) {
    this.directory = directory;
  }

  /** Makes it, with a new name in the machine's directory of temporary files. */
  public static Scratch create() {
    try {
      Scratch scratch = new Scratch(Files.createTempDirectory("podwire-"));
      Runtime.getRuntime().addShutdownHook(scratch.hook);
      // nginx runs without privileges, and must reach its own directory in here.
      Files.setPosixFilePermissions(
          scratch.directory, PosixFilePermissions.fromString("rwx--x--x"));
      return scratch;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new path in it, where nothing is yet. */
  public synchronized Path file(String name) {
    files++;
    return directory.resolve(files + "-" + name);
  }

  /**
   * Copies a resource to an executable file; the same one for each call. The first call must come
   * before other threads start processes: one that is forked during the copy has the file open for
   * writing for a moment, and to execute it fails with ETXTBSY then.
   *
   * @param name whole path of the resource, from its slash on
   * @throws TestbedException when this build has no such resource
   */
  public synchronized Path program(String name) {
    return programs.computeIfAbsent(name, this::copy);
  }

  private Path copy(String name) {
    Path program = file(Path.of(name).getFileName().toString());
    try (InputStream in = Scratch.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new TestbedException(
            "the program " + name + " is missing from this build: make build");
      }
      Files.copy(in, program);
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
      return program;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    delete();
    Runtime.getRuntime().removeShutdownHook(hook);
  }

  private void delete() {
    // After a Ctrl-C the testbed's processes may still be writing: it ends them meanwhile.
    while (Files.exists(directory)) {
      try (Stream<Path> tree = Files.walk(directory)) {
        List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
        for (Path path : deepestFirst) {
          Files.deleteIfExists(path);
        }
      } catch (DirectoryNotEmptyException | UncheckedIOException e) {
        Thread.onSpinWait();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
