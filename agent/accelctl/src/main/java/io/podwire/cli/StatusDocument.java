package io.podwire.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.podwire.datapath.Adoption;
import io.podwire.datapath.Build;
import io.podwire.datapath.Counter;
import io.podwire.datapath.LeavingTimes;
import io.podwire.datapath.OwnerProcesses.OwnerProcess;
import io.podwire.datapath.Settings;
import io.podwire.datapath.SocketOwner;
import io.podwire.datapath.Status;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The JSON form of a status. Its schema is documented in {@code docs/accelctl.md}; {@code
 * CHANGELOG.md} names what it loses or renames.
 */
record StatusDocument(
    String state,
    String decidedBy,
    Integer generation,
    String build,
    Programs another,
    int selected,
    int excluded,
    int flows,
    Map<String, Long> counters,
    Double redirectedShare,
    Limits settings,
    boolean gearsInForce,
    List<String> guards,
    List<String> protections,
    List<Container> incompatibleContainers,
    List<Clients> incompatibleClients,
    Leaving leaving,
    List<Draining> draining,
    List<Owner> socketOwners,
    List<String> warnings,
    @JsonInclude(JsonInclude.Include.NON_NULL) AdoptionDocument adoption,
    @JsonInclude(JsonInclude.Include.NON_NULL) Coverage observed,
    @JsonInclude(JsonInclude.Include.NON_NULL) Saving saving) {

  /** A build; {@code build} is null for a release that kept none. */
  record Programs(int generation, String build) {}

  /** The settings in force. */
  record Limits(
      int maxBacklogBytes,
      int maxBacklogMessages,
      int maxFlows,
      int breakEvenMessages,
      int maxBacklogMemory,
      String gears,
      boolean observes) {}

  /** Connections that were observed: those that are open, and what all have sent. */
  record Coverage(int open, long messages, long bytes) {}

  /** CPU time by the calibration that is kept. */
  record Saving(
      double plainNs, double redirectedNs, double cpuSeconds, double observedCpuSeconds) {}

  /** A container whose connections do not join for a while, and why. */
  record Container(long cgroupId, String reason) {}

  /** How many clients of a listener do not join for a while, and why. */
  record Clients(String reason, int count) {}

  /**
   * Flows on their way back to TCP, and how long others took.
   *
   * @param flows the first name of left
   */
  record Leaving(int now, long left, long flows, long p50Us, long p99Us, long maxUs) {}

  /** A build that has flows left. */
  record Draining(int generation, String build, int flows) {}

  /**
   * Another owner of sockets.
   *
   * @param sockets null where its map does not count them
   * @param pid null where its process is not known, as is comm
   */
  record Owner(
      String owner,
      String map,
      int mapId,
      Integer sockets,
      List<Program> programs,
      Long pid,
      String comm,
      String advice) {

    /** What the sockets in its map get. */
    record Program(int id, String name) {}

    static Owner of(SocketOwner owner, Optional<OwnerProcess> process) {
      return new Owner(
          owner.kind().toString(),
          owner.mapName(),
          owner.map(),
          owner.sockets().isPresent() ? owner.sockets().getAsInt() : null,
          owner.programs().stream().map(p -> new Program(p.id(), p.name())).toList(),
          process.map(OwnerProcess::pid).orElse(null),
          process.map(OwnerProcess::comm).orElse(null),
          owner.kind().advice());
    }
  }

  static StatusDocument of(Status status) {
    return of(status, Optional.empty());
  }

  /** The form of a status, with what came of an adoption that was made. */
  static StatusDocument of(Status status, Optional<Adoption> made) {
    return of(status, made, Estimate.NONE, Map.of());
  }

  /**
   * The form of a status, with what is found out beside it.
   *
   * @param processes of other socket owners, by the ids of their maps, as far as they are known
   */
  static StatusDocument of(Status status, Estimate estimate, Map<Integer, OwnerProcess> processes) {
    return of(status, Optional.empty(), estimate, processes);
  }

  private static StatusDocument of(
      Status status,
      Optional<Adoption> made,
      Estimate estimate,
      Map<Integer, OwnerProcess> processes) {
    Settings settings = status.settings();
    LeavingTimes times = status.leavingTimes();
    Map<String, Long> counters = new LinkedHashMap<>();
    for (Counter counter : Counter.values()) {
      counters.put(counter.toString(), status.counters().get(counter));
    }
    return new StatusDocument(
        status.state().toString(),
        status.authority().toString(),
        status.build().map(Build::generation).orElse(null),
        status.build().map(StatusDocument::hash).orElse(null),
        status.another().map(b -> new Programs(b.generation(), hash(b))).orElse(null),
        status.selected(),
        status.excluded(),
        status.flows(),
        counters,
        status.redirectedShare().isPresent() ? status.redirectedShare().getAsDouble() : null,
        new Limits(
            settings.maxBacklogBytes(),
            settings.maxBacklogMessages(),
            settings.maxFlows(),
            settings.breakEvenMessages(),
            settings.maxBacklogMemory(),
            settings.gears().toString(),
            settings.observes()),
        status.gearsInForce(),
        names(status.guards()),
        names(status.protections()),
        status.containers().entrySet().stream()
            .map(entry -> new Container(entry.getKey(), entry.getValue().toString()))
            .toList(),
        status.parties().entrySet().stream()
            .map(entry -> new Clients(entry.getKey().toString(), entry.getValue()))
            .toList(),
        new Leaving(
            status.leaving(),
            times.count(),
            times.count(),
            times.microseconds(0.5),
            times.microseconds(0.99),
            times.microseconds(1)),
        status.draining().entrySet().stream()
            .map(
                entry ->
                    new Draining(
                        entry.getKey().generation(), hash(entry.getKey()), entry.getValue()))
            .toList(),
        status.owners().stream()
            .map(owner -> Owner.of(owner, Optional.ofNullable(processes.get(owner.map()))))
            .toList(),
        status.warnings(),
        made.map(AdoptionDocument::of).orElse(null),
        estimate
            .observed()
            .map(one -> new Coverage(one.connections(), one.messages(), one.bytes()))
            .orElse(null),
        estimate
            .cost()
            .map(
                cost ->
                    new Saving(
                        cost.plainNanos(),
                        cost.redirectedNanos(),
                        cost.savedSeconds(estimate.redirected()),
                        cost.savedSeconds(estimate.observedMessages())))
            .orElse(null));
  }

  /** The hash of a build; null for a release that kept none. */
  static String hash(Build build) {
    return build.sha256().isEmpty() ? null : build.sha256();
  }

  private static List<String> names(Collection<?> values) {
    return values.stream().map(Object::toString).toList();
  }
}
