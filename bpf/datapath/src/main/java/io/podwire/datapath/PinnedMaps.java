package io.podwire.datapath;

import io.podwire.bpf.BpfMap;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The maps of one build. Each is opened at its first use; {@link #close()} closes all of them. What
 * lies in a map is known to its table, such as {@link SelectionTable}; the names below are of maps
 * that only the programs read.
 */
final class PinnedMaps implements AutoCloseable {

  private static final String HANDSHAKES = "handshakes";
  private static final String NAMESPACES = "namespaces";
  private static final String CONNS = "conns";
  private static final String FORMER = "former";
  private static final String JANITOR = "janitor";
  private static final String REAPER = "reaper";

  /** Maps with keys of their own, which can be full. */
  private static final List<String> KEYED =
      List.of(
          FlowTable.FLOWS,
          HANDSHAKES,
          LeavingTable.LEAVING,
          SelectionTable.SELECTION,
          NodeAddressTable.NODES,
          NAMESPACES,
          FlowLengthTable.FLOW_LENGTHS,
          IncompatibleTable.PARTIES,
          PolicyTable.POLICIES,
          IncompatibleTable.CONTAINERS,
          ReasonTable.REASONS,
          ObservedTable.OBSERVED);

  private static final List<String> OTHERS =
      List.of(
          CONNS,
          FORMER,
          LeavingTable.QUEUE,
          LeavingTable.REAPABLE,
          JANITOR,
          REAPER,
          LeavingTimesTable.LEAVING_TIMES,
          LentKeepaliveTable.LENT_KEEPALIVES,
          SettingsTable.SETTINGS,
          IdentityTable.IDENTITY,
          HeartbeatTable.HEARTBEAT,
          CounterTable.COUNTERS,
          KernelFactsTable.KERNEL_FACTS,
          AdoptionTable.CANDIDATES,
          AdoptionTable.ADOPTION);

  /**
   * Maps that the next build of the same layout copies byte by byte. Settings and policies are
   * carried over too, but not as they are.
   */
  private static final List<String> INHERITED =
      List.of(
          SelectionTable.SELECTION,
          NodeAddressTable.NODES,
          NAMESPACES,
          FlowLengthTable.FLOW_LENGTHS,
          IncompatibleTable.PARTIES,
          IncompatibleTable.CONTAINERS,
          ReasonTable.REASONS,
          HeartbeatTable.HEARTBEAT);

  private final Pins pins;
  private final Map<String, BpfMap> open = new LinkedHashMap<>();

  PinnedMaps(Pins pins) {
    this.pins = pins;
  }

  /** The names of all maps. */
  static List<String> names() {
    return Stream.concat(KEYED.stream(), OTHERS.stream()).toList();
  }

  /**
   * The sizes of the maps that grow with the number of flows; the others are as large as {@code
   * maps.h} says. Also a node of few flows has many connections that begin, and do not join.
   *
   * @param capacity ends that the sockhash is to hold
   */
  static Map<String, Integer> sizes(int capacity) {
    Map<String, Integer> sizes = new LinkedHashMap<>();
    sizes.put(FlowTable.FLOWS, capacity);
    // Each end in the sockhash may be of another flow, and each of these flows may leave.
    sizes.put(LeavingTable.LEAVING, capacity);
    sizes.put(LeavingTable.QUEUE, capacity);
    sizes.put(LeavingTable.REAPABLE, capacity);
    sizes.put(ObservedTable.OBSERVED, capacity);
    sizes.put(HANDSHAKES, Math.min(Math.max(capacity, 4096), 65_536));
    sizes.put(AdoptionTable.CANDIDATES, Math.min(Math.max(2 * capacity, 16_384), 262_144));
    return sizes;
  }

  boolean isPinned(String name) {
    return Pins.exists(pins.map(name));
  }

  /**
   * The open map, which this closes.
   *
   * @throws io.podwire.bpf.BpfException with {@code ENOENT} where it is not pinned
   */
  BpfMap open(String name) {
    return open.computeIfAbsent(name, n -> BpfMap.open(pins.map(n)));
  }

  /**
   * How full each map with keys of its own is, by its name. The trie can only be walked, key by
   * key.
   *
   * @param ends sockets that are in the sockhash, which could only be walked, too
   */
  Map<String, Occupancy> occupancy(int ends) {
    Map<String, Occupancy> occupancy = new LinkedHashMap<>();
    for (String name : KEYED) {
      BpfMap map = open(name);
      int entries =
          switch (name) {
            case FlowTable.FLOWS -> ends;
            case SelectionTable.SELECTION -> map.keys().size();
            default -> map.count();
          };
      occupancy.put(name, new Occupancy(entries, map.maxEntries()));
    }
    return occupancy;
  }

  /** Bytes of kernel memory that each map takes, by its name; of one that is not pinned none. */
  Map<String, Long> memory() {
    Map<String, Long> memory = new LinkedHashMap<>();
    names().stream().filter(this::isPinned).forEach(name -> memory.put(name, open(name).memory()));
    return memory;
  }

  /** Makes the inherited maps equal to those of an earlier build of the same layout. */
  void inheritFrom(PinnedMaps earlier) {
    INHERITED.forEach(name -> copy(earlier.open(name), open(name)));
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

  @Override
  public void close() {
    open.values().forEach(BpfMap::close);
    open.clear();
  }
}
