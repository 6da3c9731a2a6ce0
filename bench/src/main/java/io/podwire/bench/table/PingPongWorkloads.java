package io.podwire.bench.table;

import io.podwire.bench.Unit;
import io.podwire.bench.model.Column.Work;
import io.podwire.bench.model.ExpectedJoining;
import io.podwire.bench.model.Sample;
import io.podwire.bench.tool.Endpoint;
import io.podwire.bench.tool.OwnProgram;
import io.podwire.bench.tool.StreamRate;
import io.podwire.testbed.Child;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Our own {@code pingpong.c}, which is always there. */
final class PingPongWorkloads {

  /** Bytes of a request, and of a response. */
  static final int REQUEST_SIZE = 100;

  private PingPongWorkloads() {}

  /** Requests and responses on so many connections at a time. */
  static Workload requests(int connections, Duration time) {
    return new ToolWorkload(
        "request-response-" + connections,
        "request/response, " + connections + (connections == 1 ? " connection" : " connections"),
        "our pingpong rate: " + REQUEST_SIZE + " bytes there and back",
        Unit.TRANSACTIONS,
        Work.TRANSACTION,
        ExpectedJoining.EVERY_MESSAGE,
        link -> Optional.empty(),
        (ends, scratch) -> {
          Path pingpong = OwnProgram.PINGPONG.in(scratch);
          Endpoint listen = Endpoint.listen(ends, Ports.REQUESTS);
          Endpoint connect = Endpoint.connect(ends, Ports.REQUESTS);
          Child server = StreamRate.serve(pingpong, ends.server(), listen, REQUEST_SIZE, scratch);
          return Serving.by(
              server,
              () -> {
                StreamRate said =
                    StreamRate.transactions(
                        pingpong, ends.client(), connect, REQUEST_SIZE, connections, time, scratch);
                return Samples.transactions(said.perSecond(), said.count(), connections);
              });
        });
  }

  /** Connections that are opened and closed. */
  static Workload connections(Duration time) {
    return new ToolWorkload(
        "connections",
        "connections, nothing sent",
        "our pingpong connect",
        Unit.CONNECTIONS,
        Work.TRANSACTION,
        ExpectedJoining.TOO_SHORT,
        link -> Optional.empty(),
        (ends, scratch) -> {
          Path pingpong = OwnProgram.PINGPONG.in(scratch);
          Endpoint listen = Endpoint.listen(ends, Ports.CONNECTIONS);
          Endpoint connect = Endpoint.connect(ends, Ports.CONNECTIONS);
          Child server = StreamRate.accept(pingpong, ends.server(), listen, scratch);
          return Serving.by(
              server,
              () -> {
                StreamRate said =
                    StreamRate.connections(pingpong, ends.client(), connect, time, scratch);
                return Sample.of(said.perSecond(), said.count(), said.count(), 0);
              });
        });
  }
}
