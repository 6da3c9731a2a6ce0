package io.podwire.datapath;

import io.podwire.bpf.BpfException;
import io.podwire.bpf.BpfMap;
import io.podwire.bpf.Errno;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The map {@code identity}: which build was loaded, and its turn. */
final class IdentityTable {

  static final String IDENTITY = "identity";

  private final PinnedMaps maps;

  IdentityTable(PinnedMaps maps) {
    this.maps = maps;
  }

  /** The SHA-256 of the loaded object, 64 hex digits; empty where no load noted it. */
  Optional<String> sha256() {
    return entry().map(Layout::sha256);
  }

  /**
   * Of all builds, connections join the one with the highest turn. It is 0 where no load came so
   * far, and in releases before generation 8.
   */
  long turn() {
    return entry().map(entry -> entry.getLong(Layout.IDENTITY_TURN)).orElse(0L);
  }

  void write(Build build, long turn) {
    BpfMap map = maps.open(IDENTITY);
    map.setSingle(Layout.identity(map.value(), build, turn));
  }

  private Optional<ByteBuffer> entry() {
    try {
      BpfMap map = maps.open(IDENTITY);
      return map.lookup(map.key());
    } catch (BpfException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      return Optional.empty(); // by a release that noted none, or on its way out
    }
  }
}
