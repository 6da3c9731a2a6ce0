package io.podwire.datapath;

import io.podwire.bpf.BpfException;
import io.podwire.bpf.BpfLink;
import io.podwire.bpf.BpfMap;
import io.podwire.bpf.BpfObject;
import io.podwire.bpf.BpfProgram;
import io.podwire.bpf.DirectoryLock;
import io.podwire.bpf.Errno;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One pinned set of maps, programs and link, in a directory named after its {@link Build}. Methods
 * that change something expect the caller to hold the lock of the pin directory. Maps are opened on
 * use; {@link #close()} closes them.
 */
final class Generation implements AutoCloseable {

  /** {@code GENERATION} of {@code flow.h}. */
  static final int CURRENT = 11;

  private static final String FLOWS = "flows";
  private static final String LEAVING = "leaving";
  private static final String LENT_KEEPALIVES = "lent_keepalives";
  private static final String LEAVING_QUEUE = "leaving_queue";
  private static final String REAPABLE = "reapable";
  private static final String SELECTION = "selection";
  private static final String NODES = "nodes";
  private static final String POLICIES = "policies";
  private static final String CONNS = "conns";
  private static final String INCOMPATIBLE_PARTIES = "incompatible_parties";
  private static final String INCOMPATIBLE_CONTAINERS = "incompatible_containers";
  private static final String LEAVING_TIMES = "leaving_times";
  private static final String SETTINGS = "settings";
  private static final String IDENTITY = "identity";
  private static final String HEARTBEAT = "heartbeat";
  private static final String COUNTERS = "counters";
  private static final String KERNEL_FACTS = "kernel_facts";
  private static final String CANDIDATES = "candidates";
  private static final String ADOPTION = "adoption";
  private static final List<String> KEYED_MAPS =
      List.of(
          FLOWS,
          "handshakes",
          LEAVING,
          SELECTION,
          NODES,
          "namespaces",
          "flow_lengths",
          INCOMPATIBLE_PARTIES,
          POLICIES,
          INCOMPATIBLE_CONTAINERS);
  private static final List<String> OTHER_MAPS =
      List.of(
          CONNS,
          "former",
          LEAVING_QUEUE,
          REAPABLE,
          "janitor",
          "reaper",
          LEAVING_TIMES,
          LENT_KEEPALIVES,
          SETTINGS,
          IDENTITY,
          HEARTBEAT,
          COUNTERS,
          KERNEL_FACTS,
          CANDIDATES,
          ADOPTION);

  /**
   * What the next build of the same layout goes on with; settings and marks are more than bytes.
   */
  private static final List<String> INHERITED_MAPS =
      List.of(
          SELECTION,
          NODES,
          "namespaces",
          "flow_lengths",
          INCOMPATIBLE_PARTIES,
          INCOMPATIBLE_CONTAINERS,
          HEARTBEAT);

  /** The maps of older sets that are used too, and that had another name before generation 11. */
  private static final Map<String, String> NAMES_BEFORE_11 =
      Map.of(LEAVING_QUEUE, "departures", LENT_KEEPALIVES, "watched");

  private static final String VERDICT = "podwire_verdict";
  private static final String SOCKOPS = "podwire_sockops";
  private static final String JANITOR = "start_janitor";
  private static final String DESCRIBE = "describe_end";
  private static final String WAITERS = "describe_waiters";
  private static final String ADOPT = "adopt";

  private static final List<String> PROGRAMS =
      List.of(VERDICT, SOCKOPS, JANITOR, DESCRIBE, WAITERS);

  /** From this one on, new fields of settings go to its end. */
  private static final int FIRST_WITH_FROZEN_SETTINGS = 4;

  /** Of a directory: the layout version and, since 8, the first digits of the build. */
  private static final Pattern NAME =
      Pattern.compile("(\\d{1,9})(?:-([0-9a-f]{" + Build.DIGITS + "}))?");

  private static final String LINK = "link";
  private static final int HANDSHAKE_BYTES = Layout.HANDSHAKE.bytes();
  private static final int ENDS = 2;

  /** Releases before generation 8 do not have a turn. */
  static final Comparator<Generation> BY_TURN =
      Comparator.comparing(Generation::turn).thenComparing(Generation::number);

  private final Path directory;
  private final Build named;
  private final String objects;
  private final Map<String, BpfMap> open = new LinkedHashMap<>();

  /**
   * @param objects where a load takes its objects from: empty, or the directory of another build,
   *     for tests
   */
  Generation(Path pinDir, Build build, String objects) {
    this.directory = pinDir.resolve(build.toString());
    this.named = build;
    this.objects = objects;
  }

  /** The set that is pinned in a directory; empty where its name says that it holds none. */
  static Optional<Generation> in(Path directory) {
    Matcher name = NAME.matcher(directory.getFileName().toString());
    if (!name.matches()) {
      return Optional.empty();
    }
    String digits = Optional.ofNullable(name.group(2)).orElse("");
    Build named = new Build(Integer.parseInt(name.group(1)), digits);
    return Optional.of(new Generation(directory.getParent(), named, ""));
  }

  /** All sets in a pin directory, attached or not. */
  static List<Generation> all(Path pinDir) {
    List<Generation> generations = new ArrayList<>();
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(pinDir)) {
      for (Path directory : directories) {
        in(directory).ifPresent(generations::add);
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (IOException e) {
      throw unreadable(pinDir, e);
    }
    return generations;
  }

  /** The name of the object for the running kernel. */
  static String object(String objects) {
    return object(objects, "podwire");
  }

  private static String object(String objects, String name) {
    return objects + name + "." + KernelRelease.running().build();
  }

  /**
   * The pin is the last step of a load and the first that an unload undoes: with it everything else
   * is there.
   */
  boolean isAttached() {
    return isPinned(LINK);
  }

  /** Which load attached it: another one after each, empty where it is not attached. */
  Optional<Object> attachment() {
    try {
      Path link = directory.resolve(LINK);
      return Optional.of(Files.readAttributes(link, BasicFileAttributes.class).fileKey());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw unreadable(directory, e);
    }
  }

  private boolean isPinned(String name) {
    return exists(directory.resolve(name));
  }

  private static boolean exists(Path pin) {
    try {
      Files.readAttributes(pin, BasicFileAttributes.class);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw unreadable(pin, e);
    }
  }

  static DatapathException unreadable(Path path, IOException e) {
    return e instanceof AccessDeniedException
        ? new DatapathException("cannot look into " + path + ": run as root (sudo)", e)
        : new DatapathException("cannot look into " + path + ": " + e.getMessage(), e);
  }

  int number() {
    return named.generation();
  }

  boolean isSameAs(Generation other) {
    return directory.equals(other.directory);
  }

  /** Which build it is, as its load noted; where there is no such note, as it is named. */
  Build build() {
    return identity().map(entry -> new Build(number(), Layout.sha256(entry))).orElse(named);
  }

  /** Connections join the set with the highest; 0 where its load came not so far. */
  long turn() {
    return identity().map(entry -> entry.getLong(Layout.IDENTITY_TURN)).orElse(0L);
  }

  void takeTurn(long turn) {
    note(build(), turn);
  }

  private void note(Build build, long turn) {
    BpfMap map = map(IDENTITY);
    map.update(map.key(), Layout.identity(map.value(), build, turn));
  }

  private Optional<ByteBuffer> identity() {
    try {
      BpfMap map = map(IDENTITY);
      return map.lookup(map.key());
    } catch (BpfException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      return Optional.empty(); // by a release that noted none, or on its way out
    }
  }

  /** Refuses where another build lies under this one's name. */
  void requireBuild(Build wanted) {
    Build loaded = build();
    if (!loaded.equals(wanted)) {
      throw new DatapathException(
          "the programs pinned at "
              + directory
              + " are not those of this build (sha256 "
              + loaded.sha256()
              + ", not "
              + wanted.sha256()
              + "): unload them first");
    }
  }

  /** Takes over what the earlier set of the same layout knows, and nothing else. */
  void inherit(Generation earlier) {
    INHERITED_MAPS.forEach(name -> copy(earlier.map(name), map(name)));
    Map<Prefix, Integer> changed = earlier.marks();
    changed.entrySet().removeAll(marks().entrySet());
    if (!changed.isEmpty()) {
      retire(changed);
    }
  }

  private static void copy(BpfMap from, BpfMap to) {
    Set<ByteBuffer> copied = new HashSet<>();
    from.forEach(
        (key, value) -> {
          to.update(key, value);
          copied.add(key);
        });
    for (ByteBuffer key : to.keys()) {
      if (!copied.contains(key)) {
        to.delete(key);
      }
    }
  }

  /**
   * Loads and attaches: into the maps that an interrupted unload left with flows, which keep their
   * size, else into new ones.
   *
   * @param settings the limits to begin with
   * @throws DatapathException where the programs would not protect what they have to
   */
  void load(Path cgroup, Settings settings) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new DatapathException("cannot create " + directory + ": " + e.getMessage(), e);
    }
    int capacity = isPinned(FLOWS) ? map(FLOWS).maxEntries() : ENDS * settings.maxFlows();
    loadPrograms(capacity);
    learn();
    attachVerdict();
    kickJanitor();
    write(settings.withMaxFlows(capacity / ENDS), State.DISABLED, epoch() + 1);
    note(named, 0);
    attach(cgroup);
  }

  /**
   * The guards with the others, so that a kernel that takes all of them is asked once. Where one is
   * refused, those that are attached to no cgroup are tried one by one, and all of them where that
   * does not do. The datapath does without: {@link #guards} has those that are attached.
   */
  private void loadPrograms(int capacity) {
    List<Guard> guards = Guard.of(KernelRelease.running());
    if (tryToLoad(with(guards), capacity)) {
      return;
    }
    Map<Boolean, List<Guard>> ofCgroup =
        guards.stream().collect(Collectors.partitioningBy(guard -> guard.hook().isPresent()));
    if (tryToLoad(with(ofCgroup.get(true)), capacity)) {
      loadEach(ofCgroup.get(false), capacity);
    } else {
      load(PROGRAMS, capacity);
      loadEach(guards, capacity);
    }
  }

  private static List<String> with(List<Guard> guards) {
    return Stream.concat(PROGRAMS.stream(), guards.stream().map(Guard::program)).toList();
  }

  private void loadEach(List<Guard> guards, int capacity) {
    for (Guard guard : guards) {
      if (!tryToLoad(List.of(guard.program()), capacity)) {
        delete(program(guard.program()));
      }
    }
  }

  /** False where the kernel refuses one of them. */
  private boolean tryToLoad(List<String> programs, int capacity) {
    try {
      load(programs, capacity);
      return true;
    } catch (BpfException e) {
      if (e.errno() == 0) {
        throw e; // not of the kernel
      }
      return false;
    }
  }

  private void load(List<String> programs, int capacity) {
    try (BpfObject object = open(object(objects), capacity)) {
      object.loadOnly(programs);
      object.load();
      programs.forEach(name -> object.program(name).pin(program(name)));
    }
  }

  private BpfObject open(String name, int capacity) {
    BpfObject object = BpfObject.open(name);
    try {
      object.resize(FLOWS, capacity);
      object.resize(LEAVING, capacity); // each end in the sockhash may be of another flow
      object.resize(LEAVING_QUEUE, capacity);
      object.resize(REAPABLE, capacity);
      Stream.concat(KEYED_MAPS.stream(), OTHER_MAPS.stream())
          .forEach(map -> object.pinAt(map, pin(map)));
      return object;
    } catch (RuntimeException e) {
      object.close();
      throw e;
    }
  }

  /** What the programs must know of the kernel before a socket joins. */
  private void learn() {
    try (BpfProgram describe = BpfProgram.open(program(WAITERS))) {
      ByteBuffer entry = Waiters.learn(describe);
      BpfMap map = map(KERNEL_FACTS);
      map.update(map.key(), entry);
    } catch (DatapathException e) {
      if (flows() == 0) {
        remove();
      }
      throw e;
    }
  }

  /** What a load found out about the kernel, in the programs that are loaded now. */
  Set<KernelFacts> kernelFacts() {
    if (!isPinned(KERNEL_FACTS)) {
      return Set.of();
    }
    BpfMap map = map(KERNEL_FACTS);
    return Layout.kernelFacts(map.lookup(map.key()).orElseThrow());
  }

  private void attach(Guard guard, Path cgroup) {
    if (!exists(program(guard.program()))) {
      return;
    }
    try (BpfProgram program = BpfProgram.open(program(guard.program()));
        BpfLink link =
            guard.hook().isPresent()
                ? BpfLink.attach(program, guard.hook().get(), cgroup)
                : BpfLink.attach(program)) {
      link.pin(link(guard));
    } catch (BpfException e) {
      if (e.errno() == 0) {
        throw e; // not of the kernel
      }
      delete(link(guard));
      delete(program(guard.program()));
    }
  }

  private Path link(Guard guard) {
    return directory.resolve("link_" + guard.program());
  }

  /** The guards that are attached. */
  Set<Guard> guards() {
    Set<Guard> attached = EnumSet.noneOf(Guard.class);
    for (Guard guard : Guard.values()) {
      if (exists(link(guard))) {
        attached.add(guard);
      }
    }
    return attached;
  }

  private void attachVerdict() {
    try (BpfProgram verdict = BpfProgram.open(program(VERDICT))) {
      verdict.attachVerdict(map(FLOWS));
    } catch (BpfException e) {
      if (e.errno() != Errno.EBUSY) {
        throw e;
      }
      throw new DatapathException(
          "another sk_msg program is attached to the sockhash: " + otherVerdicts(), e);
    }
  }

  private void attach(Path cgroup) {
    for (Guard guard : Guard.values()) {
      attach(guard, cgroup);
    }
    BpfMap facts = map(KERNEL_FACTS);
    ByteBuffer entry = facts.lookup(facts.key()).orElseThrow();
    facts.update(facts.key(), Layout.kernelFacts(entry, guards().contains(Guard.FIONREAD)));
    try (BpfProgram sockops = BpfProgram.open(program(SOCKOPS));
        BpfLink link = BpfLink.attach(sockops, BpfLink.Hook.SOCK_OPS, cgroup)) {
      link.pin(directory.resolve(LINK));
    }
  }

  /**
   * Attaches anew where the cgroup of the link was removed; refuses where the link is on another
   * cgroup.
   */
  void requireAttachedTo(Path cgroup) {
    long attached = cgroupId();
    try {
      long wanted = (Long) Files.getAttribute(cgroup, "unix:ino");
      if (attached == 0) {
        attach(cgroup);
      } else if (attached != wanted) {
        throw new DatapathException(
            "the datapath at "
                + directory.getParent()
                + " is attached to another cgroup (id "
                + attached
                + ", "
                + cgroup
                + " has "
                + wanted
                + "): unload it first, or name another --pin-dir");
      }
    } catch (IOException e) {
      throw new DatapathException("cannot read cgroup " + cgroup + ": " + e.getMessage(), e);
    }
  }

  /** Detaches the sockops program: no socket joins or is told of its half-close after this. */
  void detach() {
    delete(directory.resolve(LINK));
  }

  /**
   * Removes every pin; what is still queued in enrolled sockets is lost. The sockhash goes first:
   * without it nothing is left to drain, so what an interruption leaves is only to be removed.
   */
  void remove() {
    close();
    delete(directory.resolve(FLOWS));
    try (DirectoryStream<Path> pins = Files.newDirectoryStream(directory)) {
      for (Path pin : pins) {
        delete(pin);
      }
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException e) {
      throw new DatapathException(
          "cannot remove the pins in " + directory + ": " + e.getMessage(), e);
    }
    delete(directory);
  }

  /**
   * Every flow goes back to TCP at its next message, and leaves the sockhash as soon as nothing can
   * be lost by it.
   */
  void sweep() {
    BpfMap leaving = map(LEAVING);
    BpfMap queue = map(LEAVING_QUEUE);
    ByteBuffer departure =
        leaving.value().putLong(Layout.DEPARTURE_SINCE, System.nanoTime()); // as bpf_ktime_get_ns()
    for (ByteBuffer handshake : handshakes()) {
      if (leaving.insert(handshake, departure)) {
        queue.push(handshake);
      }
    }
    kickJanitor();
  }

  /** Takes every socket out at once; what is queued in them is lost. */
  void cutOff() {
    ends().forEach(map(FLOWS)::delete);
  }

  /**
   * The janitor looks at once, and without timers only then; returns whether a flow is left, as far
   * as is known.
   */
  boolean kickJanitor() {
    try (BpfProgram start = BpfProgram.open(program(JANITOR))) {
      return start.testRun() == 0;
    }
  }

  /** Whether any end is in the sockhash; does not walk it. */
  boolean hasFlows() {
    return isPinned(FLOWS) && !map(FLOWS).isEmpty();
  }

  /** Connections with at least one end in the sockhash. */
  int flows() {
    return isPinned(FLOWS) ? handshakes().size() : 0;
  }

  /** Sockets that left, or will, and that only the sockops program gives their keepalive back. */
  int lentKeepalives() {
    if (!exists(pin(LENT_KEEPALIVES))) {
      return 0;
    }
    BpfMap map = map(LENT_KEEPALIVES);
    return map.lookup(map.key()).orElseThrow().getInt(0);
  }

  private Set<ByteBuffer> handshakes() {
    Set<ByteBuffer> handshakes = new HashSet<>();
    ends().forEach(end -> handshakes.add(end.slice(0, HANDSHAKE_BYTES)));
    return handshakes;
  }

  /** The keys of the sockhash. */
  private Set<ByteBuffer> ends() {
    return map(FLOWS).keys();
  }

  State state() {
    return State.values()[settingsEntry().getInt(Layout.SETTINGS_STATE)];
  }

  int epoch() {
    return settingsEntry().getInt(Layout.SETTINGS_EPOCH);
  }

  Settings settings() {
    return Layout.settings(settingsEntry());
  }

  void write(Settings settings, State state, int epoch) {
    update(Layout.entry(settingsEntry(), settings, state, epoch));
  }

  /** Whether its settings can be read also by a build of another generation. */
  boolean hasFrozenSettings() {
    return number() >= FIRST_WITH_FROZEN_SETTINGS;
  }

  /** Changes who may join from now on; also in a generation of another layout. */
  void switchTo(State state) {
    update(settingsEntry().putInt(Layout.SETTINGS_STATE, state.ordinal()));
  }

  /** The same, and notes who wanted it, where the layout has a place for that. */
  void switchTo(State state, Authority by) {
    if (hasFrozenSettings()) {
      update(Layout.switched(settingsEntry(), state, by));
    } else {
      switchTo(state);
    }
  }

  /** Who switched it last; nobody in a generation that did not note it yet. */
  Authority authority() {
    return hasFrozenSettings() ? Layout.authority(settingsEntry()) : Authority.NOBODY;
  }

  Map<Prefix, Integer> marks() {
    Map<Prefix, Integer> marks = new HashMap<>();
    map(POLICIES)
        .forEach(
            (key, policy) -> marks.put(Layout.address(key), policy.getInt(Layout.POLICY_MARK)));
    return marks;
  }

  /** The entries first: a verdict that sees the new epoch finds them. */
  void retire(Map<Prefix, Integer> marks) {
    ByteBuffer entry = settingsEntry();
    int epoch = entry.getInt(Layout.SETTINGS_POLICY_EPOCH) + 1;
    BpfMap map = map(POLICIES);
    marks.forEach(
        (pod, mark) ->
            map.update(
                map.key().put(pod.bytes()).rewind(),
                map.value().putInt(Layout.POLICY_EPOCH, epoch).putInt(Layout.POLICY_MARK, mark)));
    update(entry.putInt(Layout.SETTINGS_POLICY_EPOCH, epoch));
  }

  /** The same, and every flow of before goes back to TCP at its next message. */
  void stopInto(State state) {
    ByteBuffer entry = settingsEntry();
    int epoch = entry.getInt(Layout.SETTINGS_EPOCH) + 1;
    update(
        entry.putInt(Layout.SETTINGS_STATE, state.ordinal()).putInt(Layout.SETTINGS_EPOCH, epoch));
  }

  private void update(ByteBuffer entry) {
    BpfMap map = map(SETTINGS);
    map.update(map.key(), entry);
  }

  ByteBuffer settingsEntry() {
    BpfMap map = map(SETTINGS);
    return map.lookup(map.key()).orElseThrow();
  }

  Map<Counter, Long> counters() {
    BpfMap map = map(COUNTERS);
    ByteBuffer perCpu = map.lookup(map.key()).orElseThrow();
    Map<Counter, Long> sums = Status.zeros();
    while (perCpu.hasRemaining()) {
      for (Counter counter : Counter.values()) {
        sums.merge(counter, perCpu.getLong(), Long::sum);
      }
    }
    return sums;
  }

  /** The sum of some of them, for who asks often. */
  long sum(Collection<Counter> counters) {
    BpfMap map = map(COUNTERS);
    ByteBuffer perCpu = map.lookup(map.key()).orElseThrow();
    int bytes = Long.BYTES * Counter.values().length;
    long sum = 0;
    for (int cpu = 0; cpu < perCpu.capacity(); cpu += bytes) {
      for (Counter counter : counters) {
        sum += perCpu.getLong(cpu + Long.BYTES * counter.ordinal());
      }
    }
    return sum;
  }

  /** Cgroup ids of the containers that were seen to need what a joined socket cannot keep. */
  Map<Long, Counter> containers() {
    Map<Long, Counter> containers = new LinkedHashMap<>();
    incompatibilities(INCOMPATIBLE_CONTAINERS)
        .forEach((key, why) -> containers.put(key.getLong(0), why));
    return containers;
  }

  /** How many pairs of a client and a listener were, by what it was. */
  Map<Counter, Integer> clients() {
    Map<Counter, Integer> clients = new EnumMap<>(Counter.class);
    incompatibilities(INCOMPATIBLE_PARTIES)
        .values()
        .forEach(why -> clients.merge(why, 1, Integer::sum));
    return clients;
  }

  /** The reasons in a map of incompatibilities, by its keys; without those forgotten by now. */
  private Map<ByteBuffer, Counter> incompatibilities(String name) {
    long now = System.nanoTime(); // as bpf_ktime_get_ns()
    Map<ByteBuffer, Counter> incompatibilities = new LinkedHashMap<>();
    map(name)
        .forEach(
            (key, found) ->
                Layout.incompatibility(found, now)
                    .ifPresent(why -> incompatibilities.put(key, why)));
    return incompatibilities;
  }

  /** Returns how many there were. */
  int forgetClients(Predicate<ByteBuffer> parties) {
    return forget(INCOMPATIBLE_PARTIES, parties);
  }

  /** Returns how many there were. */
  int forgetContainers(Predicate<ByteBuffer> cgroupId) {
    return forget(INCOMPATIBLE_CONTAINERS, cgroupId);
  }

  private int forget(String name, Predicate<ByteBuffer> which) {
    return (int)
        incompatibilities(name).keySet().stream().filter(which).filter(map(name)::delete).count();
  }

  /**
   * Has connections join that are open already, and those that went back to TCP. At first it also
   * loads the program that does it, which lies in an object of its own: most nodes never need it.
   *
   * @param timeout for those that are busy
   * @param proc as {@code /proc}, of the processes in whose namespaces to look
   */
  Adoption adopt(Duration timeout, Path proc) {
    if (!isPinned("program_" + ADOPT)) {
      try (BpfObject object = open(object(objects, ADOPT), map(FLOWS).maxEntries())) {
        object.load();
        object.program(ADOPT).pin(program(ADOPT));
      }
    }
    try (DirectoryLock lock = DirectoryLock.ofExisting(directory); // one at a time
        BpfProgram program = BpfProgram.open(program(ADOPT))) {
      return new Adopter(program, map(ADOPTION), map(CANDIDATES), cgroupId(), proc).run(timeout);
    }
  }

  /** Of the cgroup that it is attached to; 0 where that was removed. */
  private long cgroupId() {
    try (BpfLink link = BpfLink.open(directory.resolve(LINK))) {
      return link.cgroupId();
    }
  }

  /** What came of the last attempt to do so. */
  Map<Finding, Integer> adoption() {
    BpfMap map = map(ADOPTION);
    return Layout.outcome(map.lookup(map.key()).orElseThrow());
  }

  /** Flows that are on their way out of the sockhash. */
  int leaving() {
    return map(LEAVING).count();
  }

  LeavingTimes leavingTimes() {
    BpfMap map = map(LEAVING_TIMES);
    List<Long> buckets = new ArrayList<>();
    for (int bucket = 0; bucket < map.maxEntries(); bucket++) {
      buckets.add(map.lookup(map.key().putInt(0, bucket)).orElseThrow().getLong(0));
    }
    return new LeavingTimes(buckets);
  }

  /** Every flow as it is now. */
  List<Flow> list() {
    Map<Long, Map<Role, FlowEnd>> ends = new LinkedHashMap<>();
    try (BpfProgram describe = BpfProgram.open(program(DESCRIBE))) {
      for (ByteBuffer end : ends()) {
        describe
            .testRun(end, Layout.FLOW_RECORD_BYTES)
            .ifPresent(
                record ->
                    ends.computeIfAbsent(
                            Layout.handshake(record), handshake -> new EnumMap<>(Role.class))
                        .put(Layout.role(record), Layout.flowEnd(record)));
      }
    }
    Build build = build();
    List<Flow> flows = new ArrayList<>();
    ends.forEach(
        (handshake, both) ->
            flows.add(
                new Flow(
                    handshake,
                    Optional.ofNullable(both.get(Role.CLIENT)),
                    Optional.ofNullable(both.get(Role.SERVER)),
                    build)));
    return flows;
  }

  Map<Prefix, Selection> selection() {
    Map<Prefix, Selection> selection = new LinkedHashMap<>();
    map(SELECTION)
        .forEach((key, value) -> selection.put(Layout.prefix(key), Layout.selection(value)));
    return selection;
  }

  /** Another number for another selection. */
  long selectionHash() {
    return map(SELECTION).hash();
  }

  /** How many prefixes it selects, and how many it excludes. */
  Map<Selection, Integer> selectionSizes() {
    Map<Selection, Integer> sizes = new EnumMap<>(Selection.class);
    map(SELECTION).forEach((key, value) -> sizes.merge(Layout.selection(value), 1, Integer::sum));
    return sizes;
  }

  void select(Collection<Prefix> prefixes, Selection says) {
    BpfMap map = map(SELECTION);
    ByteBuffer value = map.value().putInt(0, says.ordinal());
    for (Prefix prefix : prefixes) {
      try {
        map.update(Layout.key(map.key(), prefix), value);
      } catch (BpfException e) {
        if (e.errno() != Errno.ENOSPC) {
          throw e;
        }
        throw new DatapathException(
            "the selection is full ("
                + map.maxEntries()
                + " prefixes): select CIDRs instead of single addresses",
            e);
      }
    }
  }

  void deselect(Collection<Prefix> prefixes) {
    BpfMap map = map(SELECTION);
    for (Prefix prefix : prefixes) {
      map.delete(Layout.key(map.key(), prefix));
    }
  }

  void nodeAddresses(Collection<InetAddress> addresses) {
    BpfMap map = map(NODES);
    Set<ByteBuffer> wanted = new HashSet<>();
    for (InetAddress address : addresses) {
      wanted.add(map.key().put(Prefix.of(address).bytes()).rewind());
    }
    ByteBuffer present = map.value().putInt(0, 1);
    wanted.forEach(key -> map.update(key, present));
    for (ByteBuffer key : map.keys()) {
      if (!wanted.contains(key)) {
        map.delete(key);
      }
    }
  }

  /**
   * @param until nanoseconds of the monotonic clock; 0 for no watch
   */
  void heartbeat(long until) {
    BpfMap map = map(HEARTBEAT);
    map.update(map.key(), map.value().putLong(0, until));
  }

  /** When new joins end, on the monotonic clock; 0 for no watch. */
  long heartbeat() {
    BpfMap map = map(HEARTBEAT);
    return map.lookup(map.key()).orElseThrow().getLong(0);
  }

  /** The sk_msg programs of others, which may hold the sockets that could not join. */
  List<String> otherVerdicts() {
    try (BpfProgram ours = BpfProgram.open(program(VERDICT))) {
      return BpfProgram.otherVerdicts(ours.id());
    }
  }

  /**
   * How full each map is that has keys of its own. The sockhash and the trie can only be walked,
   * key by key.
   */
  Map<String, Occupancy> maps() {
    Map<String, Occupancy> maps = new LinkedHashMap<>();
    for (String name : KEYED_MAPS) {
      BpfMap map = map(name);
      int entries =
          switch (name) {
            case FLOWS, SELECTION -> map.keys().size();
            default -> map.count();
          };
      maps.put(name, new Occupancy(entries, map.maxEntries()));
    }
    return maps;
  }

  private BpfMap map(String name) {
    return open.computeIfAbsent(name, n -> BpfMap.open(pin(n)));
  }

  private Path pin(String map) {
    return directory.resolve(number() < 11 ? NAMES_BEFORE_11.getOrDefault(map, map) : map);
  }

  private Path program(String function) {
    return directory.resolve("program_" + function);
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new DatapathException("cannot remove " + path + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    open.values().forEach(BpfMap::close);
    open.clear();
  }
}
