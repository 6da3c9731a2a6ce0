package io.podwire.datapath;

import java.util.Collection;

/** The map {@code flow_lengths}: how long the flows of each client and listener are on average. */
final class FlowLengthTable {

  static final String FLOW_LENGTHS = "flow_lengths";

  private final PinnedMaps maps;

  FlowLengthTable(PinnedMaps maps) {
    this.maps = maps;
  }

  /** Forgets those of clients and listeners with these addresses. */
  void forget(Collection<Prefix> addresses) {
    maps.open(FLOW_LENGTHS).keys().stream()
        .filter(Layout.isPartyWith(addresses))
        .forEach(maps.open(FLOW_LENGTHS)::delete);
  }
}
