package io.podwire.bench.headline;

import io.podwire.bench.Acceleration;
import io.podwire.bench.CpuCost;
import io.podwire.bench.KernelTime;
import io.podwire.bench.PathProof;
import io.podwire.bench.RoundOrder;
import io.podwire.bench.model.LatencyCase;
import io.podwire.bench.model.LatencyComparison;
import io.podwire.bench.model.LatencyRound;
import io.podwire.bench.model.Route;
import io.podwire.bench.model.Tool;
import io.podwire.bench.tool.Measurement;
import io.podwire.bench.tool.OwnProgram;
import io.podwire.bench.tool.PingPong;
import io.podwire.bench.tool.Sockperf;
import io.podwire.bench.tool.StreamPingPong;
import io.podwire.datapath.Counter;
import io.podwire.testbed.Cpus;
import io.podwire.testbed.Place;
import io.podwire.testbed.Placement;
import io.podwire.testbed.Scratch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Runs latency comparisons between two pods. */
public final class LatencyRounds {

  private static final int MESSAGES_PER_TRANSACTION = 2;

  private final Acceleration acceleration;
  private final Place serverPod;
  private final Place clientPod;
  private final PingPong sockperf;
  private final PingPong podToPod;
  private final PingPong unix;
  private final PingPong loopback;
  private final PingPong pipe;

  public LatencyRounds(
      Acceleration acceleration, Place serverPod, Place clientPod, Scratch scratch, int seconds) {
    this.acceleration = acceleration;
    this.serverPod = serverPod;
    this.clientPod = clientPod;
    Path pingpong = OwnProgram.PINGPONG.in(scratch);
    sockperf = new Sockperf(scratch, seconds);
    podToPod = StreamPingPong.podToPod(pingpong, scratch, seconds * 1_000);
    unix = StreamPingPong.unix(pingpong, scratch, seconds * 1_000);
    loopback = StreamPingPong.loopback(pingpong, scratch, seconds * 1_000);
    pipe = StreamPingPong.pipe(pingpong, scratch, seconds * 1_000);
  }

  /** How many steps of progress a comparison of so many pairs has. */
  public static int steps(int pairs) {
    return pairs * LatencyCase.ALL.size();
  }

  /**
   * @param progress hears of each round before it begins
   */
  public LatencyComparison compare(
      Placement placement, int size, int pairs, Consumer<String> progress) {
    Cpus cpus = Cpus.choose(placement);
    List<LatencyRound> rounds = new ArrayList<>();
    for (int pair = 0; pair < pairs; pair++) {
      for (LatencyCase latencyCase : RoundOrder.of(LatencyCase.ALL, pair)) {
        String name = size + " bytes, " + cpus + ", round " + (pair + 1) + ": " + latencyCase;
        progress.accept(name);
        rounds.add(run(latencyCase, cpus, size, pair, name));
      }
    }
    return new LatencyComparison(placement, cpus.toString(), size, rounds);
  }

  private LatencyRound run(LatencyCase latencyCase, Cpus cpus, int size, int pair, String name) {
    boolean on = latencyCase.route() == Route.ON;
    if (on) {
      acceleration.on();
    } else {
      acceleration.off();
    }
    PathProof proof = PathProof.begin(acceleration.datapath(), name);
    KernelTime before = KernelTime.of(cpus);
    Place client = latencyCase.route() == Route.LOOPBACK ? serverPod : clientPod;
    Measurement measured =
        pingPong(latencyCase).run(cpus.server(serverPod), cpus.client(client), size);
    KernelTime kernel = KernelTime.of(cpus).since(before);
    long transactions = measured.transactions();
    Map<Counter, Long> counters =
        on ? proof.redirected(transactions * MESSAGES_PER_TRANSACTION) : proof.plain();
    return new LatencyRound(
        pair,
        latencyCase,
        transactions,
        measured.oneWay(),
        measured.cpu().map(cpu -> CpuCost.of(cpu, kernel, transactions)),
        counters);
  }

  private PingPong pingPong(LatencyCase latencyCase) {
    return switch (latencyCase.route()) {
      case OFF, ON -> latencyCase.tool() == Tool.SOCKPERF ? sockperf : podToPod;
      case UNIX -> unix;
      case LOOPBACK -> loopback;
      case PIPE -> pipe;
    };
  }
}
