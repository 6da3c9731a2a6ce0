package io.podwire.datapath;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Has connections join the build of this process, and those of before drain. Killed at any point,
 * it leaves what the next one goes on from. Whoever calls it holds the lock of the pin directory.
 */
final class Takeover {

  /**
   * Far more than a claim takes that saw its build enabled just before it was not: whoever counts
   * the flows of that build after this counts that one.
   */
  private static final long CLAIM_NANOS = 5_000_000;

  private final PinDirectory directory;
  private final PinnedBuild ours;
  private final Loader loader;

  /**
   * @param ours the build that is to be loaded, which the caller closes
   * @param objects of that build
   * @param cgroup whose sockets may join
   */
  Takeover(PinDirectory directory, PinnedBuild ours, CompiledObjects objects, Path cgroup) {
    this.directory = directory;
    this.ours = ours;
    this.loader = new Loader(ours, objects, cgroup);
  }

  /** The limits to begin with: those of the build of before; the defaults where there is none. */
  Settings settingsOfBefore() {
    Settings settings = directory.ofLatest(Takeover::settings).orElse(Settings.DEFAULT);
    return ours.isAttached() ? settings.withMaxFlows(ours.settings().read().maxFlows()) : settings;
  }

  private static Settings settings(PinnedBuild before) {
    return before.settings().isFrozen() ? before.settings().read() : Settings.DEFAULT;
  }

  /**
   * The steps of a load, which are right in this order only. None of them lets a connection join:
   * whoever wants that enables the build after the last one.
   *
   * @param settings the limits to begin with, where ours is loaded now
   * @throws DatapathException where this build is attached to another cgroup, or cannot be loaded
   */
  void run(Settings settings) {
    prepare(settings);
    takeTurn(settings);
    // what is prepared, too: the later load wins
    PinDirectory.forEach(directory.others(ours), Takeover::removeOrStop);
  }

  /**
   * Afterwards all maps, programs and links are there, and another build may still be joined.
   *
   * @param settings the limits to begin with, where ours is loaded now
   */
  void prepare(Settings settings) {
    if (ours.isAttached()) {
      ours.requireItsOwnPrograms();
      loader.requireAttached();
      return;
    }
    if (!ours.flows().hasAny()) {
      ours.remove(); // what an interrupted load or unload left
    }
    new Requirements(Path.of("/")).checkSockhash();
    loader.load(settings);
  }

  /** Afterwards this build has the last turn, and the one that had it lets nothing join. */
  private void takeTurn(Settings settings) {
    List<PinnedBuild> others = directory.others(ours);
    try {
      Optional<PinnedBuild> before =
          PinDirectory.latest(others.stream().filter(PinnedBuild::isAttached).toList());
      if (ours.turn() == 0 || before.filter(build -> build.turn() >= ours.turn()).isPresent()) {
        takeTurnFrom(before, settings);
        LockSupport.parkNanos(CLAIM_NANOS);
      }
    } finally {
      others.forEach(PinnedBuild::close);
    }
  }

  /** Until the turn is taken the build of before says what holds; after that, ours does. */
  private void takeTurnFrom(Optional<PinnedBuild> before, Settings settings) {
    int maxFlows = ours.settings().read().maxFlows();
    ours.settings().write(settings.withMaxFlows(maxFlows), State.DISABLED, ours.settings().epoch());
    if (before.isEmpty()) {
      ours.takeTurn(1);
      return;
    }
    PinnedBuild other = before.get();
    if (other.generation() == ours.generation()) {
      ours.inheritFrom(other);
    }
    State state = other.settings().state();
    Authority authority = // off stays off
        state == State.ENABLED ? Authority.NOBODY : other.settings().authority();
    ours.settings().switchTo(State.DISABLED, authority);
    if (state != State.DISABLED) {
      other.settings().switchTo(State.DISABLED, Authority.AGENT);
    }
    ours.takeTurn(other.turn() + 1);
  }

  /**
   * Removes the other builds that nothing is joined with any more, and stops the others. One that
   * is prepared stays as it is: whoever prepared it enables it next.
   */
  void removeDrained() {
    PinDirectory.forEach(
        directory.others(ours),
        other -> {
          if (!other.isPrepared()) {
            removeOrStop(other);
          }
        });
  }

  private static void removeOrStop(PinnedBuild other) {
    if (!other.flows().hasAny() && other.lentKeepalives().count() == 0) {
      other.remove();
    } else if (other.isAttached() && other.settings().state() != State.DISABLED) {
      // by a release that knows no turns
      other.settings().switchTo(State.DISABLED, Authority.AGENT);
    }
  }
}
