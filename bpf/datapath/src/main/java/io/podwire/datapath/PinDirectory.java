package io.podwire.datapath;

import io.podwire.bpf.BpfException;
import io.podwire.bpf.DirectoryLock;
import io.podwire.bpf.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The pin directory of a datapath, with every build that is pinned in it, and which of them says
 * what. Whoever gets a build from it closes that.
 */
final class PinDirectory {

  private final Path path;
  private final int generation;

  /**
   * @param generation the layout version of the builds whose maps this process can read
   */
  PinDirectory(Path path, int generation) {
    this.path = path;
    this.generation = generation;
  }

  Path path() {
    return path;
  }

  /** Whether this process can read the maps of a build. */
  boolean canRead(PinnedBuild build) {
    return build.generation() == generation;
  }

  /** Waits for the lock of whoever changes something; makes the directory where it is missing. */
  DirectoryLock lock() {
    return DirectoryLock.of(path);
  }

  /** All builds, attached or not. */
  List<PinnedBuild> all() {
    return Pins.all(path).stream().map(PinnedBuild::new).toList();
  }

  /** The builds that are attached. */
  List<PinnedBuild> attached() {
    return all().stream().filter(PinnedBuild::isAttached).toList();
  }

  /** All builds but one, attached or not. */
  List<PinnedBuild> others(PinnedBuild than) {
    return all().stream().filter(build -> !build.isSameAs(than)).toList();
  }

  /**
   * Removes every build, and the directory.
   *
   * @param cutsOff whether flows are left: the sockhash would live on with the sockets in it
   */
  void removeAll(boolean cutsOff) {
    forEach(
        all(),
        build -> {
          build.detach();
          if (cutsOff) {
            build.flows().cutOff();
          }
          build.remove();
        });
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new DatapathException("cannot remove " + path + ": " + e.getMessage(), e);
    }
  }

  /** Does the same with each of some builds, and closes it. */
  static void forEach(List<PinnedBuild> builds, Consumer<PinnedBuild> work) {
    for (PinnedBuild build : builds) {
      try (build) {
        work.accept(build);
      }
    }
  }

  /** The one among them that was loaded last; empty where there is none. */
  static Optional<PinnedBuild> latest(List<PinnedBuild> attached) {
    return attached.stream().max(PinnedBuild.BY_TURN);
  }

  /**
   * Looks at the build that was loaded last, of any layout.
   *
   * @param reading is not asked where nothing is attached
   */
  <T> Optional<T> ofLatest(Function<PinnedBuild, T> reading) {
    List<PinnedBuild> builds = attached();
    try {
      return latest(builds).map(reading);
    } finally {
      builds.forEach(PinnedBuild::close);
    }
  }

  /** The build that connections join if they join any; empty where nothing is loaded. */
  Optional<Build> joining() {
    return ofLatest(PinnedBuild::build);
  }

  /** Of the builds that this process can read the one that was loaded last. */
  Optional<PinnedBuild> current() {
    List<PinnedBuild> builds = attached().stream().filter(this::canRead).toList();
    Optional<PinnedBuild> latest = latest(builds);
    builds.stream()
        .filter(build -> latest.filter(build::isSameAs).isEmpty())
        .forEach(PinnedBuild::close);
    return latest;
  }

  /** Reads from a build; empty where it was removed meanwhile. */
  static <T> Optional<T> unlessGone(Supplier<T> reading) {
    try {
      return Optional.ofNullable(reading.get());
    } catch (BpfException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      return Optional.empty();
    }
  }
}
