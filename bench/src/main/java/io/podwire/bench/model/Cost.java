package io.podwire.bench.model;

import io.podwire.bench.Median;
import io.podwire.bench.PairedRatio;
import io.podwire.bench.Unit;
import java.util.List;

/**
 * One thing, measured in pairs of rounds without and with what may cost it something.
 *
 * @param name for {@code report.json}: lower case with dashes
 * @param title for people: what is measured, and between whom
 * @param unit of the values
 * @param baseline what the first of each pair ran with, for people
 * @param baselines one value for each pair
 * @param treatment what the second of each pair ran with, for people
 * @param treatments one value for each pair
 */
public record Cost(
    String name,
    String title,
    Unit unit,
    String baseline,
    List<Double> baselines,
    String treatment,
    List<Double> treatments) {

  /** The median of the baselines, in the unit. */
  public double baselineMedian() {
    return Median.of(values(baselines));
  }

  /** The median of the treatments, in the unit. */
  public double treatmentMedian() {
    return Median.of(values(treatments));
  }

  /** How many times as good the treatments are as the baselines: less than 1 is a cost. */
  public PairedRatio gain() {
    return unit.gain(values(baselines), values(treatments));
  }

  private static double[] values(List<Double> list) {
    return list.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
