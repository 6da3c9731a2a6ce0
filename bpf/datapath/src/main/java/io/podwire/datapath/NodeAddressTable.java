package io.podwire.datapath;

import io.podwire.bpf.BpfMap;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** The map {@code nodes}: the addresses of the node itself. */
final class NodeAddressTable {

  static final String NODES = "nodes";

  private final PinnedMaps maps;

  NodeAddressTable(PinnedMaps maps) {
    this.maps = maps;
  }

  /** Adds what is missing, and then removes what is not among these. */
  void replace(Collection<InetAddress> addresses) {
    BpfMap map = maps.open(NODES);
    Set<ByteBuffer> wanted = new HashSet<>();
    for (InetAddress address : addresses) {
      wanted.add(map.key().put(Prefix.of(address).bytes()).rewind());
    }
    ByteBuffer present = map.value().putInt(0, 1);
    wanted.forEach(key -> map.update(key, present));
    for (ByteBuffer key : map.keys()) {
      if (!wanted.contains(key)) {
        map.delete(key);
      }
    }
  }
}
