package io.podwire.datapath;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A datapath without a kernel, for tests of the logic above it. It keeps what it is told and
 * carries no traffic: a test sets the flows and counters that it wants to be seen.
 */
public final class InMemoryDatapath implements Datapath {

  /** What it says that it loads. */
  public static final Build BUILD = new Build(Build.GENERATION, "3f2a91c0".repeat(8));

  private static final int MAX_SELECTION = 65_536;

  private final Map<Prefix, Selection> selection = new HashMap<>();
  private final Map<Counter, Long> counters = new EnumMap<>(Counter.class);
  private final Set<InetAddress> nodeAddresses = new HashSet<>();
  private final List<String> warnings = new ArrayList<>();
  private final Map<Build, Integer> draining = new HashMap<>();
  private final Map<Prefix, Integer> policyMarks = new HashMap<>();
  private final List<Set<Prefix>> sentBack = new ArrayList<>();
  private final Map<Long, Counter> containers = new HashMap<>();
  private final Map<Prefix, Counter> clients = new HashMap<>();
  private State state = State.ABSENT;
  private Authority authority = Authority.NOBODY;
  private Authority switchedOffBefore = Authority.NOBODY;
  private Settings settings = Settings.DEFAULT;
  private Duration timeToLive = Duration.ZERO;
  private Optional<Build> another = Optional.empty();
  private List<SocketOwner> owners = List.of();
  private List<Flow> listed = List.of();
  private List<Observation> observed = List.of();
  private List<Reason> reasons = List.of();
  private List<Reason> incompatible = List.of();
  private int flows;
  private int leaving;
  private LeavingTimes leavingTimes = LeavingTimes.NONE;
  private Set<KernelFacts> kernelFacts = EnumSet.allOf(KernelFacts.class);
  private Adoption adoption = Adoption.NOTHING;
  private boolean mendedIterator = true;
  private int attempts;
  private int loads;
  private boolean closed;

  /** An absent datapath. */
  public InMemoryDatapath() {
    clear();
  }

  @Override
  public Status status() {
    if (state == State.ABSENT) {
      return Status.absent(another, List.copyOf(warnings));
    }
    return new Status(
        state,
        authority,
        Optional.of(BUILD),
        another,
        count(Selection.SELECTED),
        count(Selection.EXCLUDED),
        flows,
        Map.copyOf(counters),
        settings,
        Set.of(),
        kernelFacts,
        Map.copyOf(containers),
        parties(),
        leaving,
        leavingTimes,
        adopted(),
        Map.copyOf(draining),
        owners(),
        List.copyOf(warnings));
  }

  @Override
  public List<SocketOwner> owners() {
    return state == State.ABSENT ? List.of() : List.copyOf(owners);
  }

  /** Has these beside it. */
  public void otherOwners(SocketOwner... others) {
    owners = List.of(others);
  }

  /** Has programs loaded that were told only this of the kernel. */
  public void kernelFacts(Set<KernelFacts> known) {
    kernelFacts = known;
  }

  @Override
  public Map<String, Occupancy> maps() {
    return state == State.ABSENT
        ? Map.of()
        : Map.of("selection", new Occupancy(selection.size(), MAX_SELECTION));
  }

  @Override
  public Map<String, Long> mapMemory() {
    return state == State.ABSENT ? Map.of() : Map.of("selection", 4096L);
  }

  @Override
  public void require() {
    // memory is everywhere
  }

  @Override
  public List<Flow> flows() {
    return List.copyOf(listed);
  }

  @Override
  public List<Flow> flows(Build build) {
    return listed.stream().filter(flow -> flow.build().equals(build)).toList();
  }

  @Override
  public Optional<Redirected> redirected() {
    return state == State.ABSENT
        ? Optional.empty()
        : Optional.of(
            new Redirected(
                BUILD,
                flows,
                counters.get(Counter.REDIRECTED),
                counters.get(Counter.REDIRECTED_BYTES)));
  }

  @Override
  public List<Observation> observed() {
    return observed;
  }

  /** Has it observe these. */
  public void observed(Observation... open) {
    observed = List.of(open);
  }

  @Override
  public List<Reason> reasons() {
    return reasons;
  }

  @Override
  public List<Reason> incompatibleParties() {
    return incompatible;
  }

  /** Has it remember these. */
  public void incompatibleParties(Reason... seen) {
    incompatible = List.of(seen);
  }

  /** Has it note these. */
  public void reasons(Reason... noted) {
    reasons = List.of(noted);
  }

  @Override
  public void prepare(UnaryOperator<Settings> limits) {
    if (state == State.ABSENT) {
      configure(limits);
    }
  }

