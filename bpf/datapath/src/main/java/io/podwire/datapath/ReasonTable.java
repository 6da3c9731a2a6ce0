package io.podwire.datapath;

import java.util.ArrayList;
import java.util.List;

/** The map {@code reasons}: why connections of a client and a listener are not redirected. */
final class ReasonTable {

  static final String REASONS = "reasons";

  private final PinnedMaps maps;

  ReasonTable(PinnedMaps maps) {
    this.maps = maps;
  }

  /** The last reason of each client and listener that the map has room for. */
  List<Reason> read() {
    List<Reason> reasons = new ArrayList<>();
    maps.open(REASONS).forEach((parties, reason) -> reasons.add(Layout.reason(parties, reason)));
    return reasons;
  }
}
