package io.podwire.bench.table;

import io.podwire.bench.Unit;
import io.podwire.bench.model.Column.Work;
import io.podwire.bench.model.ExpectedJoining;
import io.podwire.bench.tool.Endpoint;
import io.podwire.bench.tool.Netperf;
import io.podwire.bench.tool.Program;
import io.podwire.testbed.Child;
import java.time.Duration;

/** netperf: requests and responses on one connection. */
final class NetperfWorkload {

  private NetperfWorkload() {}

  /** Whether this machine has netperf. */
  static boolean isInstalled() {
    return Program.firstMissing(Program.NETPERF, Program.NETSERVER).isEmpty();
  }

  static Workload requests(Duration time) {
    return new ToolWorkload(
        "request-response-1",
        "request/response, 1 connection",
        "netperf -t TCP_RR -l -TRANSACTIONS -- -r 100,100, of about "
            + Samples.seconds(time)
            + " s",
        Unit.TRANSACTIONS,
        Work.TRANSACTION,
        ExpectedJoining.EVERY_MESSAGE,
        link -> Program.firstMissing(Program.NETPERF, Program.NETSERVER),
        (ends, scratch) -> {
          int size = PingPongWorkloads.REQUEST_SIZE;
          Endpoint connect = Endpoint.connect(ends, Ports.NETPERF);
          Child server =
              Netperf.serve(ends.server(), Endpoint.listen(ends, Ports.NETPERF), scratch);
          return Serving.counted(
              server,
              time,
              count -> Netperf.run(ends.client(), connect, size, count, scratch),
              count -> {
                double rate = Netperf.run(ends.client(), connect, size, count, scratch);
                // Its control connection is not counted: it may be too short to join.
                return Samples.transactions(rate, count, 1);
              });
        });
  }
}
