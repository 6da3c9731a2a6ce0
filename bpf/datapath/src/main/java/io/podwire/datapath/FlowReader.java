package io.podwire.datapath;

import io.podwire.bpf.BpfProgram;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Lists the flows of one build: a program describes each end that the sockhash has. */
final class FlowReader {

  private final FlowTable flows;
  private final PinnedPrograms programs;

  FlowReader(FlowTable flows, PinnedPrograms programs) {
    this.flows = flows;
    this.programs = programs;
  }

  /**
   * Every flow as it is now.
   *
   * @param build the build whose flows they are
   */
  List<Flow> list(Build build) {
    List<Flow> list = new ArrayList<>();
    describe()
        .forEach(
            (handshake, ends) ->
                list.add(
                    new Flow(
                        handshake,
                        Optional.ofNullable(ends.get(Role.CLIENT)),
                        Optional.ofNullable(ends.get(Role.SERVER)),
                        build)));
    return list;
  }

  /** The ends of each flow, by its handshake. */
  private Map<Long, Map<Role, FlowEnd>> describe() {
    Map<Long, Map<Role, FlowEnd>> described = new LinkedHashMap<>();
    try (BpfProgram program = programs.open(PinnedPrograms.DESCRIBE_END)) {
      for (ByteBuffer end : flows.ends()) {
        program
            .testRun(end, Layout.FLOW_RECORD_BYTES)
            .ifPresent(
                record ->
                    described
                        .computeIfAbsent(
                            Layout.handshake(record), handshake -> new EnumMap<>(Role.class))
                        .put(Layout.role(record), Layout.flowEnd(record)));
      }
    }
    return described;
  }
}
