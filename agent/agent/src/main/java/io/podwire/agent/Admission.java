package io.podwire.agent;

import io.podwire.check.Verdict;
import io.podwire.datapath.Status;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Whether the check of this kernel lets pods be accelerated as the agent would.
 *
 * @param refusal why not, and what to do, in one line; empty where they may be
 * @param known false where there is no check, and so nobody knows
 * @param cases the number of the check's cases with each verdict; empty where none was made
 * @param required names of the protections that the check relied on, and so loaded programs must
 *     have
 */
public record Admission(
    Optional<String> refusal, boolean known, Map<Verdict, Long> cases, Set<String> required) {

  public Admission {
    cases = Map.copyOf(cases);
    required = Set.copyOf(required);
  }

  /** The names of the required protections that a loaded datapath lacks, sorted. */
  SortedSet<String> lackedBy(Status status) {
    SortedSet<String> lacking = new TreeSet<>(required);
    lacking.removeAll(status.protections());
    return lacking;
  }

  /** Nothing is required: no check is wanted, or it is not done yet. */
  public static Admission unchecked() {
    return new Admission(Optional.empty(), true, Map.of(), Set.of());
  }

  /**
   * Acceleration, by what the check found.
   *
   * @param required names of the protections that loaded programs must have
   */
  public static Admission granted(Map<Verdict, Long> cases, Set<String> required) {
    return new Admission(Optional.empty(), true, cases, required);
  }

  /** No acceleration, by what the check found. */
  public static Admission refused(String why, Map<Verdict, Long> cases) {
    return new Admission(Optional.of(why), true, cases, Set.of());
  }

  /** There is no check: nothing begins to be accelerated, and what runs already goes on. */
  public static Admission unknown(String why) {
    return new Admission(Optional.of(why), false, Map.of(), Set.of());
  }

  /** This result, whose refusal says when it is looked at again. */
  Admission until(Instant again) {
    return new Admission(
        refusal.map(why -> why + "; looked at again at " + again.truncatedTo(ChronoUnit.SECONDS)),
        known,
        cases,
        required);
  }
}
