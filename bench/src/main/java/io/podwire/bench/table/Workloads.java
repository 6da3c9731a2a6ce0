package io.podwire.bench.table;

import io.podwire.bench.BenchException;
import io.podwire.bench.Child;
import io.podwire.bench.Distribution;
import io.podwire.bench.Placement;
import io.podwire.bench.Scratch;
import io.podwire.bench.Unit;
import io.podwire.bench.model.Column.Work;
import io.podwire.bench.model.Joining;
import io.podwire.bench.model.Link;
import io.podwire.bench.model.Sample;
import io.podwire.bench.table.Workload.Session;
import io.podwire.bench.testbed.Ends;
import io.podwire.bench.testbed.Family;
import io.podwire.bench.tool.Endpoint;
import io.podwire.bench.tool.FlowsBulk;
import io.podwire.bench.tool.Haproxy;
import io.podwire.bench.tool.Iperf3;
import io.podwire.bench.tool.Measurement;
import io.podwire.bench.tool.Netperf;
import io.podwire.bench.tool.Nginx;
import io.podwire.bench.tool.Program;
import io.podwire.bench.tool.RedisBenchmark;
import io.podwire.bench.tool.Sockperf;
import io.podwire.bench.tool.SockperfThroughput;
import io.podwire.bench.tool.StreamRate;
import io.podwire.bench.tool.Wrk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.PrimitiveIterator;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.LongToDoubleFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The columns of the table. {@code docs/bench.md} has a table of them. */
public final class Workloads {

  /** Of a round, where the tool lets one choose. */
  private static final Duration TIME = Duration.ofMillis(300);

  private static final int SOCKPERF_SECONDS = 1; // its shortest run
  private static final int THROUGHPUT_SIZE = 1024;
  private static final int REQUEST_SIZE = 100;
  private static final int VALUE_SIZE = 1000;
  private static final long TRIAL_BYTES = 128L << 20;
  private static final long TRIAL_TRANSACTIONS = 2_000;
  private static final int MESSAGES_PER_TRANSACTION = 2;
  private static final double BYTES_PER_GIGABYTE = 1e9;

  // Each column has a port of its own: what the datapath learnt of short connections to one
  // listener must not decide about another column's.
  private static final int LATENCY_PORT = 11111;
  private static final int THROUGHPUT_PORT = 11112;
  private static final int REQUEST_PORT = 11113;
  private static final int CONNECTION_PORT = 11114;
  private static final int NETPERF_PORT = 12865;
  private static final int REDIS_PORT = 6379;
  private static final int HTTP_PORT = 8080;
  private static final int SHORT_HTTP_PORT = 8081;
  private static final int FLOWS_PORT = 11115;
  // And so has each round, where flows count as short that go back to TCP early, or whose receiving
  // end sends nothing. All of a column's rounds have room, 1,000 pairs and a trial, outside of the
  // ports that the kernel gives to clients.
  private static final int ROUND_PORTS = 13_000;
  private static final int ROUND_PORTS_PER_COLUMN = 2_010;
  private static final int HAPROXY_PORTS = 61_000;

  private Workloads() {}

  /**
   * All of them, in the order of the published tables.
   *
   * @param messageSizes bytes of a message of the ping-pong, 14 to 65,507: a column for each
   */
  public static List<Workload> all(List<Integer> messageSizes) {
    List<Workload> all = new ArrayList<>();
    messageSizes.forEach(size -> all.add(latency(size)));
    all.add(throughput());
    boolean netperf =
        Program.NETPERF.version().isPresent() && Program.NETSERVER.version().isPresent();
    all.add(netperf ? netperf() : requests(1));
    all.add(requests(32)); // many netperfs start one after the other, in more time than a round has
    List<Integer> streams = List.of(1, 2, 4, 32);
    for (int i = 0; i < streams.size(); i++) {
      all.add(bulk(streams.get(i), ROUND_PORTS + i * ROUND_PORTS_PER_COLUMN));
    }
    for (int i = 0; i < streams.size() - 1; i++) {
      int column = streams.size() + i;
      all.add(onTwoCpus(bulk(streams.get(i), ROUND_PORTS + column * ROUND_PORTS_PER_COLUMN)));
    }
    int flowsPort = FLOWS_PORT;
    for (FlowsBulk.Reader reader : FlowsBulk.Reader.values()) {
      all.add(bulk(reader, flowsPort++));
      all.add(onTwoCpus(bulk(reader, flowsPort++)));
    }
    Stream.of("get", "set").forEach(test -> all.add(redis(test)));
    all.add(http());
    all.add(shortHttp());
    all.add(sendfile(ROUND_PORTS + (2 * streams.size() - 1) * ROUND_PORTS_PER_COLUMN));
    all.add(haproxy());
    all.add(connections());
    return List.copyOf(all);
  }

