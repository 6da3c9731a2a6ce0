package io.podwire.bench.cost;

import io.podwire.bench.RoundOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rounds in groups: each group runs every case once, one after the other. */
public final class PairedRounds {

  /** Runs one round. */
  public interface Round<T, V> {

    /**
     * @param pair number of the group, from 0
     * @return what was measured
     */
    V run(T which, int pair);
  }

  private PairedRounds() {}

  /**
   * Runs the groups, their order swapped every other time.
   *
   * @return of each case one value for each group, in the order of the groups: those at the same
   *     place of two lists were measured close in time
   */
  public static <T, V> Map<T, List<V>> run(List<T> cases, int pairs, Round<T, V> round) {
    Map<T, List<V>> values = new LinkedHashMap<>();
    cases.forEach(which -> values.put(which, new ArrayList<>()));
    for (int pair = 0; pair < pairs; pair++) {
      for (T which : RoundOrder.of(cases, pair)) {
        values.get(which).add(round.run(which, pair));
      }
    }
    return values;
  }
}
