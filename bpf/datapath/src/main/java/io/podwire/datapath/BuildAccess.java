package io.podwire.datapath;

import io.podwire.bpf.BpfException;
import io.podwire.bpf.DirectoryLock;
import io.podwire.bpf.Errno;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Opens the build that a verb works on, and closes it again: ours, which is what a load by this
 * process makes, or the current one, which is the one that was loaded last of those with the layout
 * of ours. Who reads takes no lock; who changes something holds that of the pin directory.
 */
final class BuildAccess {

  private final PinDirectory directory;
  private final Path cgroup;
  private final int generation;
  private final CompiledObjects objects;
  private Build build;

  /**
   * @param cgroup whose sockets may join
   * @param generation the number that a load gives to the layout of its maps
   * @param objects what a load loads
   */
  BuildAccess(PinDirectory directory, Path cgroup, int generation, CompiledObjects objects) {
    this.directory = directory;
    this.cgroup = cgroup;
    this.generation = generation;
    this.objects = objects;
  }

  /** The build that is ours; hashed once. */
  synchronized Build build() {
    if (build == null) {
      build = Build.of(generation, objects);
    }
    return build;
  }

  /**
   * @throws DatapathException naming what the machine lacks for a load
   */
  void require() {
    new Requirements(Path.of("/")).check(directory.path(), cgroup);
  }

  /** The build that connections join, where it is not the one that this would load. */
  Optional<Build> another() {
    return directory.joining().filter(joining -> !joining.equals(build()));
  }

  /** What a load of this makes and works on. */
  PinnedBuild ours() {
    return new PinnedBuild(new Pins(directory.path(), build()));
  }

  /** A load of ours. */
  Takeover takeoverBy(PinnedBuild ours) {
    return new Takeover(directory, ours, objects, cgroup);
  }

  /**
   * Works on our build with the lock, whether it is loaded or not.
   *
   * @throws DatapathException naming what the machine lacks for a load
   */
  void withOurs(Consumer<PinnedBuild> work) {
    require();
    try (DirectoryLock lock = directory.lock();
        PinnedBuild ours = ours()) {
      work.accept(ours);
    }
  }

  /**
   * Changes our build with the lock.
   *
   * @throws DatapathException where connections join another one, or nothing is loaded
   */
  void changeOurs(Consumer<PinnedBuild> change) {
    requireLoaded();
    withOurs(
        ours -> {
          Optional<Build> joining = directory.joining();
          if (!joining.equals(Optional.of(build()))) {
            throw new DatapathException(
                "build "
                    + build()
                    + " is left as it is: "
                    + joining.map(other -> other + " was loaded since").orElse("it is not loaded"));
          }
          if (ours.turn() == 0) {
            ours.takeTurn(1); // its load was killed before
          }
          change.accept(ours);
        });
  }

  /** The same for a change that returns nothing. */
  void changeCurrent(Consumer<PinnedBuild> change) {
    ofCurrent(
        current -> {
          change.accept(current);
          return null;
        });
  }

  /**
   * Changes the current build with the lock, and returns what the change does.
   *
   * @throws DatapathException where nothing is loaded
   */
  <T> T ofCurrent(Function<PinnedBuild, T> change) {
    requireLoaded(); // before the lock, which would make the directory
    try (DirectoryLock lock = directory.lock();
        PinnedBuild current = current()) {
      return change.apply(current);
    }
  }

  /**
   * @throws DatapathException where nothing is loaded
   */
  void requireLoaded() {
    current().close();
  }

  private PinnedBuild current() {
    return directory
        .current()
        .orElseThrow(
            () ->
                new DatapathException(
                    "nothing is loaded at " + directory.path() + ": enable it first"));
  }

  /**
   * Reads the current build without the lock; empty where nothing is loaded, also if another
   * process unloads meanwhile.
   */
  <T> Optional<T> read(Function<PinnedBuild, T> reading) {
    Optional<PinnedBuild> loaded = directory.current();
    if (loaded.isEmpty()) {
      return Optional.empty();
    }
    try (PinnedBuild current = loaded.get()) {
      try {
        return Optional.of(reading.apply(current));
      } catch (BpfException e) {
        if (e.errno() == Errno.ENOENT && !current.isAttached()) {
          return Optional.empty();
        }
        throw e;
      }
    }
  }
}