  private static Workload latency(int size) {
    return new ToolWorkload(
        "sockperf-latency-" + size,
        "sockperf latency, " + size + " B",
        "sockperf ping-pong --tcp -m " + size + " -t " + SOCKPERF_SECONDS,
        Unit.MICROS,
        Work.TRANSACTION,
        Joining.EVERY_MESSAGE,
        Workloads::sockperfObstacle,
        (ends, scratch) -> {
          Child server = Sockperf.serve(ends.server(), listen(ends, LATENCY_PORT), scratch);
          return serving(
              server,
              () -> {
                Measurement said =
                    Sockperf.pingPong(
                        ends.client(),
                        connect(ends, LATENCY_PORT),
                        size,
                        SOCKPERF_SECONDS,
                        scratch);
                return new Sample(
                    Distribution.micros(said.oneWay(), 50),
                    said.transactions(),
                    1,
                    said.transactions() * MESSAGES_PER_TRANSACTION,
                    Optional.of(said.oneWay()));
              });
        });
  }

  private static Workload throughput() {
    return new ToolWorkload(
        "sockperf-throughput",
        "sockperf throughput, " + THROUGHPUT_SIZE + " B",
        "sockperf throughput --tcp -m " + THROUGHPUT_SIZE + " -t 1",
        Unit.MESSAGES,
        Work.GIGABYTE,
        Joining.MAY_RETIRE,
        Workloads::sockperfObstacle,
        (ends, scratch) -> {
          Child server = Sockperf.serve(ends.server(), listen(ends, THROUGHPUT_PORT), scratch);
          return serving(
              server,
              () -> {
                SockperfThroughput said =
                    SockperfThroughput.run(
                        ends.client(), connect(ends, THROUGHPUT_PORT), THROUGHPUT_SIZE, scratch);
                double gigabytes = said.messages() * THROUGHPUT_SIZE / BYTES_PER_GIGABYTE;
                return sample(said.perSecond(), gigabytes, 1, said.messages());
              });
        });
  }

  private static Workload netperf() {
    return new ToolWorkload(
        "request-response-1",
        "request/response, 1 connection",
        "netperf -t TCP_RR -l -TRANSACTIONS -- -r 100,100, of about 0.3 s",
        Unit.TRANSACTIONS,
        Work.TRANSACTION,
        Joining.EVERY_MESSAGE,
        installed(Program.NETPERF, Program.NETSERVER),
        (ends, scratch) -> {
          Endpoint connect = connect(ends, NETPERF_PORT);
          Child server = Netperf.serve(ends.server(), listen(ends, NETPERF_PORT), scratch);
          return trialled(
              server,
              count -> Netperf.run(ends.client(), connect, REQUEST_SIZE, count, scratch),
              count -> {
                double rate = Netperf.run(ends.client(), connect, REQUEST_SIZE, count, scratch);
                return transactions(rate, count, 1); // its control connection may be too short
              });
        });
  }

  private static Workload requests(int connections) {
    return new ToolWorkload(
        "request-response-" + connections,
        "request/response, " + connections + (connections == 1 ? " connection" : " connections"),
        "our pingpong rate: " + REQUEST_SIZE + " bytes there and back",
        Unit.TRANSACTIONS,
        Work.TRANSACTION,
        Joining.EVERY_MESSAGE,
        installed(),
        (ends, scratch) -> {
          Path pingpong = scratch.program("pingpong");
          Child server =
              StreamRate.serve(
                  pingpong, ends.server(), listen(ends, REQUEST_PORT), REQUEST_SIZE, scratch);
          return serving(
              server,
              () -> {
                StreamRate said =
                    StreamRate.transactions(
                        pingpong,
                        ends.client(),
                        connect(ends, REQUEST_PORT),
                        REQUEST_SIZE,
                        connections,
                        TIME,
                        scratch);
                return transactions(said.perSecond(), said.count(), connections);
              });
        });
  }

