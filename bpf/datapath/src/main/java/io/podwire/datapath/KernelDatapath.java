package io.podwire.datapath;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The real datapath, over pinned kernel objects.
 *
 * <p>A pin directory holds one directory per {@link Build}. Sockets keep the programs they joined
 * with, so a load beside another build stops that one from joining and lets it drain; it is removed
 * by a load, or {@link #removeDrained()}, that finds it without flows. Connections join the build
 * that was loaded last. Every verb but those that load works on that one, whichever it is, if it
 * has the layout of this one.
 *
 * <p>Each verb opens what it needs and closes it again. One that reads takes no lock; one that
 * changes something holds that of the pin directory.
 */
public final class KernelDatapath implements Datapath {

  /** Where the pins are unless said otherwise. */
  public static final Path DEFAULT_PIN_DIR = Path.of("/sys/fs/bpf/podwire");

  private final PinDirectory directory;
  private final BuildAccess builds;

  private KernelDatapath(Path pinDir, Path cgroup, int generation, CompiledObjects objects) {
    this.directory = new PinDirectory(pinDir, generation);
    this.builds = new BuildAccess(directory, cgroup, generation, objects);
  }

  /**
   * A handle on the datapath that is, or will be, pinned there; touches nothing before a verb is
   * called.
   *
   * @param pinDir directory for the pins, on a bpffs; created when needed
   * @param cgroup cgroup v2 directory whose processes' sockets may join
   */
  public static KernelDatapath at(Path pinDir, Path cgroup) {
    return at(pinDir, cgroup, Build.GENERATION);
  }

  /** For tests of upgrades: the same layout under another number. */
  static KernelDatapath at(Path pinDir, Path cgroup, int generation) {
    return new KernelDatapath(pinDir, cgroup, generation, CompiledObjects.PRODUCT);
  }

  /**
   * For tests: loads a build that lacks one protection.
   *
   * @param protection as in {@code protection.h}, in lower case with dashes
   */
  static KernelDatapath without(String protection, Path pinDir, Path cgroup) {
    CompiledObjects lacking = CompiledObjects.without(protection);
    return new KernelDatapath(pinDir, cgroup, Build.GENERATION, lacking);
  }

  /**
   * For tests of upgrades: loads a build that differs from the product's only in what it hashes to.
   */
  static KernelDatapath another(Path pinDir, Path cgroup) {
    return new KernelDatapath(pinDir, cgroup, Build.GENERATION, CompiledObjects.ANOTHER);
  }

  /** What a load of this loads. */
  Build build() {
    return builds.build();
  }

  @Override
  public void require() {
    builds.require();
  }

  @Override
  public void requireAdoption() {
    Requirements.checkAdoption(KernelRelease.running());
    new Requirements(Path.of("/")).checkNamespaces();
  }

  @Override
  public void requireMendedIterator() {
    if (!RunningKernel.hasMendedIterator()) {
      throw new DatapathException(
          "kernel "
              + System.getProperty("os.version")
              + " may crash where open connections are looked for while others are made"
              + " (CVE-2026-74714, mended in 6.12.104, 6.18.45, 7.1.9 and 7.2): update it, or, where"
              + " your distribution has mended it, --accept tcp-iterator (PODWIRE_ACCEPT)");
    }
  }

  @Override
  public Status status() {
    StatusReader reader = new StatusReader(directory);
    return builds
        .read(current -> reader.read(current, builds.another()))
        .orElseGet(() -> Status.absent(builds.another(), lackOfKernel()));
  }

  private static List<String> lackOfKernel() {
    return new Requirements(Path.of("/")).lackOfKernel().stream().toList();
  }

  @Override
  public List<SocketOwner> owners() {
    return builds.read(new StatusReader(directory)::owners).orElseGet(List::of);
  }

  @Override
  public Map<String, Occupancy> maps() {
    return builds.read(PinnedBuild::occupancy).orElseGet(Map::of);
  }

  @Override
  public Map<String, Long> mapMemory() {
    return builds.read(PinnedBuild::mapMemory).orElseGet(Map::of);
  }

  @Override
  public List<Flow> flows() {
    return ofAllAttached(PinnedBuild::listFlows);
  }

  @Override
  public List<Flow> flows(Build build) {
    return ofAllAttached(
        attached -> attached.build().equals(build) ? attached.listFlows() : List.of());
  }

  @Override
  public Optional<Redirected> redirected() {
    return builds.read(PinnedBuild::redirected);
  }

  @Override
  public List<Observation> observed() {
    return ofAllAttached(attached -> attached.observed().read());
  }

  /** Flows note into the map of the build that they joined, and a load copies those of before. */
  @Override
  public List<Reason> reasons() {
    Map<Reason.Parties, Reason> latest = new LinkedHashMap<>();
    for (Reason reason : ofAllAttached(attached -> attached.reasons().read())) {
      latest.merge(
          reason.parties(), reason, (one, other) -> one.nanos() > other.nanos() ? one : other);
    }
    return List.copyOf(latest.values());
  }

  /** What the builds have together that are attached, and that this process can read. */
  private <T> List<T> ofAllAttached(Function<PinnedBuild, List<T>> reading) {
    List<T> all = new ArrayList<>();
    PinDirectory.forEach(
        directory.attached(),
        attached -> {
          if (directory.canRead(attached)) {
            PinDirectory.unlessGone(() -> all.addAll(reading.apply(attached)));
          }
        });
    return all;
  }

  @Override
  public List<Reason> incompatibleParties() {
    return builds.read(current -> current.incompatible().parties()).orElseGet(List::of);
  }

  @Override
  public Map<Prefix, Selection> selection() {
    return builds.read(current -> current.selection().read()).orElseGet(Map::of);
  }

  @Override
  public Map<Prefix, Integer> policyMarks() {
    return builds.read(current -> current.policies().marks()).orElseGet(Map::of);
  }

  @Override
  public AdoptionSigns.Reader signs() {
    return new PinnedSigns(directory);
  }

  @Override
  public void load() {
    builds.withOurs(this::load);
  }

  @Override
  public void prepare(UnaryOperator<Settings> limits) {
    builds.withOurs(
        ours -> {
          PinDirectory.forEach(
              directory.attached(),
              build -> {
                if (build.settings().state() == State.DRAINING) {
                  throw new DatapathException("cannot load: an unload drains the datapath");
                }
              });
          Takeover takeover = builds.takeoverBy(ours);
          takeover.prepare(limits.apply(takeover.settingsOfBefore()));
        });
  }

  @Override
  public void apply(EnablePlan plan) {
    builds.withOurs(
        ours -> {
          boolean nothingWasThere = directory.all().isEmpty();
          Takeover takeover = builds.takeoverBy(ours);
          Settings before = takeover.settingsOfBefore();
          Settings settings = plan.limits().apply(before);
          takeover.run(before.withMaxFlows(settings.maxFlows()));
          Status loaded = new StatusReader(directory).read(ours, Optional.empty());
          try {
            plan.consent().accept(loaded);
          } catch (RuntimeException e) {
            if (nothingWasThere) {
              directory.removeAll(false);
            }
            throw e;
          }
          write(ours, settings);
          ours.selection().put(plan.excluded(), Selection.EXCLUDED); // first: it may be enabled
          ours.selection().put(plan.selected(), Selection.SELECTED);
          ours.nodeAddresses().replace(plan.nodeAddresses());
          State state = plan.joins().test(loaded) ? State.ENABLED : State.DISABLED;
          ours.settings().switchTo(state, Authority.LOCAL);
        });
  }

  @Override
  public void enable() {
    builds.withOurs(
        ours -> {
          load(ours);
          ours.settings().switchTo(State.ENABLED, Authority.LOCAL);
        });
  }

  private void load(PinnedBuild ours) {
    Takeover takeover = builds.takeoverBy(ours);
    takeover.run(takeover.settingsOfBefore());
  }

  @Override
  public void configure(UnaryOperator<Settings> change) {
    builds.withOurs(
        ours -> {
          Takeover takeover = builds.takeoverBy(ours);
          Settings after = change.apply(takeover.settingsOfBefore());
          takeover.run(after);
          write(ours, after);
        });
  }

  @Override
  public void enable(Authority by) {
    builds.changeOurs(
        ours -> {
          if (ours.settings().state() == State.DRAINING) {
            throw new DatapathException("cannot enable: an unload drains the datapath");
          }
          ours.settings().switchTo(State.ENABLED, by);
        });
  }

  @Override
  public void reconfigure(UnaryOperator<Settings> change) {
    builds.changeOurs(ours -> write(ours, change.apply(ours.settings().read())));
  }

  private static void write(PinnedBuild ours, Settings after) {
    SettingsTable settings = ours.settings();
    int loaded = settings.read().maxFlows();
    if (loaded != after.maxFlows()) {
      throw new DatapathException(
          "max-flows is " + loaded + " and fixed while the datapath is loaded: unload first");
    }
    settings.write(after, settings.state(), settings.epoch());
  }

  @Override
  public void removeDrained() {
    builds.requireLoaded();
    builds.withOurs(
        ours -> {
          if (directory.joining().filter(builds.build()::equals).isPresent()) {
            builds.takeoverBy(ours).removeDrained();
          }
        });
  }

  @Override
  public void disable(Authority by) {
    builds.changeCurrent(
        current -> {
          PinDirectory.forEach(
              directory.attached(), // what an interrupted load left joining, too
              other -> {
                if (other.settings().state() == State.ENABLED) {
                  other.settings().switchTo(State.DISABLED);
                }
              });
          current.settings().switchTo(State.DISABLED, by);
        });
  }

  @Override
  public void leaveToAgent() {
    builds.changeCurrent(
        current -> current.settings().switchTo(current.settings().state(), Authority.NOBODY));
  }

  @Override
  public void disableNow() {
    builds.changeCurrent(
        current -> {
          PinDirectory.forEach(
              directory.attached(), // another build may still have flows
              attached -> attached.sendAllBack(State.DISABLED));
          current.settings().switchTo(State.DISABLED, Authority.LOCAL);
        });
  }

  @Override
  public void sendBack(Map<Prefix, Integer> marks) {
    builds.changeCurrent(
        current -> {
          current.sendBack(marks);
          PinDirectory.forEach(
              directory.others(current), // perhaps of another layout: all, or none
              other -> {
                if (other.isAttached() && other.flows().hasAny()) {
                  other.sendAllBack(State.DISABLED);
                }
              });
        });
  }

  @Override
  public Adoption adopt(Duration timeout, Path proc) {
    requireAdoption();
    boolean others = builds.ofCurrent(this::sendOthersBack);
    try (PinnedBuild current = directory.current().orElseGet(builds::ours)) {
      Adoption adoption = Adopter.run(current, timeout, proc);
      if (others) {
        removeDrained();
      }
      return adoption;
    }
  }

  /**
   * Flows of builds that let nothing join go back to TCP, so that they can join the one that does:
   * with gears, where busy ones can, too. Returns whether there is another build.
   */
  private boolean sendOthersBack(PinnedBuild current) {
    if (!current.build().equals(build())) {
      throw new DatapathException(
          "connections join build "
              + current.build()
              + ", and this accelctl carries "
              + build()
              + ": adopt with the one that loaded it");
    }
    List<PinnedBuild> others = directory.others(current);
    boolean takesThem =
        current.settings().state() == State.ENABLED
            && !current.settings().read().observes()
            && current.settings().read().gears().areInForce(current.programs().guards());
    PinDirectory.forEach(
        others,
        other -> {
          boolean drains =
              other.isAttached()
                  && other.settings().state() != State.ENABLED
                  && other.flows().hasAny();
          if (drains && takesThem) {
            other.sendAllBack(State.DISABLED);
          }
        });
    return !others.isEmpty();
  }

  @Override
  public boolean runJanitor() {
    if (RunningKernel.hasTimers()) {
      return false;
    }
    boolean again = false;
    for (PinnedBuild attached : directory.attached()) {
      try (attached) {
        again |= PinDirectory.unlessGone(attached.programs()::runJanitor).orElse(false);
      }
    }
    return again;
  }

  @Override
  public void select(Collection<Prefix> prefixes, Selection selection) {
    builds.changeCurrent(current -> current.selection().put(prefixes, selection));
  }

  @Override
  public void deselect(Collection<Prefix> prefixes) {
    builds.changeCurrent(current -> current.selection().remove(prefixes));
  }

  @Override
  public void nodeAddresses(Collection<InetAddress> addresses) {
    builds.changeCurrent(current -> current.nodeAddresses().replace(addresses));
  }

  @Override
  public int forget() {
    return builds.ofCurrent(current -> current.incompatible().forget());
  }

  @Override
  public int forget(Collection<Prefix> addresses) {
    return builds.ofCurrent(
        current -> {
          current.flowLengths().forget(addresses);
          return current.incompatible().forgetParties(addresses);
        });
  }

  @Override
  public int forget(long cgroupId) {
    return builds.ofCurrent(current -> current.incompatible().forgetContainer(cgroupId));
  }

  @Override
  public Switch heartbeat(Duration timeToLive) {
    return builds.ofCurrent(
        current -> {
          current.heartbeat().beat(timeToLive);
          SettingsTable settings = current.settings();
          return new Switch(settings.state(), settings.authority(), Optional.of(current.build()));
        });
  }

  @Override
  public int unload(Duration timeout, boolean force) {
    return new Unload(directory).run(timeout, force);
  }

  @Override
  public void close() {
    // every verb closes what it opened
  }
}
