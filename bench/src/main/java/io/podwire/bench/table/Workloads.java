package io.podwire.bench.table;

import io.podwire.bench.tool.FlowsBulk;
import io.podwire.testbed.Placement;
import java.util.ArrayList;
import java.util.List;

/** The columns of the table. {@code docs/bench.md} has a table of them. */
public final class Workloads {

  /** How many streams iperf3 has in its columns; on two CPUs it has no column of the last. */
  private static final List<Integer> STREAMS = List.of(1, 2, 4, 32);

  private Workloads() {}

  /**
   * All of them, in the order of the published tables.
   *
   * @param messageSizes bytes of a message of the ping-pong, 14 to 65,507: a column for each
   */
  public static List<Workload> all(List<Integer> messageSizes) {
    List<Workload> all = new ArrayList<>();
    messageSizes.forEach(size -> all.add(SockperfWorkloads.latency(size)));
    all.add(SockperfWorkloads.throughput());
    all.add(
        NetperfWorkload.isInstalled() ? NetperfWorkload.requests() : PingPongWorkloads.requests(1));
    // Many netperfs would start one after the other, in more time than a round has.
    all.add(PingPongWorkloads.requests(32));
    int column = 0;
    for (int streams : STREAMS) {
      all.add(Iperf3Workload.of(streams, Ports.ofRounds(column++)));
    }
    for (int streams : STREAMS.subList(0, STREAMS.size() - 1)) {
      all.add(onTwoCpus(Iperf3Workload.of(streams, Ports.ofRounds(column++))));
    }
    int flowsPort = Ports.FLOWS;
    for (FlowsBulk.Reader reader : FlowsBulk.Reader.values()) {
      all.add(FlowsWorkload.of(reader, flowsPort++));
      all.add(onTwoCpus(FlowsWorkload.of(reader, flowsPort++)));
    }
    all.add(RedisWorkload.of("get"));
    all.add(RedisWorkload.of("set"));
    all.add(WrkWorkloads.keepAlive());
    all.add(WrkWorkloads.connectionPerRequest());
    all.add(WrkWorkloads.sendfile(Ports.ofRounds(column)));
    all.add(WrkWorkloads.haproxy());
    all.add(PingPongWorkloads.connections());
    return List.copyOf(all);
  }

  private static Workload onTwoCpus(Workload workload) {
    return new PlacedWorkload(workload, Placement.SPLIT, "two CPUs");
  }
}
