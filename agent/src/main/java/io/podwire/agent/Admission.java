package io.podwire.agent;

import io.podwire.check.Verdict;
import java.util.Map;
import java.util.Optional;

/**
 * Whether the check of this kernel lets pods be accelerated as the agent would.
 *
 * @param refusal why not, and what to do, in one line; empty where they may be
 * @param cases the number of the check's cases with each verdict; empty where none was made
 */
public record Admission(Optional<String> refusal, Map<Verdict, Long> cases) {

  public Admission {
    cases = Map.copyOf(cases);
  }

  /** Without a check, or before it is done. */
  public static Admission unchecked() {
    return new Admission(Optional.empty(), Map.of());
  }

  /** No acceleration, since there is no check. */
  static Admission refused(String why) {
    return new Admission(Optional.of(why), Map.of());
  }
}
