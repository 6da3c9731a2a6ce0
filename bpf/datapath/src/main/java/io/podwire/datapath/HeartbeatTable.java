package io.podwire.datapath;

import io.podwire.bpf.BpfMap;
import java.time.Duration;

/** The map {@code heartbeat}: until when connections may join without another heartbeat. */
final class HeartbeatTable {

  static final String HEARTBEAT = "heartbeat";

  private final PinnedMaps maps;

  HeartbeatTable(PinnedMaps maps) {
    this.maps = maps;
  }

  /** When joins end, in nanoseconds of the monotonic clock; 0 where they need no heartbeat. */
  long until() {
    return maps.open(HEARTBEAT).single().getLong(0);
  }

  /**
   * Lets connections join for some time from now.
   *
   * @param timeToLive zero lets them join without a heartbeat
   */
  void beat(Duration timeToLive) {
    BpfMap map = maps.open(HEARTBEAT);
    long until = timeToLive.isZero() ? 0 : System.nanoTime() + timeToLive.toNanos();
    map.setSingle(map.value().putLong(0, until));
  }
}
