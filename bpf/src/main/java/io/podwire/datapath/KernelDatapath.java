package io.podwire.datapath;

import io.podwire.bpf.BpfException;
import io.podwire.bpf.DirectoryLock;
import io.podwire.bpf.Errno;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The real datapath, over pinned kernel objects.
 *
 * <p>A pin directory holds one directory per {@link Build}. Sockets keep the programs they joined
 * with, so a load beside another build stops that one from joining and lets it drain; it is removed
 * by a load, or {@link #removeDrained()}, that finds it without flows. Connections join the build
 * that was loaded last. Every verb but those that load works on that one, whichever it is, if it
 * has the layout of this one.
 */
public final class KernelDatapath implements Datapath {

  /** Where the pins are unless said otherwise. */
  public static final Path DEFAULT_PIN_DIR = Path.of("/sys/fs/bpf/podwire");

  /** The layout version of the programs that this build loads. */
  public static final int GENERATION = Generation.CURRENT;

  private static final long POLL_MILLIS = 5;

  /**
   * Far more than a claim takes that saw its set enabled just before it was not: whoever counts the
   * flows of that set after this counts that one.
   */
  private static final long CLAIM_NANOS = 5_000_000;

  /** Between two walks of the sockhash while it drains, at last; the first ones come sooner. */
  private static final long SWEEP_NANOS = 500_000_000;

  /**
   * More than the second after which a socket that is watched sends something; the same again for
   * each {@value #PROBES_A_SECOND} that are watched at once (keepalive.h).
   */
  private static final long WAKING_NANOS = 3_000_000_000L;

  private static final int PROBES_A_SECOND = 4096;

  private final Path pinDir;
  private final Path cgroup;
  private final int number;
  private final String objects;
  private Build build;

  private KernelDatapath(Path pinDir, Path cgroup, int number, String objects) {
    this.pinDir = pinDir;
    this.cgroup = cgroup;
    this.number = number;
    this.objects = objects;
  }

  /**
   * A handle on the datapath that is, or will be, pinned there; touches nothing before a verb is
   * called.
   *
   * @param pinDir directory for the pins, on a bpffs; created when needed
   * @param cgroup cgroup v2 directory whose processes' sockets may join
   */
  public static KernelDatapath at(Path pinDir, Path cgroup) {
    return at(pinDir, cgroup, Generation.CURRENT);
  }

  /** For tests of upgrades: the same layout under another number. */
  static KernelDatapath at(Path pinDir, Path cgroup, int number) {
    return new KernelDatapath(pinDir, cgroup, number, "");
  }

  /**
   * For tests: loads a build that lacks one protection.
   *
   * @param protection as in {@code protection.h}, in lower case with dashes
   */
  static KernelDatapath without(String protection, Path pinDir, Path cgroup) {
    return new KernelDatapath(pinDir, cgroup, Generation.CURRENT, "without-" + protection + "/");
  }

  /**
   * For tests of upgrades: loads a build that differs from the product's only in what it hashes to.
   */
  static KernelDatapath another(Path pinDir, Path cgroup) {
    return new KernelDatapath(pinDir, cgroup, Generation.CURRENT, "another/");
  }

  /** What a load of this loads; hashed once. */
  synchronized Build build() {
    if (build == null) {
      build = Build.of(number, objects);
    }
    return build;
  }

  @Override
  public Status status() {
    return read(this::status).orElseGet(() -> Status.absent(joining().filter(this::isAnother)));
  }

  @Override
  public Map<String, Occupancy> maps() {
    return read(Generation::maps).orElseGet(Map::of);
  }

  private Status status(Generation current) {
    Map<Selection, Integer> selection = current.selectionSizes();
    Map<Counter, Long> counters = current.counters();
    return new Status(
        current.state(),
        current.authority(),
        Optional.of(current.build()),
        joining().filter(this::isAnother),
        selection.getOrDefault(Selection.SELECTED, 0),
        selection.getOrDefault(Selection.EXCLUDED, 0),
        current.flows(),
        counters,
        current.settings(),
        current.guards(),
        current.kernelFacts(),
        current.containers(),
        current.clients(),
        current.leaving(),
        current.leavingTimes(),
        current.adoption(),
        draining(current),
        warnings(current, counters, current.settings()));
  }

  private List<String> warnings(
      Generation current, Map<Counter, Long> counters, Settings settings) {
    List<String> warnings = new ArrayList<>();
    long busy = counters.get(Counter.JOIN_FAILED_BUSY);
    if (busy > 0) {
      warnings.add(
          "sockets that could not join since the load because another sk_msg program holds them: "
              + busy
              + "; others loaded now: "
              + current.otherVerdicts()
              + "; run only one socket accelerator on a node");
    }
    long full = counters.get(Counter.JOIN_FAILED_FULL);
    if (full > 0) {
      warnings.add(
          "sockets that could not join since the load because all "
              + settings.maxFlows()
              + " flows were in use: "
              + full
              + "; unload, then enable with a larger --max-flows");
    }
    for (Generation other : others(current)) {
      try (other) {
        if (unlessGone(() -> other.isAttached() && other.state() == State.ENABLED).orElse(false)) {
          warnings.add(
              "connections join build "
                  + other.build()
                  + " too, which an older release enabled: unload, then enable with one of the two");
        }
      }
    }
    long heartbeat = current.heartbeat();
    if (heartbeat != 0 && heartbeat < System.nanoTime()) {
      warnings.add("nothing joins: the agent's heartbeat has run out; is the agent running?");
    }
    if (!hasTimers() && heartbeat == 0) {
      warnings.add(
          "this kernel has no BPF timers: flows that went back to TCP stay joined until they close,"
              + " unless accelctl agent runs");
    }
    return warnings;
  }

  private Map<Build, Integer> draining(Generation current) {
    Map<Build, Integer> draining = new LinkedHashMap<>();
    for (Generation other : others(current)) {
      try (other) {
        unlessGone(() -> draining.put(other.build(), other.flows()));
      }
    }
    return draining;
  }

  @Override
  public void require() {
    new Requirements(Path.of("/")).check(pinDir, cgroup);
  }

  @Override
  public List<Flow> flows() {
    List<Flow> flows = new ArrayList<>();
    for (Generation set : attached()) {
      try (set) {
        if (set.number() == number) {
          unlessGone(() -> flows.addAll(set.list()));
        }
      }
    }
    return flows;
  }

  @Override
  public void load() {
    locked(ours -> load(ours, initial(ours)));
  }

  @Override
  public Adoption adopt(Duration timeout, Path proc) {
    requireAdoption();
    boolean others = changing(this::sendOthersBack);
    try (Generation current = current()) {
      Adoption adoption = current.adopt(timeout, proc);
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
  private boolean sendOthersBack(Generation current) {
    if (!current.build().equals(build())) {
      throw new DatapathException(
          "connections join build "
              + current.build()
              + ", and this accelctl carries "
              + build()
              + ": adopt with the one that loaded it");
    }
    List<Generation> others = others(current);
    boolean takesThem =
        current.state() == State.ENABLED && current.settings().gears().areInForce(current.guards());
    for (Generation other : others) {
      try (other) {
        boolean drains = other.isAttached() && other.state() != State.ENABLED && other.hasFlows();
        if (drains && takesThem) {
          other.stopInto(State.DISABLED);
          other.sweep();
        }
      }
    }
    return !others.isEmpty();
  }

  @Override
  public AdoptionSigns.Reader signs() {
    return new PinnedSigns(pinDir, number);
  }

  @Override
  public void requireAdoption() {
    Requirements.checkAdoption(KernelRelease.running());
    new Requirements(Path.of("/")).checkNamespaces();
  }

  @Override
  public void removeDrained() {
    requireLoaded();
    locked(ours -> joining().filter(build()::equals).ifPresent(latest -> removeDrained(ours)));
  }

  @Override
  public void enable() {
    locked(
        ours -> {
          load(ours, initial(ours));
          ours.switchTo(State.ENABLED, Authority.LOCAL);
        });
  }

  @Override
  public void enable(Authority by) {
    changeOurs(
        ours -> {
          if (ours.state() == State.DRAINING) {
            throw new DatapathException("cannot enable: an unload drains the datapath");
          }
          ours.switchTo(State.ENABLED, by);
        });
  }

  /** What this loaded, if connections join that. */
  private void changeOurs(Consumer<Generation> change) {
    requireLoaded();
    locked(
        ours -> {
          Optional<Build> latest = joining();
          if (!latest.equals(Optional.of(build()))) {
            throw new DatapathException(
                "build "
                    + build()
                    + " is left as it is: "
                    + latest.map(other -> other + " was loaded since").orElse("it is not loaded"));
          }
          if (ours.turn() == 0) {
            ours.takeTurn(1); // its load was killed before
          }
          change.accept(ours);
        });
  }

  @Override
  public void configure(UnaryOperator<Settings> change) {
    locked(
        ours -> {
          Settings after = change.apply(initial(ours));
          load(ours, after);
          write(ours, after);
        });
  }

  @Override
  public void reconfigure(UnaryOperator<Settings> change) {
    changeOurs(ours -> write(ours, change.apply(ours.settings())));
  }

  private static void write(Generation ours, Settings settings) {
    int loaded = ours.settings().maxFlows();
    if (loaded != settings.maxFlows()) {
      throw new DatapathException(
          "max-flows is " + loaded + " and fixed while the datapath is loaded: unload first");
    }
    ours.write(settings, ours.state(), ours.epoch());
  }

  /** The limits of the set that a load takes over from; the defaults where there is none. */
  private Settings initial(Generation ours) {
    List<Generation> sets = attached();
    try {
      Settings settings =
          latest(sets)
              .filter(Generation::hasFrozenSettings)
              .map(Generation::settings)
              .orElse(Settings.DEFAULT);
      return ours.isAttached() ? settings.withMaxFlows(ours.settings().maxFlows()) : settings;
    } finally {
      sets.forEach(Generation::close);
    }
  }

  private void locked(Consumer<Generation> work) {
    require();
    try (DirectoryLock lock = DirectoryLock.of(pinDir);
        Generation ours = ours()) {
      work.accept(ours);
    }
  }

  /** Killed at any point, it leaves what the next one goes on from: see {@link #takeOver}. */
  private void load(Generation ours, Settings settings) {
    if (ours.isAttached()) {
      ours.requireBuild(build());
      ours.requireAttachedTo(cgroup);
    } else {
      if (ours.flows() == 0) {
        ours.remove(); // what an interrupted load or unload left
      }
      new Requirements(Path.of("/")).checkSockhash();
      ours.load(cgroup, settings);
    }
    List<Generation> others = others(ours);
    try {
      Optional<Generation> before = latest(others.stream().filter(Generation::isAttached).toList());
      if (ours.turn() == 0 || before.filter(set -> set.turn() >= ours.turn()).isPresent()) {
        takeOver(ours, before, settings);
        LockSupport.parkNanos(CLAIM_NANOS);
      }
    } finally {
      others.forEach(Generation::close);
    }
    removeDrained(ours);
  }

  /** Of all others, which join nothing. */
  private void removeDrained(Generation ours) {
    for (Generation other : others(ours)) {
      try (other) {
        if (other.flows() == 0 && other.lentKeepalives() == 0) {
          other.remove();
        } else if (other.isAttached() && other.state() != State.DISABLED) {
          other.switchTo(State.DISABLED, Authority.AGENT); // by a release that knows no turns
        }
      }
    }
  }

  /**
   * Connections join ours from now on, once it is enabled. Before it takes its turn the other set
   * says what holds; after, ours does.
   */
  private static void takeOver(Generation ours, Optional<Generation> before, Settings settings) {
    ours.write(settings.withMaxFlows(ours.settings().maxFlows()), State.DISABLED, ours.epoch());
    if (before.isEmpty()) {
      ours.takeTurn(1);
      return;
    }
    Generation other = before.get();
    if (other.number() == ours.number()) {
      ours.inherit(other);
    }
    boolean joining = other.state() == State.ENABLED;
    ours.switchTo(State.DISABLED, joining ? Authority.NOBODY : other.authority()); // off stays off
    if (other.state() != State.DISABLED) {
      other.switchTo(State.DISABLED, Authority.AGENT);
    }
    ours.takeTurn(other.turn() + 1);
  }

  @Override
  public boolean tend() {
    boolean again = false;
    if (!hasTimers()) {
      for (Generation set : attached()) {
        try (set) {
          again |= unlessGone(set::kickJanitor).orElse(false);
        }
      }
    }
    return again;
  }

  /**
   * Whether the running kernel takes flows that went back to TCP out of the sockhash by itself;
   * else they leave only while somebody {@link #tend tends} to them.
   */
  public static boolean hasTimers() {
    return KernelRelease.running().isAtLeast(KernelRelease.WITH_TIMERS);
  }

  /**
   * Whether a system call that waits for its socket to leave the sockhash waits in vain only where
   * something keeps the socket in. On older kernels a timer does not run during that wait where
   * ksoftirqd has work on the CPU.
   */
  public static boolean hasPromptTimers() {
    return KernelRelease.running().isAtLeast(KernelRelease.WITH_PROMPT_TIMERS);
  }

  /**
   * Whether {@code FIONREAD} of the running kernel may count redirected bytes by itself, as the
   * latest releases of its series do; an older kernel does only with the guard {@link
   * Guard#FIONREAD}.
   */
  public static boolean countsRedirected() {
    return KernelRelease.running().isAtLeast(KernelRelease.WITH_FIONREAD);
  }

  /**
   * Whether on the running kernel a flow that goes back to TCP wakes an edge-triggered reader that
   * stopped at the last redirected byte; on older ones it may wait for ever.
   */
  public static boolean wakesReaders() {
    return KernelRelease.running().isAtLeast(KernelRelease.WITH_WAKING);
  }

  /** Whether connections that are open already can join on the running kernel. */
  public static boolean adopts() {
    return KernelRelease.running().isAtLeast(KernelRelease.WITH_ADOPTION);
  }

  /** Whether the programs for the running kernel know how a direction shifts ({@link Gears}). */
  public static boolean supportsGears() {
    return wakesReaders();
  }

  @Override
  public void disable(Authority by) {
    change(
        current -> {
          for (Generation other : attached()) { // what an interrupted load left joining, too
            try (other) {
              if (other.state() == State.ENABLED) {
                other.switchTo(State.DISABLED);
              }
            }
          }
          current.switchTo(State.DISABLED, by);
        });
  }

  @Override
  public void leaveToAgent() {
    change(current -> current.switchTo(current.state(), Authority.NOBODY));
  }

  @Override
  public void disableNow() {
    change(
        current -> {
          for (Generation generation : attached()) { // another build may still have flows
            try (generation) {
              generation.stopInto(State.DISABLED);
              generation.sweep();
            }
          }
          current.switchTo(State.DISABLED, Authority.LOCAL);
        });
  }

  @Override
  public void retire(Map<Prefix, Integer> marks) {
    change(
        current -> {
          current.retire(marks);
          for (Generation other : others(current)) { // perhaps of another layout: all, or none
            try (other) {
              if (other.isAttached() && other.flows() > 0) {
                other.stopInto(State.DISABLED);
                other.sweep();
              }
            }
          }
        });
  }

  @Override
  public Map<Prefix, Integer> marks() {
    return read(Generation::marks).orElseGet(Map::of);
  }

  @Override
  public void select(Collection<Prefix> prefixes, Selection selection) {
    change(current -> current.select(prefixes, selection));
  }

  @Override
  public void deselect(Collection<Prefix> prefixes) {
    change(current -> current.deselect(prefixes));
  }

  @Override
  public Map<Prefix, Selection> selection() {
    return read(Generation::selection).orElseGet(Map::of);
  }

  @Override
  public int forget() {
    return changing(
        current -> current.forgetClients(any -> true) + current.forgetContainers(any -> true));
  }

  @Override
  public int forget(Prefix address) {
    return changing(current -> current.forgetClients(parties -> Layout.isParty(parties, address)));
  }

  @Override
  public int forget(long cgroupId) {
    return changing(current -> current.forgetContainers(key -> key.getLong(0) == cgroupId));
  }

  @Override
  public void nodeAddresses(Collection<InetAddress> addresses) {
    change(current -> current.nodeAddresses(addresses));
  }

  @Override
  public Switch heartbeat(Duration timeToLive) {
    return changing(
        current -> {
          current.heartbeat(timeToLive.isZero() ? 0 : System.nanoTime() + timeToLive.toNanos());
          return new Switch(current.state(), current.authority(), Optional.of(current.build()));
        });
  }

  /**
   * Reads without the lock; empty where nothing is loaded, also if another process unloads
   * meanwhile.
   */
  private <T> Optional<T> read(Function<Generation, T> reading) {
    try (Generation current = current()) {
      if (!current.isAttached()) {
        return Optional.empty();
      }
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

  private void change(Consumer<Generation> change) {
    changing(
        current -> {
          change.accept(current);
          return null;
        });
  }

  private <T> T changing(Function<Generation, T> change) {
    requireLoaded();
    try (DirectoryLock lock = DirectoryLock.of(pinDir);
        Generation current = current()) {
      requireLoaded();
      return change.apply(current);
    }
  }

  private void requireLoaded() {
    try (Generation current = current()) {
      if (!current.isAttached()) {
        throw new DatapathException("nothing is loaded at " + pinDir + ": enable it first");
      }
    }
  }

  @Override
  public int unload(Duration timeout, boolean force) {
    if (generations().isEmpty()) {
      return 0;
    }
    try (DirectoryLock lock = DirectoryLock.of(pinDir)) {
      switchAll(State.DRAINING);
    }
    int left = drain(System.nanoTime() + timeout.toNanos());
    if (left > 0 && !force) {
      try (DirectoryLock lock = DirectoryLock.of(pinDir)) {
        requireDraining();
        switchAll(State.DISABLED);
      }
      throw new DatapathException(
          "flows that still hold unread bytes after "
              + timeout.toMillis()
              + " ms: "
              + left
              + "; the datapath stays, disabled: wait for their readers, or lose those bytes with"
              + " --force");
    }
    try (DirectoryLock lock = DirectoryLock.of(pinDir)) {
      requireDraining();
      for (Generation generation : generations()) {
        try (generation) {
          generation.detach();
          if (left > 0) {
            generation.cutOff(); // the map would live on with the sockets in it
          }
          generation.remove();
        }
      }
      Files.deleteIfExists(pinDir);
    } catch (IOException e) {
      throw new DatapathException("cannot remove " + pinDir + ": " + e.getMessage(), e);
    }
    return left;
  }

  /**
   * Waits until no flow is left, or the deadline, and then for the readers that are to be woken;
   * returns how many flows are left.
   */
  private int drain(long deadline) {
    long noFlowSince = 0;
    long pause = POLL_MILLIS * 1_000_000;
    long sweepAt = System.nanoTime();
    int mostWatched = 0;
    while (true) {
      requireDraining();
      boolean sweeps = System.nanoTime() - sweepAt >= 0;
      boolean left = false;
      int watched = 0;
      for (Generation generation : generations()) {
        try (generation) {
          if (generation.hasFlows()) {
            left = true;
            if (sweeps) {
              generation.sweep();
            } else {
              generation.kickJanitor();
            }
          }
          watched += generation.lentKeepalives();
        }
      }
      mostWatched = Math.max(mostWatched, watched);
      long now = System.nanoTime();
      if (sweeps) { // each walks the whole sockhash, and only finds anew what joined meanwhile
        pause = Math.min(2 * pause, SWEEP_NANOS);
        sweepAt = now + pause;
      }
      if (left) {
        noFlowSince = 0;
        if (now - deadline > 0) {
          return flowsLeft();
        }
      } else {
        noFlowSince = noFlowSince == 0 ? now : noFlowSince;
        long waking = WAKING_NANOS * (1 + mostWatched / PROBES_A_SECOND);
        if (watched == 0 || now - noFlowSince > waking) {
          return 0;
        }
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DatapathException(
            "interrupted; flows left: "
                + flowsLeft()
                + "; the datapath stays, draining: unload again");
      }
    }
  }

  private int flowsLeft() {
    int left = 0;
    for (Generation generation : generations()) {
      try (generation) {
        left += generation.flows();
      }
    }
    return left;
  }

  /** Switches every attached generation, and lets no flow of before go on. */
  private void switchAll(State state) {
    for (Generation generation : attached()) {
      try (generation) {
        generation.stopInto(state);
      }
    }
  }

  private void requireDraining() {
    for (Generation generation : attached()) {
      try (generation) {
        if (generation.state() != State.DRAINING) {
          throw new DatapathException(
              "the datapath at "
                  + pinDir
                  + " was switched by another process while it drained: it stays");
        }
      }
    }
  }

  /** What a load of this makes and works on. */
  private Generation ours() {
    return new Generation(pinDir, build(), objects);
  }

  /**
   * What the other verbs work on: of the sets whose layout this process knows the one that was
   * loaded last; ours, absent, where there is none.
   */
  private Generation current() {
    List<Generation> sets = attached().stream().filter(set -> set.number() == number).toList();
    Optional<Generation> latest = latest(sets);
    sets.stream().filter(set -> latest.filter(set::isSameAs).isEmpty()).forEach(Generation::close);
    return latest.orElseGet(this::ours);
  }

  /** The build that connections join if they join any; empty where nothing is loaded. */
  private Optional<Build> joining() {
    List<Generation> sets = attached();
    try {
      return latest(sets).map(Generation::build);
    } finally {
      sets.forEach(Generation::close);
    }
  }

  private boolean isAnother(Build loaded) {
    return !loaded.equals(build());
  }

  private static Optional<Generation> latest(List<Generation> attached) {
    return attached.stream().max(Generation.BY_TURN);
  }

  private List<Generation> attached() {
    return generations().stream().filter(Generation::isAttached).toList();
  }

  private List<Generation> others(Generation than) {
    return generations().stream().filter(set -> !set.isSameAs(than)).toList();
  }

  /** Empty where the set was removed meanwhile. */
  private static <T> Optional<T> unlessGone(Supplier<T> reading) {
    try {
      return Optional.ofNullable(reading.get());
    } catch (BpfException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private List<Generation> generations() {
    return Generation.all(pinDir);
  }

  @Override
  public void close() {
    // every verb closes what it opened
  }
}
