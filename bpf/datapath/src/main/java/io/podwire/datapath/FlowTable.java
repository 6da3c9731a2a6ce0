package io.podwire.datapath;

import io.podwire.bpf.BpfProgram;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/**
 * The map {@code flows}: the sockhash, with an entry for each end of each flow. A key is a
 * handshake, which both ends of a connection share, and the end's role.
 */
final class FlowTable {

  static final String FLOWS = "flows";

  /** Ends of a flow. */
  static final int ENDS = 2;

  private static final int HANDSHAKE_BYTES = Layout.HANDSHAKE.bytes();

  private final PinnedMaps maps;

  FlowTable(PinnedMaps maps) {
    this.maps = maps;
  }

  /** Whether the sockhash is there; without it nothing is left to drain. */
  boolean isPinned() {
    return maps.isPinned(FLOWS);
  }

  /** Ends that it can hold. */
  int capacity() {
    return maps.open(FLOWS).maxEntries();
  }

  /** Whether any end is in the sockhash; does not walk it. */
  boolean hasAny() {
    return isPinned() && !maps.open(FLOWS).isEmpty();
  }

  /**
   * Half of the ends that are in the sockhash, rounded up; does not walk many ({@link
   * SocketCount}).
   */
  int count() {
    return isPinned() ? (SocketCount.of(maps.open(FLOWS)) + 1) / ENDS : 0;
  }

  /** The keys of the ends. */
  Set<ByteBuffer> ends() {
    return maps.open(FLOWS).keys();
  }

  /** The handshakes of the flows. */
  Set<ByteBuffer> handshakes() {
    Set<ByteBuffer> handshakes = new HashSet<>();
    ends().forEach(end -> handshakes.add(end.slice(0, HANDSHAKE_BYTES)));
    return handshakes;
  }

  /**
   * Makes a program the verdict of the sockets that join from now on.
   *
   * @throws io.podwire.bpf.BpfException with {@code EBUSY} where another program is
   */
  void attachVerdict(BpfProgram verdict) {
    verdict.attachVerdict(maps.open(FLOWS));
  }

  /** Takes every socket out at once; the bytes that are queued in them are lost. */
  void cutOff() {
    ends().forEach(maps.open(FLOWS)::delete);
  }
}
