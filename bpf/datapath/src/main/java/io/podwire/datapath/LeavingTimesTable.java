package io.podwire.datapath;

import io.podwire.bpf.BpfMap;
import java.util.ArrayList;
import java.util.List;

/** The map {@code leaving_times}: how many flows took how long to leave, since the load. */
final class LeavingTimesTable {

  static final String LEAVING_TIMES = "leaving_times";

  private final PinnedMaps maps;

  LeavingTimesTable(PinnedMaps maps) {
    this.maps = maps;
  }

  LeavingTimes read() {
    BpfMap map = maps.open(LEAVING_TIMES);
    List<Long> buckets = new ArrayList<>();
    for (int bucket = 0; bucket < map.maxEntries(); bucket++) {
      buckets.add(map.lookup(map.key().putInt(0, bucket)).orElseThrow().getLong(0));
    }
    return new LeavingTimes(buckets);
  }
}
