package io.podwire.bench.cost;

import io.podwire.bench.Acceleration;
import io.podwire.bench.model.Cost;
import io.podwire.bench.model.Costs;
import io.podwire.bench.model.Figure;
import io.podwire.datapath.Gears;
import io.podwire.datapath.KernelDatapath;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.RunningKernel;
import io.podwire.testbed.Cpus;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import io.podwire.testbed.Testbed;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Measures what acceleration costs: traffic that leaves the node, connections that do not join, a
 * flow among many, a long one with bursts, a neighbour of a bulk transfer, and memory.
 */
public final class CostRounds {

  private static final String SERVER = "server";
  private static final String CLIENT = "client";

  private final Testbed bed;
  private final Scratch scratch;
  private final Cpus cpus;
  private final int pairs;
  private final Gears gears;
  private final Consumer<String> progress;
  private final Scale scale;

  /**
   * @param bed with pods {@code server} and {@code client}, and no datapath
   * @param cpus of both ends of everything
   * @param pairs of rounds of each comparison, at least 1
   * @param gears of the datapath
   * @param progress hears of each round before it begins
   */
  public CostRounds(
      Testbed bed, Scratch scratch, Cpus cpus, int pairs, Gears gears, Consumer<String> progress) {
    this(bed, scratch, cpus, pairs, gears, progress, Scale.STANDARD);
  }

  CostRounds(
      Testbed bed,
      Scratch scratch,
      Cpus cpus,
      int pairs,
      Gears gears,
      Consumer<String> progress,
      Scale scale) {
    this.bed = bed;
    this.scratch = scratch;
    this.cpus = cpus;
    this.pairs = pairs;
    this.gears = gears;
    this.progress = progress;
    this.scale = scale;
  }

  /** How many steps of progress a measurement with so many pairs has. */
  public static int steps(int pairs) {
    return OffNodeRounds.steps(pairs)
        + BurstRounds.steps(pairs)
        + (RunningKernel.hasMendedIterator() ? PoolRounds.steps(pairs) : 0)
        + NotJoinedRounds.steps(pairs)
        + CrowdRounds.steps(pairs)
        + NeighbourRounds.steps(pairs)
        + MemoryRounds.steps(pairs);
  }

  /**
   * Measures all of it, with a datapath of its own that is gone afterwards.
   *
   * @throws io.podwire.testbed.TestbedException when a program failed
   * @throws io.podwire.bench.BenchException when a round was not what it claims
   */
  public Costs measure() {
    Place server = cpus.server(bed.pod(SERVER));
    Place client = cpus.client(bed.pod(CLIENT));
    Place outside = cpus.server(bed.outside());
    try (Acceleration acceleration =
        new Acceleration(
            KernelDatapath.at(bed.pinDir(), bed.cgroup()),
            Stream.of(server, client).map(Place::ipv4).map(Prefix::of).toList(),
            gears)) {
      TwoPods pods = new TwoPods(acceleration, server, client, scratch, scale, progress);
      List<Cost> comparisons =
          new ArrayList<>(
              new OffNodeRounds(acceleration, client, outside, scratch, scale, progress)
                  .measure(pairs));
      comparisons.addAll(new NotJoinedRounds(pods).measure(pairs));
      Costs bursts = new BurstRounds(pods).measure(pairs);
      comparisons.addAll(bursts.comparisons());
      comparisons.add(new CrowdRounds(pods).measure(pairs));
      comparisons.addAll(new NeighbourRounds(pods).measure(pairs));
      List<Figure> figures = new ArrayList<>(bursts.figures());
      if (RunningKernel.hasMendedIterator()) {
        Costs pool = new PoolRounds(pods).measure(pairs);
        comparisons.addAll(pool.comparisons());
        figures.addAll(pool.figures());
      }
      figures.addAll(new MemoryRounds(pods).measure(pairs));
      return new Costs(List.copyOf(comparisons), List.copyOf(figures));
    }
  }
}
