package io.podwire.datapath;

import io.podwire.bpf.BpfException;
import io.podwire.bpf.BpfMap;
import io.podwire.bpf.Errno;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The map {@code selection}: a trie of prefixes, and what the selection says of each. */
final class SelectionTable {

  static final String SELECTION = "selection";

  private final PinnedMaps maps;

  SelectionTable(PinnedMaps maps) {
    this.maps = maps;
  }

  Map<Prefix, Selection> read() {
    Map<Prefix, Selection> selection = new LinkedHashMap<>();
    maps.open(SELECTION)
        .forEach((key, value) -> selection.put(Layout.prefix(key), Layout.selection(value)));
    return selection;
  }

  /** Another number for another selection, for who asks often; 0 before Linux 5.13. */
  long hash() {
    return maps.open(SELECTION).hash();
  }

  /** How many prefixes it selects, and how many it excludes; without those that are 0. */
  Map<Selection, Integer> sizes() {
    Map<Selection, Integer> sizes = new EnumMap<>(Selection.class);
    maps.open(SELECTION)
        .forEach((key, value) -> sizes.merge(Layout.selection(value), 1, Integer::sum));
    return sizes;
  }

  /**
   * Adds prefixes, or changes what they say.
   *
   * @throws DatapathException where the map is full
   */
  void put(Collection<Prefix> prefixes, Selection says) {
    BpfMap map = maps.open(SELECTION);
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

  /** Removes prefixes; those that are not there are ignored. */
  void remove(Collection<Prefix> prefixes) {
    BpfMap map = maps.open(SELECTION);
    for (Prefix prefix : prefixes) {
      map.delete(Layout.key(map.key(), prefix));
    }
  }
}
