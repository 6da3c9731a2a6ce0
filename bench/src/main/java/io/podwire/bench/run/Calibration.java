package io.podwire.bench.run;

import io.podwire.bench.Acceleration;
import io.podwire.bench.BenchException;
import io.podwire.bench.Distribution;
import io.podwire.bench.Median;
import io.podwire.bench.PathProof;
import io.podwire.bench.cost.PairedRounds;
import io.podwire.bench.tool.Measurement;
import io.podwire.bench.tool.OwnProgram;
import io.podwire.bench.tool.PingPong;
import io.podwire.bench.tool.StreamPingPong;
import io.podwire.datapath.Gears;
import io.podwire.datapath.KernelDatapath;
import io.podwire.datapath.MessageCost;
import io.podwire.datapath.Prefix;
import io.podwire.testbed.Cpus;
import io.podwire.testbed.Place;
import io.podwire.testbed.Placement;
import io.podwire.testbed.Progress;
import io.podwire.testbed.Scratch;
import io.podwire.testbed.Testbed;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Measures in seconds what a small message between two pods costs this machine's CPUs. Both ends
 * share a CPU, which one of them always uses while the other waits. So the time that a message
 * takes is CPU time, soft interrupts and switches of the process included, whatever way the kernel
 * accounts for them.
 */
public final class Calibration {

  private static final String SERVER = "server";
  private static final String CLIENT = "client";
  private static final int PAIRS = 6;
  private static final int MILLIS = 300;

  /** Small: what a larger message saves is more, and differs. */
  private static final int MESSAGE_BYTES = 64;

  private static final int MESSAGES_PER_TRANSACTION = 2;
  private static final double MEDIAN = 50;
  private static final double NANOS_PER_MICRO = 1e3;

  private enum Way {
    PLAIN,
    REDIRECTED
  }

  private static final List<Way> WAYS = List.of(Way.values());

  private Calibration() {}

  /**
   * Makes pods and a datapath of their own, and measures. Needs root, and leaves nothing.
   *
   * @param progress hears of every round before it begins
   * @throws BenchException when a round was not what it claims
   * @throws io.podwire.testbed.TestbedException when the pods cannot be made
   * @throws io.podwire.datapath.DatapathException when the datapath refuses
   */
  public static MessageCost measure(Progress progress) {
    Bench.checkRoot();
    try (Scratch scratch = Scratch.create();
        Steps steps = new Steps(progress, PAIRS * WAYS.size());
        Testbed bed = Testbed.open(SERVER, CLIENT)) {
      Cpus cpus = Cpus.choose(Placement.SAME);
      Place server = cpus.server(bed.pod(SERVER));
      Place client = cpus.client(bed.pod(CLIENT));
      PingPong pingPong = StreamPingPong.podToPod(OwnProgram.PINGPONG.in(scratch), scratch, MILLIS);
      try (Acceleration acceleration =
          new Acceleration(
              KernelDatapath.at(bed.pinDir(), bed.cgroup()),
              Stream.of(server, client).map(Place::ipv4).map(Prefix::of).toList(),
              Gears.AUTO)) {
        Map<Way, List<Double>> micros =
            PairedRounds.run(
                WAYS,
                PAIRS,
                (way, pair) -> {
                  String name = "calibration, round " + (pair + 1) + ": " + way;
                  steps.next(name);
                  PathProof proof = begin(way, acceleration, name);
                  Measurement measured = pingPong.run(server, client, MESSAGE_BYTES);
                  prove(way, proof, measured);
                  return Distribution.micros(measured.oneWay(), MEDIAN);
                });
        return new MessageCost(nanos(micros.get(Way.PLAIN)), nanos(micros.get(Way.REDIRECTED)));
      }
    }
  }

  private static PathProof begin(Way way, Acceleration acceleration, String name) {
    switch (way) {
      case PLAIN -> acceleration.off();
      case REDIRECTED -> acceleration.on();
    }
    return PathProof.begin(acceleration.datapath(), name);
  }

  private static void prove(Way way, PathProof proof, Measurement measured) {
    switch (way) {
      case PLAIN -> proof.plain();
      case REDIRECTED -> proof.redirected(measured.transactions() * MESSAGES_PER_TRANSACTION);
    }
  }

  private static double nanos(List<Double> micros) {
    return NANOS_PER_MICRO * Median.of(micros.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
