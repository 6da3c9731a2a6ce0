package io.podwire.suites;

import io.podwire.datapath.Counter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * A suite over the loopback of a pod, plain and accelerated, test by test.
 *
 * <p>A test that ended differently runs again, alone, up to three times in each mode. It differs if
 * it ends, alone and accelerated, as it never did plain; otherwise it is a flake, which is reported
 * and fails nothing.
 *
 * @param plain how each test ended, among all others
 * @param accelerated the same
 * @param repeated the tests that ran again
 * @param counters what the datapath counted while all tests ran
 */
record SuiteComparison(
    Map<String, Outcome> plain,
    Map<String, Outcome> accelerated,
    List<Outcomes> repeated,
    Map<Counter, Long> counters) {

  private static final int TIMES_ALONE = 3;

  /**
   * Runs the suite; leaves the pod plain.
   *
   * @param listed tests that run again also where they did not differ
   */
  static SuiteComparison of(Suite suite, LoopbackPod pod, Collection<String> listed) {
    Map<String, Outcome> plain = new SuiteRun(pod.place(), suite, "plain").all();
    pod.accelerate();
    Map<String, Outcome> accelerated = new SuiteRun(pod.place(), suite, "accelerated").all();
    Map<Counter, Long> counters = pod.counters();

    Set<String> again = new LinkedHashSet<>(listed);
    again.addAll(differing(plain, accelerated));
    SuiteRun acceleratedRun = new SuiteRun(pod.place(), suite, "accelerated-alone");
    Map<String, List<Outcome>> acceleratedOutcomes = new LinkedHashMap<>();
    for (String test : again) {
      Outcome before = outcome(plain, test);
      acceleratedOutcomes.put(
          test,
          repeat(outcome(accelerated, test), acceleratedRun, test, outcome -> outcome != before));
    }
    pod.decelerate();
    SuiteRun plainRun = new SuiteRun(pod.place(), suite, "plain-alone");
    List<Outcomes> repeated = new ArrayList<>();
    acceleratedOutcomes.forEach(
        (test, outcomes) -> {
          Outcome last = outcomes.get(outcomes.size() - 1);
          repeated.add(
              new Outcomes(
                  test,
                  repeat(outcome(plain, test), plainRun, test, outcome -> outcome == last),
                  outcomes));
        });
    return new SuiteComparison(plain, accelerated, repeated, counters);
  }

  /** Tests of either run that did not end alike. */
  private static Set<String> differing(Map<String, Outcome> plain, Map<String, Outcome> other) {
    Set<String> tests = new LinkedHashSet<>(plain.keySet());
    tests.addAll(other.keySet());
    tests.removeIf(test -> outcome(plain, test) == outcome(other, test));
    return tests;
  }

  private static List<Outcome> repeat(
      Outcome first, SuiteRun run, String test, Predicate<Outcome> enough) {
    List<Outcome> outcomes = new ArrayList<>(List.of(first));
    do {
      outcomes.add(run.alone(test));
    } while (outcomes.size() <= TIMES_ALONE && !enough.test(outcomes.get(outcomes.size() - 1)));
    return outcomes;
  }

  private static Outcome outcome(Map<String, Outcome> outcomes, String test) {
    return outcomes.getOrDefault(test, Outcome.ABSENT);
  }

  /** How many tests ended how. */
  private static Map<Outcome, Long> tally(Map<String, Outcome> outcomes) {
    Map<Outcome, Long> tally = new TreeMap<>();
    outcomes.values().forEach(outcome -> tally.merge(outcome, 1L, Long::sum));
    return tally;
  }

  /** Numbers, and every test that ran again. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(plain.size()).append(" tests\n");
    text.append("plain       ").append(tally(plain)).append('\n');
    text.append("accelerated ").append(tally(accelerated)).append('\n');
    counters.forEach(
        (counter, count) -> {
          if (count > 0) {
            text.append(counter).append(' ').append(count).append('\n');
          }
        });
    for (Outcomes outcomes : repeated) {
      String verdict = outcomes.differsAlone() ? "differs" : outcomes.isFlake() ? "flake" : "same";
      text.append(verdict).append(' ').append(outcomes).append('\n');
    }
    return text.toString();
  }
}
