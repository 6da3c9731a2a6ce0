package io.podwire.bench.table;

import io.podwire.bench.Distribution;
import io.podwire.bench.Unit;
import io.podwire.bench.model.Column.Work;
import io.podwire.bench.model.ExpectedJoining;
import io.podwire.bench.model.Link;
import io.podwire.bench.model.Sample;
import io.podwire.bench.tool.Endpoint;
import io.podwire.bench.tool.Measurement;
import io.podwire.bench.tool.Program;
import io.podwire.bench.tool.Sockperf;
import io.podwire.bench.tool.SockperfThroughput;
import io.podwire.testbed.Child;
import io.podwire.testbed.Family;
import java.time.Duration;
import java.util.Optional;

/** sockperf, which has no IPv6. */
final class SockperfWorkloads {

  private static final int THROUGHPUT_SIZE = 1024;

  private SockperfWorkloads() {}

  /**
   * Messages there and back.
   *
   * @param size bytes of a message
   */
  static Workload latency(int size, Duration time) {
    return new ToolWorkload(
        "sockperf-latency-" + size,
        "sockperf latency, " + size + " B",
        "sockperf ping-pong --tcp -m " + size + " -t " + seconds(time),
        Unit.MICROS,
        Work.TRANSACTION,
        ExpectedJoining.EVERY_MESSAGE,
        SockperfWorkloads::obstacle,
        (ends, scratch) -> {
          Endpoint listen = Endpoint.listen(ends, Ports.SOCKPERF_LATENCY);
          Endpoint connect = Endpoint.connect(ends, Ports.SOCKPERF_LATENCY);
          Child server = Sockperf.serve(ends.server(), listen, scratch);
          return Serving.by(
              server,
              () ->
                  sample(Sockperf.pingPong(ends.client(), connect, size, seconds(time), scratch)));
        });
  }

  /** Messages one way, as many as it can send. */
  static Workload throughput(Duration time) {
    return new ToolWorkload(
        "sockperf-throughput",
        "sockperf throughput, " + THROUGHPUT_SIZE + " B",
        "sockperf throughput --tcp -m " + THROUGHPUT_SIZE + " -t " + seconds(time),
        Unit.MESSAGES,
        Work.GIGABYTE,
        ExpectedJoining.MAY_RETIRE,
        SockperfWorkloads::obstacle,
        (ends, scratch) -> {
          Endpoint listen = Endpoint.listen(ends, Ports.SOCKPERF_THROUGHPUT);
          Endpoint connect = Endpoint.connect(ends, Ports.SOCKPERF_THROUGHPUT);
          Child server = Sockperf.serve(ends.server(), listen, scratch);
          return Serving.by(
              server,
              () -> {
                SockperfThroughput said =
                    SockperfThroughput.run(
                        ends.client(), connect, THROUGHPUT_SIZE, seconds(time), scratch);
                double bytes = (double) said.messages() * THROUGHPUT_SIZE;
                return Samples.bulk(said.perSecond(), bytes, 1, said.messages());
              });
        });
  }

  /** sockperf has no shorter run than one second. */
  private static int seconds(Duration time) {
    return Math.max(1, (int) time.toSeconds());
  }

  private static Sample sample(Measurement said) {
    return new Sample(
        Distribution.micros(said.oneWay(), 50),
        said.transactions(),
        1,
        said.transactions() * Samples.MESSAGES_PER_TRANSACTION,
        Optional.of(said.oneWay()));
  }

  private static Optional<String> obstacle(Link link) {
    return link.family() == Family.IPV6
        ? Optional.of("sockperf 3.7 has no IPv6")
        : Program.firstMissing(Program.SOCKPERF);
  }
}
