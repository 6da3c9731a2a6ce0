package io.podwire.datapath;

import io.podwire.bpf.BpfMap;
import java.util.HashMap;
import java.util.Map;

/**
 * The map {@code policies}: for each address whose flows were sent back, the policy epoch since
 * which its flows may stay, and the mark of whoever sent them back.
 */
final class PolicyTable {

  static final String POLICIES = "policies";

  private final PinnedMaps maps;

  PolicyTable(PinnedMaps maps) {
    this.maps = maps;
  }

  /** The marks that were given last, by address. */
  Map<Prefix, Integer> marks() {
    Map<Prefix, Integer> marks = new HashMap<>();
    maps.open(POLICIES)
        .forEach(
            (key, policy) -> marks.put(Layout.address(key), policy.getInt(Layout.POLICY_MARK)));
    return marks;
  }

  /**
   * Notes that the flows of these addresses may stay only if they joined in this epoch or later.
   *
   * @param marks by address
   */
  void put(Map<Prefix, Integer> marks, int epoch) {
    BpfMap map = maps.open(POLICIES);
    marks.forEach(
        (pod, mark) ->
            map.update(
                map.key().put(pod.bytes()).rewind(),
                map.value().putInt(Layout.POLICY_EPOCH, epoch).putInt(Layout.POLICY_MARK, mark)));
  }
}