  private static Workload bulk(int streams, int firstPort) {
    return new ToolWorkload(
        "iperf3-" + streams,
        "iperf3, " + streams + (streams == 1 ? " stream" : " streams"),
        "iperf3 -P " + streams + " -n BYTES, of about 0.3 s",
        Unit.GIGABITS,
        Work.GIGABYTE,
        Joining.MAY_RETIRE,
        installed(Program.IPERF3),
        (ends, scratch) -> {
          PrimitiveIterator.OfInt ports = portsFrom(firstPort);
          Iperf3 trial = Iperf3.run(ends, ports.next(), streams, TRIAL_BYTES, scratch);
          long bytes = (long) (trial.gigabitsPerSecond() * 1e9 / 8 * seconds());
          return new Serving(
              () -> {
                Iperf3 said = Iperf3.run(ends, ports.next(), streams, bytes, scratch);
                int withControl = streams + 1;
                return sample(
                    said.gigabitsPerSecond(),
                    said.bytes() / BYTES_PER_GIGABYTE,
                    withControl,
                    withControl);
              },
              () -> {});
        });
  }

  /** With a reader that is known to the last system call. */
  private static Workload bulk(FlowsBulk.Reader reader, int port) {
    return new ToolWorkload(
        "flows-" + reader,
        "bulk, " + reader,
        "our flows send: 64 KiB at a time",
        Unit.GIGABITS,
        Work.GIGABYTE,
        Joining.MAY_RETIRE,
        installed(),
        (ends, scratch) -> {
          Path flows = scratch.program("flows");
          Child server = FlowsBulk.serve(flows, reader, ends.server(), listen(ends, port), scratch);
          return serving(
              server,
              () -> {
                FlowsBulk said =
                    FlowsBulk.run(flows, ends.client(), connect(ends, port), TIME, scratch);
                return sample(said.gigabitsPerSecond(), said.bytes() / BYTES_PER_GIGABYTE, 1, 1);
              });
        });
  }

  private static Workload onTwoCpus(Workload workload) {
    return new PlacedWorkload(workload, Placement.SPLIT, "two CPUs");
  }

  private static Workload redis(String test) {
    return new ToolWorkload(
        "redis-" + test,
        "redis " + test + ", " + VALUE_SIZE + " B",
        "redis-benchmark -t " + test + " -d " + VALUE_SIZE + " -n REQUESTS, of about 0.3 s",
        Unit.REQUESTS,
        Work.TRANSACTION,
        Joining.EVERY_MESSAGE,
        installed(Program.REDIS_SERVER, Program.REDIS_BENCHMARK),
        (ends, scratch) -> {
          Endpoint connect = connect(ends, REDIS_PORT);
          Child server = RedisBenchmark.serve(ends.server(), listen(ends, REDIS_PORT), scratch);
          return trialled(
              server,
              count -> // sets the value that get reads, too
              RedisBenchmark.run(ends.client(), connect, "set", VALUE_SIZE, count, scratch),
              count -> {
                double rate =
                    RedisBenchmark.run(ends.client(), connect, test, VALUE_SIZE, count, scratch);
                return transactions(rate, count, RedisBenchmark.CONNECTIONS);
              });
        });
  }

  private static Workload http() {
    return http(
        "http-keep-alive",
        "HTTP, keep-alive",
        "wrk -t 1 -c " + Wrk.CONNECTIONS + ", ended after 0.3 s; nginx",
        Joining.EVERY_MESSAGE,
        HTTP_PORT,
        said -> transactions(said.requestsPerSecond(), said.requests(), Wrk.CONNECTIONS));
  }

  private static Workload shortHttp() {
    return http(
        "http-connection-per-request",
        "HTTP, connection per request",
        "wrk -t 1 -c " + Wrk.CONNECTIONS + " -H 'Connection: close', ended after 0.3 s; nginx",
        Joining.TOO_SHORT,
        SHORT_HTTP_PORT,
        said -> transactions(said.requestsPerSecond(), said.requests(), said.requests()));
  }

  private static Workload http(
      String name,
      String title,
      String tool,
      Joining joining,
      int port,
      Function<Wrk, Sample> sample) {
    return new ToolWorkload(
        name,
        title,
        tool,
        Unit.REQUESTS,
        Work.TRANSACTION,
        joining,
        installed(Program.NGINX, Program.WRK),
        (ends, scratch) -> {
          Nginx nginx = Nginx.start(ends.server(), listen(ends, port), scratch);
          boolean keepAlive = joining == Joining.EVERY_MESSAGE;
          return new Serving(
              () ->
                  sample.apply(
                      Wrk.run(ends.client(), connect(ends, port), "/", keepAlive, TIME, scratch)),
              nginx::close);
        });
  }

