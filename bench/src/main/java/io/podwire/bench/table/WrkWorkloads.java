package io.podwire.bench.table;

import io.podwire.bench.Unit;
import io.podwire.bench.model.Column.Work;
import io.podwire.bench.model.ExpectedJoining;
import io.podwire.bench.model.Sample;
import io.podwire.bench.tool.Endpoint;
import io.podwire.bench.tool.Haproxy;
import io.podwire.bench.tool.Nginx;
import io.podwire.bench.tool.Program;
import io.podwire.bench.tool.Wrk;
import io.podwire.testbed.Ends;
import io.podwire.testbed.Scratch;
import java.util.PrimitiveIterator;
import java.util.function.Function;

/** wrk against an nginx: HTTP. */
final class WrkWorkloads {

  private static final String COMMAND = "wrk -t 1 -c " + Wrk.CONNECTIONS;
  private static final String ENDED = ", ended after 0.3 s; ";

  private WrkWorkloads() {}

  /** Requests on connections that stay open. */
  static Workload keepAlive() {
    return requests(
        "http-keep-alive",
        "HTTP, keep-alive",
        COMMAND + ENDED + "nginx",
        ExpectedJoining.EVERY_MESSAGE,
        Ports.HTTP,
        said -> Samples.transactions(said.requestsPerSecond(), said.requests(), Wrk.CONNECTIONS));
  }

  /** Requests with a connection each. */
  static Workload connectionPerRequest() {
    return requests(
        "http-connection-per-request",
        "HTTP, connection per request",
        COMMAND + " -H 'Connection: close'" + ENDED + "nginx",
        ExpectedJoining.TOO_SHORT,
        Ports.SHORT_HTTP,
        said -> Samples.transactions(said.requestsPerSecond(), said.requests(), said.requests()));
  }

  private static Workload requests(
      String name,
      String title,
      String tool,
      ExpectedJoining joining,
      int port,
      Function<Wrk, Sample> sample) {
    return new ToolWorkload(
        name,
        title,
        tool,
        Unit.REQUESTS,
        Work.TRANSACTION,
        joining,
        link -> Program.firstMissing(Program.NGINX, Program.WRK),
        (ends, scratch) -> {
          Nginx nginx = Nginx.start(ends.server(), Endpoint.listen(ends, port), scratch);
          Endpoint connect = Endpoint.connect(ends, port);
          boolean keepAlive = joining == ExpectedJoining.EVERY_MESSAGE;
          return new Serving(
              () ->
                  sample.apply(
                      Wrk.run(ends.client(), connect, "/", keepAlive, Samples.TIME, scratch)),
              nginx::close);
        });
  }

  /**
   * Files of 64 KiB.
   *
   * @param firstPort the first of one for each round
   */
  static Workload sendfile(int firstPort) {
    return new ToolWorkload(
        "http-sendfile-64k",
        "HTTP, sendfile, 64 KiB",
        COMMAND + ENDED + "nginx, sendfile and tcp_nopush on",
        Unit.REQUESTS,
        Work.TRANSACTION,
        ExpectedJoining.MAY_RETIRE,
        link -> Program.firstMissing(Program.NGINX, Program.WRK),
        (ends, scratch) -> {
          PrimitiveIterator.OfInt ports = Ports.from(firstPort);
          return new Serving(
              () -> {
                int port = ports.next();
                Endpoint listen = Endpoint.listen(ends, port);
                try (Nginx nginx = Nginx.start(ends.server(), listen, scratch)) {
                  return files(ends, port, scratch);
                }
              },
              () -> {});
        });
  }

  /** Files of 64 KiB through an HAProxy. */
  static Workload haproxy() {
    return new ToolWorkload(
        "haproxy-64k",
        "HAProxy, 64 KiB",
        COMMAND + ENDED + "HAProxy before nginx, both in the server's pod",
        Unit.REQUESTS,
        Work.TRANSACTION,
        ExpectedJoining.MAY_RETIRE,
        link -> Program.firstMissing(Program.HAPROXY, Program.NGINX, Program.WRK),
        (ends, scratch) -> {
          PrimitiveIterator.OfInt ports = Ports.from(Ports.HAPROXY);
          return new Serving(
              () -> {
                int port = ports.next();
                Endpoint listen = Endpoint.listen(ends, port);
                Endpoint origin = Endpoint.listen(ends, ports.next());
                try (Haproxy haproxy = Haproxy.start(ends.server(), listen, origin, scratch)) {
                  return files(ends, port, scratch);
                }
              },
              () -> {});
        });
  }

  private static Sample files(Ends ends, int port, Scratch scratch) {
    Wrk said =
        Wrk.run(
            ends.client(),
            Endpoint.connect(ends, port),
            Nginx.FILE_PATH,
            true,
            Samples.TIME,
            scratch);
    return Samples.transactions(said.requestsPerSecond(), said.requests(), Wrk.CONNECTIONS);
  }
}
