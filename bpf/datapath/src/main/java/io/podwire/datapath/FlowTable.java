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
  private final PinnedPrograms programs;

  FlowTable(PinnedMaps maps, PinnedPrograms programs) {
    this.maps = maps;
    this.programs = programs;
  }

  /** Whether the sockhash is there; without it nothing is left to drain. */
  boolean isPinned() {
    return maps.isPinned(FLOWS);
  }

  /** Identifies the sockhash on this kernel until it is gone. */
  int id() {
    return maps.open(FLOWS).id();
  }

  /** Ends that it can hold. */
  int capacity() {
    return maps.open(FLOWS).maxEntries();
  }

  /** Whether any end is in the sockhash; does not walk it. */
  boolean hasAny() {
    return isPinned() && !maps.open(FLOWS).isEmpty();
  }

  /** Sockets that are in the sockhash; walks it for a build alone that cannot count them. */
  int size() {
    return programs.countEnds().orElseGet(() -> ends().size());
  }

  /** Half of these, rounded up; 0 where the sockhash is gone. */
  int count() {
    return isPinned() ? (size() + 1) / ENDS : 0;
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
