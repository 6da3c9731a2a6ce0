package io.podwire.datapath;

import io.podwire.bpf.BpfMap;
import java.nio.ByteBuffer;

/**
 * The flows that are on their way out of the sockhash: the map {@code leaving} by their handshakes,
 * and beside it the queue in which the janitor looks at them.
 */
final class LeavingTable {

  static final String LEAVING = "leaving";
  static final String QUEUE = "leaving_queue";

  /** A queue of the programs: ends that may be taken out of the sockhash. */
  static final String REAPABLE = "reapable";

  private final PinnedMaps maps;

  LeavingTable(PinnedMaps maps) {
    this.maps = maps;
  }

  /** Flows that are on their way out. */
  int count() {
    return maps.open(LEAVING).count();
  }

  /** Has all flows leave from now on; those that are leaving already go on as they are. */
  void startLeavingAll(FlowTable flows) {
    BpfMap leaving = maps.open(LEAVING);
    BpfMap queue = maps.open(QUEUE);
    ByteBuffer since =
        leaving.value().putLong(Layout.DEPARTURE_SINCE, System.nanoTime()); // as bpf_ktime_get_ns()
    for (ByteBuffer handshake : flows.handshakes()) {
      if (leaving.insert(handshake, since)) {
        queue.push(handshake);
      }
    }
  }
}
