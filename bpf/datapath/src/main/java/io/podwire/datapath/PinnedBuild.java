package io.podwire.datapath;

import io.podwire.bpf.BpfLink;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * One build that is, or will be, pinned: its maps as tables, its programs, and what takes several
 * of them. Maps are opened on use; {@link #close()} closes them. Whoever calls a method that
 * changes something holds the lock of the pin directory. {@link Loader} loads it.
 */
final class PinnedBuild implements AutoCloseable {

  /** By the order in which they were loaded, as far as is known. */
  static final Comparator<PinnedBuild> BY_TURN =
      (one, other) -> {
        int byTurn = Long.compare(one.turn(), other.turn());
        return byTurn != 0 ? byTurn : Integer.compare(one.generation(), other.generation());
      };

  private final Pins pins;
  private final PinnedMaps maps;
  private final PinnedPrograms programs;
  private final FlowTable flows;
  private final LeavingTable leaving;
  private final SettingsTable settings;
  private final PolicyTable policies;
  private final IdentityTable identity;

  PinnedBuild(Pins pins) {
    this.pins = pins;
    this.maps = new PinnedMaps(pins);
    this.programs = new PinnedPrograms(pins);
    this.flows = new FlowTable(maps, programs);
    this.leaving = new LeavingTable(maps);
    this.settings = new SettingsTable(maps, generation());
    this.policies = new PolicyTable(maps);
    this.identity = new IdentityTable(maps);
  }

  Pins pins() {
    return pins;
  }

  PinnedPrograms programs() {
    return programs;
  }

  FlowTable flows() {
    return flows;
  }

  LeavingTable leaving() {
    return leaving;
  }

  SettingsTable settings() {
    return settings;
  }

  PolicyTable policies() {
    return policies;
  }

  LeavingTimesTable leavingTimes() {
    return new LeavingTimesTable(maps);
  }

  LentKeepaliveTable lentKeepalives() {
    return new LentKeepaliveTable(maps);
  }

  SelectionTable selection() {
    return new SelectionTable(maps);
  }

  NodeAddressTable nodeAddresses() {
    return new NodeAddressTable(maps);
  }

  IncompatibleTable incompatible() {
    return new IncompatibleTable(maps);
  }

  ReasonTable reasons() {
    return new ReasonTable(maps);
  }

  FlowLengthTable flowLengths() {
    return new FlowLengthTable(maps);
  }

  ObservedTable observed() {
    return new ObservedTable(maps, programs);
  }

  HeartbeatTable heartbeat() {
    return new HeartbeatTable(maps);
  }

  CounterTable counters() {
    return new CounterTable(maps);
  }

  KernelFactsTable kernelFacts() {
    return new KernelFactsTable(maps);
  }

  AdoptionTable adoption() {
    return new AdoptionTable(maps);
  }

  /** How full each map is that can be, by its name. */
  Map<String, Occupancy> occupancy() {
    return maps.occupancy(flows.size());
  }

  /** Bytes that each map takes. */
  Map<String, Long> mapMemory() {
    return maps.memory();
  }

  /** Every flow as it is now. */
  List<Flow> listFlows() {
    return new FlowReader(flows, programs).list(build());
  }

  /** What its flows have redirected so far. */
  Redirected redirected() {
    CounterTable counters = counters();
    return new Redirected(
        build(),
        flows.count(),
        counters.sum(List.of(Counter.REDIRECTED)),
        counters.sum(List.of(Counter.REDIRECTED_BYTES)));
  }

  /** The layout version of its maps. */
  int generation() {
    return pins.build().generation();
  }

  /** Which build it is, as its load noted; where there is no such note, as it is named. */
  Build build() {
    return identity.sha256().map(sha256 -> new Build(generation(), sha256)).orElseGet(pins::build);
  }

  /** Of all builds, connections join the one with the highest turn; 0 where it has none. */
  long turn() {
    return identity.turn();
  }

  void takeTurn(long turn) {
    identity.write(build(), turn);
  }

  /** Notes which build this is, before it has a turn. */
  void writeIdentity() {
    identity.write(pins.build(), 0);
  }

  boolean isSameAs(PinnedBuild other) {
    return pins.directory().equals(other.pins.directory());
  }

  /** Refuses where the programs of another build are pinned under the name of this. */
  void requireItsOwnPrograms() {
    Build loaded = build();
    Build wanted = pins.build();
    if (!loaded.equals(wanted)) {
      throw new DatapathException(
          "the programs pinned at "
              + pins.directory()
              + " are not those of this build (sha256 "
              + loaded.sha256()
              + ", not "
              + wanted.sha256()
              + "): unload them first");
    }
  }

  /** Whether it is loaded, with all that belongs to it. */
  boolean isAttached() {
    return Pins.exists(pins.link());
  }

  /** Whether it is loaded and had no turn so far; releases that know no turns note no build. */
  boolean isPrepared() {
    return isAttached() && identity.sha256().isPresent() && turn() == 0;
  }

  /** Id of the cgroup that it is attached to; 0 where that was removed. */
  long cgroupId() {
    try (BpfLink link = BpfLink.open(pins.link())) {
      return link.cgroupId();
    }
  }

  /** Takes over what the earlier build of the same layout knows, and nothing else. */
  void inheritFrom(PinnedBuild earlier) {
    maps.inheritFrom(earlier.maps);
    Map<Prefix, Integer> changed = earlier.policies.marks();
    changed.entrySet().removeAll(policies.marks().entrySet());
    if (!changed.isEmpty()) {
      sendBack(changed);
    }
  }

  /**
   * Sends the flows of some addresses back to TCP, each at its next message.
   *
   * @param marks of the caller, by address
   */
  void sendBack(Map<Prefix, Integer> marks) {
    int epoch = settings.policyEpoch() + 1;
    policies.put(marks, epoch); // first: a verdict that sees the new epoch finds the entries
    settings.beginPolicyEpoch(epoch);
  }

  /**
   * Changes who may join, and sends every flow back to TCP: each at its next message, and out of
   * the sockhash as soon as nothing can be lost by it.
   */
  void sendAllBack(State state) {
    settings.stopInto(state);
    startLeavingAll();
  }

  /** Has every flow leave the sockhash as soon as nothing can be lost by it. */
  void startLeavingAll() {
    leaving.startLeavingAll(flows);
    programs.runJanitor();
  }

  /** Detaches the sockops program: no socket joins or is told of its half-close after this. */
  void detach() {
    Pins.remove(pins.link());
  }

  /**
   * Removes every pin; what is still queued in joined sockets is lost. The sockhash goes first:
   * without it nothing is left to drain, so what an interruption leaves is only to be removed.
   */
  void remove() {
    close();
    Pins.remove(pins.map(FlowTable.FLOWS));
    pins.removeAll();
  }

  @Override
  public void close() {
    maps.close();
  }
}
