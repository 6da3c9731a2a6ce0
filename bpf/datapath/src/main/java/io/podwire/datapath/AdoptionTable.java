package io.podwire.datapath;

import io.podwire.bpf.BpfMap;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * The maps of an adoption: {@code adoption}, one entry with what the current walk over the sockets
 * has found and what came of the last attempt, and {@code candidates}, the ends that an attempt has
 * noted.
 */
final class AdoptionTable {

  static final String ADOPTION = "adoption";
  static final String CANDIDATES = "candidates";

  private final PinnedMaps maps;

  AdoptionTable(PinnedMaps maps) {
    this.maps = maps;
  }

  /**
   * Begins another walk, which has found nothing yet.
   *
   * @param cgroup id of the cgroup whose sockets may join
   */
  void beginWalk(long cgroup) {
    write(Layout.nextWalk(entry(), cgroup));
  }

  /** Ends that this walk has something to do with, so far. */
  int ends() {
    return entry().getInt(Layout.ADOPTION_ENDS);
  }

  /** What this walk found, every finding present. */
  Map<Finding, Integer> findings() {
    return Layout.findings(entry());
  }

  /** What came of the last attempt, every finding present. */
  Map<Finding, Integer> outcome() {
    return Layout.outcome(entry());
  }

  void writeOutcome(Map<Finding, Integer> outcome) {
    write(Layout.noted(entry(), outcome));
  }

  /** Forgets the ends that an attempt noted. */
  void clearCandidates() {
    BpfMap candidates = maps.open(CANDIDATES);
    candidates.keys().forEach(candidates::delete);
  }

  private ByteBuffer entry() {
    return maps.open(ADOPTION).single();
  }

  private void write(ByteBuffer entry) {
    maps.open(ADOPTION).setSingle(entry);
  }
}