  private static Workload sendfile(int firstPort) {
    return new ToolWorkload(
        "http-sendfile-64k",
        "HTTP, sendfile, 64 KiB",
        "wrk -t 1 -c " + Wrk.CONNECTIONS + ", ended after 0.3 s; nginx, sendfile and tcp_nopush on",
        Unit.REQUESTS,
        Work.TRANSACTION,
        Joining.MAY_RETIRE,
        installed(Program.NGINX, Program.WRK),
        (ends, scratch) -> {
          PrimitiveIterator.OfInt ports = portsFrom(firstPort);
          return new Serving(
              () -> {
                int port = ports.next();
                try (Nginx nginx = Nginx.start(ends.server(), listen(ends, port), scratch)) {
                  return files(ends, port, scratch);
                }
              },
              () -> {});
        });
  }

  private static Workload haproxy() {
    return new ToolWorkload(
        "haproxy-64k",
        "HAProxy, 64 KiB",
        "wrk -t 1 -c "
            + Wrk.CONNECTIONS
            + ", ended after 0.3 s; HAProxy before nginx, both in the server's pod",
        Unit.REQUESTS,
        Work.TRANSACTION,
        Joining.MAY_RETIRE,
        installed(Program.HAPROXY, Program.NGINX, Program.WRK),
        (ends, scratch) -> {
          PrimitiveIterator.OfInt ports = portsFrom(HAPROXY_PORTS);
          return new Serving(
              () -> {
                int port = ports.next();
                Endpoint origin = listen(ends, ports.next());
                try (Haproxy haproxy =
                    Haproxy.start(ends.server(), listen(ends, port), origin, scratch)) {
                  return files(ends, port, scratch);
                }
              },
              () -> {});
        });
  }

  private static Sample files(Ends ends, int port, Scratch scratch) {
    Wrk said = Wrk.run(ends.client(), connect(ends, port), Nginx.FILE_PATH, true, TIME, scratch);
    return transactions(said.requestsPerSecond(), said.requests(), Wrk.CONNECTIONS);
  }

  private static Workload connections() {
    return new ToolWorkload(
        "connections",
        "connections, nothing sent",
        "our pingpong connect",
        Unit.CONNECTIONS,
        Work.TRANSACTION,
        Joining.TOO_SHORT,
        installed(),
        (ends, scratch) -> {
          Path pingpong = scratch.program("pingpong");
          Child server =
              StreamRate.accept(pingpong, ends.server(), listen(ends, CONNECTION_PORT), scratch);
          return serving(
              server,
              () -> {
                StreamRate said =
                    StreamRate.connections(
                        pingpong, ends.client(), connect(ends, CONNECTION_PORT), TIME, scratch);
                return sample(said.perSecond(), said.count(), said.count(), 0);
              });
        });
  }

  private static Endpoint listen(Ends ends, int port) {
    return new Endpoint(ends.listen(), port);
  }

  private static Endpoint connect(Ends ends, int port) {
    return new Endpoint(ends.connect(), port);
  }

  private static PrimitiveIterator.OfInt portsFrom(int first) {
    return IntStream.iterate(first, port -> port + 1).iterator();
  }

  private static double seconds() {
    return TIME.toMillis() / 1e3;
  }

  private static Session serving(Child server, Supplier<Sample> rounds) {
    return new Serving(rounds, server::close);
  }

  /**
   * Of a tool that takes a number of transactions, and not a time.
   *
   * @param trial gives the rate of so many, by which the number for a round is chosen
   */
  private static Session trialled(
      Child server, LongToDoubleFunction trial, LongFunction<Sample> round) {
    try {
      long count = (long) (trial.applyAsDouble(TRIAL_TRANSACTIONS) * seconds());
      return serving(server, () -> round.apply(count));
    } catch (BenchException e) {
      server.close();
      throw e;
    }
  }

  private static Sample transactions(double perSecond, long count, long connections) {
    return sample(perSecond, count, connections, count * MESSAGES_PER_TRANSACTION);
  }

  private static Sample sample(double value, double work, long connections, long messages) {
    return new Sample(value, work, connections, messages, Optional.empty());
  }

  private static Function<Link, Optional<String>> installed(Program... programs) {
    return link ->
        Stream.of(programs)
            .filter(program -> program.version().isEmpty())
            .map(Program::missing)
            .findFirst();
  }

  private static Optional<String> sockperfObstacle(Link link) {
    return link.family() == Family.IPV6
        ? Optional.of("sockperf 3.7 has no IPv6")
        : installed(Program.SOCKPERF).apply(link);
  }
}
