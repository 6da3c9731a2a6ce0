package io.podwire.datapath;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
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

  private static final int MAX_SELECTION = 65_536;

  private final Map<Prefix, Selection> selection = new HashMap<>();
  private final Map<Counter, Long> counters = new EnumMap<>(Counter.class);
  private final Set<InetAddress> nodeAddresses = new HashSet<>();
  private final List<String> warnings = new ArrayList<>();
  private final Map<Integer, Integer> draining = new HashMap<>();
  private final Map<Prefix, Integer> marks = new HashMap<>();
  private final List<Set<Prefix>> retired = new ArrayList<>();
  private State state = State.ABSENT;
  private Authority authority = Authority.NOBODY;
  private Settings settings = Settings.DEFAULT;
  private Duration timeToLive = Duration.ZERO;
  private List<Flow> listed = List.of();
  private int flows;
  private boolean closed;

  /** An absent datapath. */
  public InMemoryDatapath() {
    forget();
  }

  @Override
  public Status status() {
    if (state == State.ABSENT) {
      return Status.absent();
    }
    return new Status(
        state,
        authority,
        Optional.of(Generation.CURRENT),
        count(Selection.SELECTED),
        count(Selection.EXCLUDED),
        flows,
        Map.copyOf(counters),
        settings,
        Set.of(),
        Map.of(),
        LeavingTimes.NONE,
        Map.copyOf(draining),
        List.copyOf(warnings));
  }

  @Override
  public Map<String, Occupancy> maps() {
    return state == State.ABSENT
        ? Map.of()
        : Map.of("selection", new Occupancy(selection.size(), MAX_SELECTION));
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
  public void enable(Authority by) {
    state = State.ENABLED;
    authority = by;
  }

  @Override
  public void load() {
    if (state == State.ABSENT) {
      state = State.DISABLED;
    }
  }

  @Override
  public boolean tend() {
    return false;
  }

  @Override
  public void disable(Authority by) {
    requireLoaded();
    state = State.DISABLED;
    authority = by;
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
  public void retire(Map<Prefix, Integer> marks) {
    requireLoaded();
    this.marks.putAll(marks);
    retired.add(Set.copyOf(marks.keySet()));
  }

  @Override
  public Map<Prefix, Integer> marks() {
    return Map.copyOf(marks);
  }

  /** What each call of {@link #retire} named. */
  public List<Set<Prefix>> retired() {
    return List.copyOf(retired);
  }

  @Override
  public void nodeAddresses(Collection<InetAddress> addresses) {
    requireLoaded();
    nodeAddresses.clear();
    nodeAddresses.addAll(addresses);
  }

  @Override
  public void heartbeat(Duration timeToLive) {
    requireLoaded();
    this.timeToLive = timeToLive;
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
    forget();
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

  /** Sets the flows that are listed. */
  public void list(Flow... shown) {
    listed = List.of(shown);
  }

  /** Adds to a counter, as the kernel would. */
  public void count(Counter counter, long events) {
    counters.merge(counter, events, Long::sum);
  }

  /** Lets {@link #status()} report an older generation that still has flows. */
  public void drain(int generation, int flows) {
    draining.put(generation, flows);
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

  private void requireLoaded() {
    if (state == State.ABSENT) {
      throw new DatapathException("nothing is loaded: enable it first");
    }
  }

  private int count(Selection meaning) {
    return (int) selection.values().stream().filter(meaning::equals).count();
  }

  private void forget() {
    selection.clear();
    marks.clear();
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
  }
}
