package io.podwire.datapath;

import io.podwire.bpf.BpfException;
import io.podwire.bpf.DirectoryLock;
import io.podwire.bpf.Errno;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The real datapath, over pinned kernel objects.
 *
 * <p>A pin directory holds one directory per generation (layout version). Sockets keep the programs
 * they joined with, so a load beside an older generation stops that one from joining and lets it
 * drain; it is removed once it has no flows.
 */
public final class KernelDatapath implements Datapath {

  /** Where the pins are unless said otherwise. */
  public static final Path DEFAULT_PIN_DIR = Path.of("/sys/fs/bpf/podwire");

  /** The layout version of the programs that this build loads. */
  public static final int GENERATION = Generation.CURRENT;

  private static final long POLL_MILLIS = 5;

  /** More than the second after which a socket that is watched sends something. */
  private static final long WAKING_NANOS = 3_000_000_000L;

  private final Path pinDir;
  private final Path cgroup;
  private final int number;
  private final String build;

  private KernelDatapath(Path pinDir, Path cgroup, int number, String build) {
    this.pinDir = pinDir;
    this.cgroup = cgroup;
    this.number = number;
    this.build = build;
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

  @Override
  public Status status() {
    return read(this::status).orElseGet(Status::absent);
  }

  @Override
  public Map<String, Occupancy> maps() {
    return read(Generation::maps).orElseGet(Map::of);
  }

  private Status status(Generation current) {
    Collection<Selection> selection = current.selection().values();
    int selected = (int) selection.stream().filter(Selection.SELECTED::equals).count();
    Map<Counter, Long> counters = current.counters();
    return new Status(
        current.state(),
        current.authority(),
        Optional.of(number),
        selected,
        selection.size() - selected,
        current.flows(),
        counters,
        current.settings(),
        current.guards(),
        current.containers(),
        current.leavingTimes(),
        draining(),
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

  private Map<Integer, Integer> draining() {
    Map<Integer, Integer> draining = new TreeMap<>();
    for (Generation older : others()) {
      try (older) {
        draining.put(older.number(), older.flows());
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
    return read(Generation::list).orElseGet(List::of);
  }

  @Override
  public void load() {
    locked(current -> load(current, inherited()));
  }

  @Override
  public void enable(Authority by) {
    locked(
        current -> {
          load(current, inherited());
          current.switchTo(State.ENABLED, by);
        });
  }

  @Override
  public void configure(UnaryOperator<Settings> change) {
    locked(
        current -> {
          Settings before = current.isAttached() ? current.settings() : inherited();
          Settings after = change.apply(before);
          load(current, after);
          int loaded = current.settings().maxFlows();
          if (loaded != after.maxFlows()) {
            throw new DatapathException(
                "max-flows is " + loaded + " and fixed while the datapath is loaded: unload first");
          }
          current.write(after, current.state(), current.epoch());
        });
  }

  /** The limits of the generation that a load takes over from; the defaults where there is none. */
  private Settings inherited() {
    return others().stream()
        .filter(older -> older.number() < number && older.hasFrozenSettings())
        .filter(Generation::isAttached)
        .max(Comparator.comparing(Generation::number))
        .map(KernelDatapath::settings)
        .orElse(Settings.DEFAULT);
  }

  private static Settings settings(Generation older) {
    try (older) {
      return older.settings();
    }
  }

  private void locked(Consumer<Generation> work) {
    require();
    try (DirectoryLock lock = DirectoryLock.of(pinDir);
        Generation current = current()) {
      work.accept(current);
    }
  }

  private void load(Generation current, Settings settings) {
    if (current.isAttached()) {
      current.requireAttachedTo(cgroup);
    } else {
      if (current.flows() == 0) {
        current.remove(); // what an interrupted load or unload left
      }
      new Requirements(Path.of("/")).checkSockhash();
      current.load(cgroup, settings);
    }
    for (Generation older : others()) {
      try (older) {
        if (older.isAttached()) {
          if (older.state() == State.DISABLED && older.authority() == Authority.LOCAL) {
            current.switchTo(current.state(), Authority.LOCAL); // an operator's switch outlives it
          }
          older.switchTo(State.DISABLED, Authority.AGENT);
        }
        if (older.flows() == 0 && older.watched() == 0) {
          older.remove();
        }
      }
    }
  }

  @Override
  public boolean tend() {
    return !hasTimers() && read(Generation::kickJanitor).orElse(false);
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

  @Override
  public void disable(Authority by) {
    change(current -> current.switchTo(State.DISABLED, by));
  }

  @Override
  public void disableNow() {
    change(
        current -> {
          for (Generation generation : attached()) { // an older one may still have flows
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
          for (Generation older : others()) { // another layout: all its flows, or none
            try (older) {
              if (older.isAttached() && older.flows() > 0) {
                older.stopInto(State.DISABLED);
                older.sweep();
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
  public void nodeAddresses(Collection<InetAddress> addresses) {
    change(current -> current.nodeAddresses(addresses));
  }

  @Override
  public void heartbeat(Duration timeToLive) {
    change(
        current ->
            current.heartbeat(timeToLive.isZero() ? 0 : System.nanoTime() + timeToLive.toNanos()));
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
    requireLoaded();
    try (DirectoryLock lock = DirectoryLock.of(pinDir);
        Generation current = current()) {
      requireLoaded();
      change.accept(current);
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
    while (true) {
      requireDraining();
      int left = 0;
      int watched = 0;
      for (Generation generation : generations()) {
        try (generation) {
          int flows = generation.flows();
          left += flows;
          watched += generation.watched();
          if (flows > 0) {
            generation.sweep();
          }
        }
      }
      long now = System.nanoTime();
      if (left > 0) {
        noFlowSince = 0;
        if (now - deadline > 0) {
          return left;
        }
      } else {
        noFlowSince = noFlowSince == 0 ? now : noFlowSince;
        if (watched == 0 || now - noFlowSince > WAKING_NANOS) {
          return 0;
        }
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DatapathException(
            "interrupted; flows left: " + left + "; the datapath stays, draining: unload again");
      }
    }
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

  private Generation current() {
    return new Generation(pinDir, number, build);
  }

  private List<Generation> attached() {
    return generations().stream().filter(Generation::isAttached).toList();
  }

  private List<Generation> others() {
    return generations().stream().filter(g -> g.number() != number).toList();
  }

  private List<Generation> generations() {
    List<Generation> generations = new ArrayList<>();
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(pinDir)) {
      for (Path directory : directories) {
        String name = directory.getFileName().toString();
        if (name.matches("\\d{1,9}")) {
          generations.add(new Generation(pinDir, Integer.parseInt(name)));
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (IOException e) {
      throw Generation.unreadable(pinDir, e);
    }
    return generations;
  }

  @Override
  public void close() {
    // every verb closes what it opened
  }
}