  @Override
  public void apply(EnablePlan plan) {
    boolean first = state == State.ABSENT;
    if (first) {
      configure(plan.limits());
    } else {
      load();
    }
    Status loaded = status();
    try {
      plan.consent().accept(loaded);
    } catch (RuntimeException e) {
      if (first) {
        clear();
        state = State.ABSENT;
      }
      throw e;
    }
    configure(plan.limits());
    select(plan.excluded(), Selection.EXCLUDED);
    select(plan.selected(), Selection.SELECTED);
    nodeAddresses(plan.nodeAddresses());
    state = plan.joins().test(loaded) ? State.ENABLED : State.DISABLED;
    authority = Authority.LOCAL;
  }

  @Override
  public void enable() {
    load();
    enable(Authority.LOCAL);
  }

  @Override
  public void enable(Authority by) {
    requireJoining();
    state = State.ENABLED;
    authority = by;
  }

  @Override
  public void load() {
    loads++;
    another = Optional.empty();
    removeDrained();
    if (state == State.ABSENT) {
      state = State.DISABLED;
      authority = switchedOffBefore;
    }
  }

  @Override
  public void removeDrained() {
    if (another.isEmpty()) {
      draining.values().removeIf(flows -> flows == 0);
    }
  }

  @Override
  public Adoption adopt(Duration timeout, Path proc) {
    requireAdoption();
    requireLoaded();
    attempts++;
    return adoption;
  }

  /** How often it adopted. */
  public int attempts() {
    return attempts;
  }

  private Map<Finding, Integer> adopted() {
    Map<Finding, Integer> found = Status.nothingFound();
    if (attempts > 0) {
      found.putAll(adoption.found());
    }
    return found;
  }

  @Override
  public AdoptionSigns.Reader signs() {
    return new AdoptionSigns.Reader() {
      @Override
      public AdoptionSigns read() {
        return state == State.ABSENT
            ? AdoptionSigns.ABSENT
            : new AdoptionSigns(
                state == State.ENABLED,
                Optional.of(loads),
                0,
                selection.hashCode(),
                AdoptionSigns.RETURNABLE.stream().mapToLong(counters::get).sum(),
                draining.values().stream().anyMatch(flows -> flows > 0));
      }

      @Override
      public void close() {
        // memory needs none
      }
    };
  }

  @Override
  public void requireAdoption() {
    if (adoption == null) {
      throw new DatapathException("this kernel cannot adopt");
    }
  }

  /** What an adoption is to find; null where the kernel is too old for one. */
  public void adopts(Adoption found) {
    adoption = found;
  }

  @Override
  public void requireMendedIterator() {
    if (!mendedIterator) {
      throw new DatapathException("this kernel may crash");
    }
  }

  /** Is on a kernel whose iterator over TCP sockets does harm. */
  public void hasHarmfulIterator() {
    mendedIterator = false;
  }

  @Override
  public boolean runJanitor() {
    return false;
  }

  @Override
  public void disable(Authority by) {
    requireLoaded();
    state = State.DISABLED;
    authority = by;
  }

  @Override
  public void leaveToAgent() {
    requireLoaded();
    authority = Authority.NOBODY;
  }

  @Override
  public void disableNow() {
    disable();
    flows = 0;
  }

  @Override
  public void configure(UnaryOperator<Settings> change) {
    Settings changed = change.apply(settings);
    if (state != State.ABSENT && changed.maxFlows() != settings.maxFlows()) {
      throw new DatapathException(
          "max-flows is fixed while the datapath is loaded: unload it first");
    }
    settings = changed;
    load();
  }

  @Override
  public void reconfigure(UnaryOperator<Settings> change) {
    requireJoining();
    settings = change.apply(settings);
  }

  @Override
  public void select(Collection<Prefix> prefixes, Selection meaning) {
    requireLoaded();
    prefixes.forEach(prefix -> selection.put(prefix, meaning));
  }

  @Override
  public void deselect(Collection<Prefix> prefixes) {
    requireLoaded();
    selection.keySet().removeAll(prefixes);
  }

  @Override
  public Map<Prefix, Selection> selection() {
    return Map.copyOf(selection);
  }

  @Override
  public void sendBack(Map<Prefix, Integer> marks) {
    requireLoaded();
    policyMarks.putAll(marks);
    sentBack.add(Set.copyOf(marks.keySet()));
  }

  @Override
  public Map<Prefix, Integer> policyMarks() {
    return Map.copyOf(policyMarks);
  }

