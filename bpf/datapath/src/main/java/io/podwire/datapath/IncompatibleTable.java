package io.podwire.datapath;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Who was seen to need what a joined socket cannot keep: pairs of a client and a listener (the
 * parties of a connection), and containers. Their connections do not join for an hour.
 */
final class IncompatibleTable {

  static final String PARTIES = "incompatible_parties";
  static final String CONTAINERS = "incompatible_containers";

  private final PinnedMaps maps;

  IncompatibleTable(PinnedMaps maps) {
    this.maps = maps;
  }

  /** Cgroup ids of the containers, with what each needed. */
  Map<Long, Counter> containers() {
    Map<Long, Counter> containers = new LinkedHashMap<>();
    read(CONTAINERS).forEach((key, why) -> containers.put(key.getLong(0), why));
    return containers;
  }

  /** The pairs of a client and a listener, with what each needed last. */
  List<Reason> parties() {
    long now = System.nanoTime(); // as bpf_ktime_get_ns()
    List<Reason> parties = new ArrayList<>();
    maps.open(PARTIES)
        .forEach(
            (key, entry) ->
                Layout.incompatibility(entry, now)
                    .ifPresent(why -> parties.add(Layout.incompatibility(key, entry, why))));
    return parties;
  }

  /** How many pairs of a client and a listener there are, by what they needed. */
  Map<Counter, Integer> partiesByReason() {
    Map<Counter, Integer> parties = new EnumMap<>(Counter.class);
    read(PARTIES).values().forEach(why -> parties.merge(why, 1, Integer::sum));
    return parties;
  }

  /** Forgets everybody; returns how many entries there were. */
  int forget() {
    return forget(PARTIES, any -> true) + forget(CONTAINERS, any -> true);
  }

  /** Forgets the pairs whose client or listener has an address; returns how many there were. */
  int forgetParties(Collection<Prefix> addresses) {
    return forget(PARTIES, Layout.isPartyWith(addresses));
  }

  /** Forgets the container with a cgroup id; returns how many there were, 0 or 1. */
  int forgetContainer(long cgroupId) {
    return forget(CONTAINERS, key -> key.getLong(0) == cgroupId);
  }

  private int forget(String name, Predicate<ByteBuffer> which) {
    return (int) read(name).keySet().stream().filter(which).filter(maps.open(name)::delete).count();
  }

  /** The entries of a map that hold still, by their keys. */
  private Map<ByteBuffer, Counter> read(String name) {
    long now = System.nanoTime(); // as bpf_ktime_get_ns()
    Map<ByteBuffer, Counter> entries = new LinkedHashMap<>();
    maps.open(name)
        .forEach(
            (key, entry) ->
                Layout.incompatibility(entry, now).ifPresent(why -> entries.put(key, why)));
    return entries;
  }
}
