package io.podwire.bench.table;

import io.podwire.bench.Unit;
import io.podwire.bench.model.Column.Work;
import io.podwire.bench.model.ExpectedJoining;
import io.podwire.bench.tool.Endpoint;
import io.podwire.bench.tool.Program;
import io.podwire.bench.tool.RedisBenchmark;
import io.podwire.testbed.Child;
import java.time.Duration;

/** redis-benchmark against a redis-server. */
final class RedisWorkload {

  private static final int VALUE_SIZE = 1000;

  private RedisWorkload() {}

  /**
   * @param test {@code get} or {@code set}
   */
  static Workload of(String test, Duration time) {
    return new ToolWorkload(
        "redis-" + test,
        "redis " + test + ", " + VALUE_SIZE + " B",
        "redis-benchmark -t "
            + test
            + " -d "
            + VALUE_SIZE
            + " -n REQUESTS, of about "
            + Samples.seconds(time)
            + " s",
        Unit.REQUESTS,
        Work.TRANSACTION,
        ExpectedJoining.EVERY_MESSAGE,
        link -> Program.firstMissing(Program.REDIS_SERVER, Program.REDIS_BENCHMARK),
        (ends, scratch) -> {
          Endpoint connect = Endpoint.connect(ends, Ports.REDIS);
          Child server =
              RedisBenchmark.serve(ends.server(), Endpoint.listen(ends, Ports.REDIS), scratch);
          return Serving.counted(
              server,
              time,
              // The trial sets the value that get reads, too.
              count ->
                  RedisBenchmark.run(ends.client(), connect, "set", VALUE_SIZE, count, scratch),
              count -> {
                double rate =
                    RedisBenchmark.run(ends.client(), connect, test, VALUE_SIZE, count, scratch);
                return Samples.transactions(rate, count, RedisBenchmark.CONNECTIONS);
              });
        });
  }
}