  /** What each call of {@link #sendBack} named. */
  public List<Set<Prefix>> sentBack() {
    return List.copyOf(sentBack);
  }

  @Override
  public int forget() {
    requireLoaded();
    int forgotten = containers.size() + clients.size();
    containers.clear();
    clients.clear();
    return forgotten;
  }

  @Override
  public int forget(Collection<Prefix> addresses) {
    requireLoaded();
    int before = clients.size();
    clients.keySet().removeAll(addresses);
    return before - clients.size();
  }

  @Override
  public int forget(long cgroupId) {
    requireLoaded();
    return containers.remove(cgroupId) == null ? 0 : 1;
  }

  @Override
  public void nodeAddresses(Collection<InetAddress> addresses) {
    requireLoaded();
    nodeAddresses.clear();
    nodeAddresses.addAll(addresses);
  }

  @Override
  public Switch heartbeat(Duration timeToLive) {
    requireLoaded();
    this.timeToLive = timeToLive;
    return status().switched();
  }

  @Override
  public int unload(Duration timeout, boolean force) {
    if (flows > 0 && !force) {
      state = State.DISABLED;
      throw new DatapathException(
          "flows that still hold unread bytes after " + timeout.toMillis() + " ms: " + flows);
    }
    int cutOff = flows;
    state = State.ABSENT;
    clear();
    return cutOff;
  }

  @Override
  public void close() {
    closed = true;
  }

  /** Lets {@link #status()} report open flows, as if that many connections had joined. */
  public void openFlows(int count) {
    flows = count;
  }

  /** Lets {@link #status()} report flows on their way back to TCP, and how long others took. */
  public void leave(int flows, LeavingTimes times) {
    leaving = flows;
    leavingTimes = times;
  }

  /** Sets the flows that are listed. */
  public void list(Flow... shown) {
    listed = List.of(shown);
  }

  /** Adds to a counter, as the kernel would. */
  public void count(Counter counter, long events) {
    counters.merge(counter, events, Long::sum);
  }

  /** Finds a container incompatible, as the kernel would. */
  public void findIncompatible(long cgroupId, Counter why) {
    containers.put(cgroupId, why);
  }

  /** Finds a client and one of its listeners incompatible. */
  public void findIncompatible(Prefix client, Counter why) {
    clients.put(client, why);
  }

  /** Lets {@link #status()} report another build that still has flows. */
  public void drain(Build build, int flows) {
    draining.put(build, flows);
  }

  /** Lets {@link #status()} report that another process loaded this, as if it had. */
  public void loadAnother(Build build) {
    another = Optional.of(build);
  }

  /**
   * Has a generation there that cannot be read, and that somebody switched off: a load takes that
   * over.
   */
  public void olderGenerationSwitchedOff(Authority by) {
    switchedOffBefore = by;
  }

  /** How often it was loaded, also where that changed nothing. */
  public int loads() {
    return loads;
  }

  /** Lets {@link #status()} warn. */
  public void warn(String warning) {
    warnings.add(warning);
  }

  /** What {@link #nodeAddresses(Collection)} was given last. */
  public Set<InetAddress> nodeAddresses() {
    return Set.copyOf(nodeAddresses);
  }

  /** What {@link #heartbeat(Duration)} was given last. */
  public Duration timeToLive() {
    return timeToLive;
  }

  /**
   * Whether the handle was closed; its state stays readable, as the kernel's would to the next
   * process.
   */
  public boolean isClosed() {
    return closed;
  }

  private void requireJoining() {
    requireLoaded();
    if (another.isPresent()) {
      throw new DatapathException(another.get() + " was loaded since");
    }
  }

  private void requireLoaded() {
    if (state == State.ABSENT) {
      throw new DatapathException("nothing is loaded: enable it first");
    }
  }

  private Map<Counter, Integer> parties() {
    Map<Counter, Integer> byReason = new EnumMap<>(Counter.class);
    clients.values().forEach(why -> byReason.merge(why, 1, Integer::sum));
    return byReason;
  }

  private int count(Selection meaning) {
    return (int) selection.values().stream().filter(meaning::equals).count();
  }

  private void clear() {
    selection.clear();
    policyMarks.clear();
    containers.clear();
    clients.clear();
    authority = Authority.NOBODY;
    nodeAddresses.clear();
    warnings.clear();
    draining.clear();
    for (Counter counter : Counter.values()) {
      counters.put(counter, 0L);
    }
    settings = Settings.DEFAULT;
    timeToLive = Duration.ZERO;
    flows = 0;
    leaving = 0;
    leavingTimes = LeavingTimes.NONE;
  }
}
