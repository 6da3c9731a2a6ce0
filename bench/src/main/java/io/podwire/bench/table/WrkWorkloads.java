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
import java.time.Duration;
import java.util.PrimitiveIterator;
import java.util.function.Function;

/** wrk against an nginx: HTTP. */
final class WrkWorkloads {

  private static final String COMMAND = "wrk -t 1 -c " + Wrk.CONNECTIONS;

  private WrkWorkloads() {}

  /** Requests on connections that stay open. */
  static Workload keepAlive(Duration time) {
    return requests(
        "http-keep-alive",
        "HTTP, keep-alive",
        COMMAND + ended(time) + "nginx",
        ExpectedJoining.EVERY_MESSAGE,
        Ports.HTTP,
        time,
        said -> Samples.transactions(said.requestsPerSecond(), said.requests(), Wrk.CONNECTIONS));
  }

  /** Requests with a connection each. */
  static Workload connectionPerRequest(Duration time) {
    return requests(
        "http-connection-per-request",
        "HTTP, connection per request",
        COMMAND + " -H 'Connection: close'" + ended(time) + "nginx",
        ExpectedJoining.TOO_SHORT,
        Ports.SHORT_HTTP,
        time,
        said -> Samples.transactions(said.requestsPerSecond(), said.requests(), said.requests()));
  }

  private static Workload requests(
      String name,
      String title,
      String tool,
      ExpectedJoining joining,
      int port,
      Duration time,
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
              () -> sample.apply(Wrk.run(ends.client(), connect, "/", keepAlive, time, scratch)),
              nginx::close);
        });
  }

  /**
   * Files of 64 KiB.
   *
   * @param firstPort the first of one for each round
   */
  static Workload sendfile(int firstPort, Duration time) {
    return new ToolWorkload(
        "http-sendfile-64k",
        "HTTP, sendfile, 64 KiB",
        COMMAND + ended(time) + "nginx, sendfile and tcp_nopush on",
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
                  return files(ends, port, time, scratch);
                }
              },
              () -> {});
        });
  }

  /** Files of 64 KiB through an HAProxy. */
  static Workload haproxy(Duration time) {
    return new ToolWorkload(
        "haproxy-64k",
        "HAProxy, 64 KiB",
        COMMAND + ended(time) + "HAProxy before nginx, both in the server's pod",
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
                  return files(ends, port, time, scratch);
                }
              },
              () -> {});
        });
  }

  private static String ended(Duration time) {
    return ", ended after " + Samples.seconds(time) + " s; ";
  }

  private static Sample files(Ends ends, int port, Duration time, Scratch scratch) {
    Wrk said =
        Wrk.run(ends.client(), Endpoint.connect(ends, port), Nginx.FILE_PATH, true, time, scratch);
    return Samples.transactions(said.requestsPerSecond(), said.requests(), Wrk.CONNECTIONS);
  }
}
