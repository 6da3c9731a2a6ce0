package io.podwire.bench.table;

import io.podwire.bench.Unit;
import io.podwire.bench.model.Column.Work;
import io.podwire.bench.model.ExpectedJoining;
import io.podwire.bench.tool.Endpoint;
import io.podwire.bench.tool.FlowsBulk;
import io.podwire.bench.tool.OwnProgram;
import io.podwire.testbed.Child;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Our own {@code flows.c}: bytes one way, to a reader that is known to the last system call. */
final class FlowsWorkload {

  private FlowsWorkload() {}

  static Workload of(FlowsBulk.Reader reader, int port, Duration time) {
    return new ToolWorkload(
        "flows-" + reader,
        "bulk, " + reader,
        "our flows send: 64 KiB at a time",
        Unit.GIGABITS,
        Work.GIGABYTE,
        ExpectedJoining.MAY_RETIRE,
        link -> Optional.empty(),
        (ends, scratch) -> {
          Path flows = OwnProgram.FLOWS.in(scratch);
          Endpoint listen = Endpoint.listen(ends, port);
          Endpoint connect = Endpoint.connect(ends, port);
          Child server = FlowsBulk.serve(flows, reader, ends.server(), listen, scratch);
          return Serving.by(
              server,
              () -> {
                FlowsBulk said = FlowsBulk.run(flows, ends.client(), connect, time, scratch);
                return Samples.bulk(said.gigabitsPerSecond(), said.bytes(), 1, 1);
              });
        });
  }
}
