package io.podwire.bench.model;

import io.podwire.bench.Median;
import io.podwire.bench.PairedRatio;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * A cell of the table: the rounds of a workload on a link, or why there are none.
 *
 * @param link the row
 * @param workload the column
 * @param rounds in the order in which they ran; empty where it was not measured
 * @param obstacle why it was not measured; empty where it was
 */
public record Cell(Link link, Column workload, List<CellRound> rounds, Optional<String> obstacle) {

  /** A cell that was measured. */
  public static Cell measured(Link link, Column workload, List<CellRound> rounds) {
    return new Cell(link, workload, List.copyOf(rounds), Optional.empty());
  }

  /** A cell that cannot be measured. */
  public static Cell unavailable(Link link, Column workload, String why) {
    return new Cell(link, workload, List.of(), Optional.of(why));
  }

  /** Whether it has rounds. */
  public boolean isMeasured() {
    return obstacle.isEmpty();
  }

  /** The median over a side's rounds, in the workload's unit. */
  public double median(Side side) {
    return Median.of(values(side, round -> round.sample().value()));
  }

  /** How many times as good on is as off; more than 1 is better. */
  public PairedRatio gain() {
    return workload
        .unit()
        .gain(
            values(Side.OFF, round -> round.sample().value()),
            values(Side.ON, round -> round.sample().value()));
  }

  /** Median CPU time for one unit of the workload's work, in microseconds. */
  public CpuUse cpu(Side side) {
    return new CpuUse(
        perWork(side, CpuUse::client),
        perWork(side, CpuUse::server),
        perWork(side, CpuUse::softirq));
  }

  /** The rounds of one side, by pair. */
  public List<CellRound> rounds(Side side) {
    return rounds.stream().filter(round -> round.side() == side).toList();
  }

  private double perWork(Side side, ToDoubleFunction<CpuUse> part) {
    return Median.of(
        values(side, round -> part.applyAsDouble(round.cpu().per(round.sample().work()))));
  }

  private double[] values(Side side, ToDoubleFunction<CellRound> value) {
    return rounds(side).stream().mapToDouble(value).toArray();
  }
}
