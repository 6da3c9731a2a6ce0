package io.podwire.suites;

import java.util.Collections;
import java.util.List;

/**
 * How one test ended, each time that it ran: first among all others of its suite, then alone.
 *
 * @param accelerated never empty
 */
record Outcomes(String test, List<Outcome> plain, List<Outcome> accelerated) {

  /** Whether acceleration once led to what plain TCP never did. */
  boolean onceDiffered() {
    return !plain.containsAll(accelerated);
  }

  /** Whether acceleration did so in a run alone: no other test, nor their load, explains it. */
  boolean differsAlone() {
    return !plain.containsAll(accelerated.subList(1, accelerated.size()));
  }

  /** Ended in more than one way, but never alone in a way that is acceleration's. */
  boolean isFlake() {
    return !differsAlone()
        && (onceDiffered()
            || Collections.frequency(plain, plain.get(0)) < plain.size()
            || !accelerated.containsAll(plain));
  }

  @Override
  public String toString() {
    return test + ": plain " + plain + ", accelerated " + accelerated;
  }
}
