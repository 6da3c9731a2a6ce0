package io.podwire.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The order within a round of pairs: swapped every other time, so that a drift of the machine
 * favours nobody.
 */
public final class RoundOrder {

  private RoundOrder() {}

  /** The cases as given in rounds 0, 2, 4…, and from last to first in the others. */
  public static <T> List<T> of(List<T> cases, int round) {
    List<T> order = new ArrayList<>(cases);
    if (round % 2 == 1) {
      Collections.reverse(order);
    }
    return order;
  }
}
