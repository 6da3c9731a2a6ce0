package io.podwire.bench.table;

import io.podwire.bench.Unit;
import io.podwire.bench.model.Column.Work;
import io.podwire.bench.model.ExpectedJoining;
import io.podwire.bench.tool.Iperf3;
import io.podwire.bench.tool.Program;
import java.time.Duration;
import java.util.PrimitiveIterator;

/** iperf3: bytes one way, as many as it can send. */
final class Iperf3Workload {

  private static final long TRIAL_BYTES = 128L << 20;
  private static final double BITS_PER_BYTE = 8;

  private Iperf3Workload() {}

  /**
   * @param streams connections at a time
   * @param firstPort the first of one for each round
   */
  static Workload of(int streams, int firstPort, Duration time) {
    return new ToolWorkload(
        "iperf3-" + streams,
        "iperf3, " + streams + (streams == 1 ? " stream" : " streams"),
        "iperf3 -P " + streams + " -n BYTES, of about " + Samples.seconds(time) + " s",
        Unit.GIGABITS,
        Work.GIGABYTE,
        ExpectedJoining.MAY_RETIRE,
        link -> Program.firstMissing(Program.IPERF3),
        (ends, scratch) -> {
          PrimitiveIterator.OfInt ports = Ports.from(firstPort);
          Iperf3 trial = Iperf3.run(ends, ports.next(), streams, TRIAL_BYTES, scratch);
          long bytes =
              (long) (trial.gigabitsPerSecond() * 1e9 / BITS_PER_BYTE * Samples.seconds(time));
          return new Serving(
              () -> {
                Iperf3 said = Iperf3.run(ends, ports.next(), streams, bytes, scratch);
                int withControl = streams + 1;
                return Samples.bulk(
                    said.gigabitsPerSecond(), said.bytes(), withControl, withControl);
              },
              () -> {});
        });
  }
}
