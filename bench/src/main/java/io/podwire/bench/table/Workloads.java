package io.podwire.bench.table;

import io.podwire.bench.tool.FlowsBulk;
import io.podwire.testbed.Placement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The columns of the table. {@code docs/bench.md} has a table of them. */
public final class Workloads {

  /** How many streams iperf3 has in its columns; on two CPUs it has no column of the last. */
  private static final List<Integer> STREAMS = List.of(1, 2, 4, 32);

  /** Length of a round where nobody says how long. */
  public static final Duration DEFAULT_TIME = Duration.ofMillis(300);

  private Workloads() {}

  /**
   * All of them, in the order of the published tables.
   *
   * @param messageSizes bytes of a message of the ping-pong, 14 to 65,507: a column for each
   * @param time length of a round, where the tool lets one choose
   */
  public static List<Workload> all(List<Integer> messageSizes, Duration time) {
    List<Workload> all = new ArrayList<>();
    messageSizes.forEach(size -> all.add(SockperfWorkloads.latency(size, time)));
    all.add(SockperfWorkloads.throughput(time));
    all.add(
        NetperfWorkload.isInstalled()
            ? NetperfWorkload.requests(time)
            : PingPongWorkloads.requests(1, time));
    // Many netperfs would start one after the other, in more time than a round has.
    all.add(PingPongWorkloads.requests(32, time));
    int column = 0;
    for (int streams : STREAMS) {
      all.add(Iperf3Workload.of(streams, Ports.ofRounds(column++), time));
    }
    for (int streams : STREAMS.subList(0, STREAMS.size() - 1)) {
      all.add(onTwoCpus(Iperf3Workload.of(streams, Ports.ofRounds(column++), time)));
    }
    int flowsPort = Ports.FLOWS;
    for (FlowsBulk.Reader reader : FlowsBulk.Reader.values()) {
      all.add(FlowsWorkload.of(reader, flowsPort++, time));
      all.add(onTwoCpus(FlowsWorkload.of(reader, flowsPort++, time)));
    }
    all.add(RedisWorkload.of("get", time));
    all.add(RedisWorkload.of("set", time));
    all.add(WrkWorkloads.keepAlive(time));
    all.add(WrkWorkloads.connectionPerRequest(time));
    all.add(WrkWorkloads.sendfile(Ports.ofRounds(column), time));
    all.add(WrkWorkloads.haproxy(time));
    all.add(PingPongWorkloads.connections(time));
    return List.copyOf(all);
  }

  private static Workload onTwoCpus(Workload workload) {
    return new PlacedWorkload(workload, Placement.SPLIT, "two CPUs");
  }
}
