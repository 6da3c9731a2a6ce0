package io.podwire.datapath;

import io.podwire.bpf.BpfProgram;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The map {@code observed}: the connections that would have joined, each by its socket's cookie.
 */
final class ObservedTable {

  static final String OBSERVED = "observed";

  private final PinnedMaps maps;
  private final PinnedPrograms programs;

  ObservedTable(PinnedMaps maps, PinnedPrograms programs) {
    this.maps = maps;
    this.programs = programs;
  }

  /** Those that are open, as they are now. */
  List<Observation> read() {
    List<Observation> observed = new ArrayList<>();
    try (BpfProgram describe = programs.open(PinnedPrograms.DESCRIBE_OBSERVED)) {
      for (ByteBuffer cookie : maps.open(OBSERVED).keys()) {
        describe
            .testRun(cookie, Layout.OBSERVED_RECORD_BYTES)
            .map(Layout::observation)
            .ifPresent(observed::add);
      }
    }
    return observed;
  }
}
