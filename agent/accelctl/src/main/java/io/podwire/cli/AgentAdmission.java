package io.podwire.cli;

import io.podwire.agent.Admission;
import io.podwire.check.CheckReport;
import io.podwire.check.KeptCheck;
import io.podwire.check.Verdict;
import io.podwire.datapath.Gears;
import io.podwire.testbed.Progress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Whether an agent may accelerate, by the check of this kernel. It is asked again after a refusal,
 * and then looks further: a check that is not there may have come, or can be made here; and one
 * that found a difference is made anew, since on a busy machine that may have been chance.
 */
final class AgentAdmission implements Supplier<Admission> {

  private static final String PREFIX = "PODWIRE_ACCEPT: ";

  private final KeptCheck check;
  private final List<String> accepted;
  private final boolean wholesale;
  private final Supplier<Gears> gears;
  private Optional<CheckReport> before = Optional.empty();
  private boolean asked;

  /**
   * @param wholesale pods are selected that were not named
   * @param gears as they are chosen when it is asked
   */
  AgentAdmission(KeptCheck check, List<String> accepted, boolean wholesale, Supplier<Gears> gears) {
    this.check = check;
    this.accepted = List.copyOf(accepted);
    this.wholesale = wholesale;
    this.gears = gears;
  }

  @Override
  public Admission get() {
    if (Consent.isUnchecked(accepted)) {
      return Consent.unknownBesideUnchecked(accepted)
          .map(name -> Admission.refused(PREFIX + name, Map.of()))
          .orElseGet(Admission::unchecked);
    }
    boolean again = asked;
    asked = true;
    Optional<CheckReport> kept = check.kept();
    boolean stale = kept.isEmpty() || (kept.equals(before) && differs(kept.get()));
    before = kept;
    return (again && stale ? made(kept) : kept)
        .map(this::admission)
        .orElseGet(() -> Admission.unknown("no check of this kernel with these programs is kept"));
  }

  /** What was there before, where that cannot be made anew. */
  private Optional<CheckReport> made(Optional<CheckReport> kept) {
    try {
      return Optional.of(check.make(Progress.NONE));
    } catch (RuntimeException e) {
      if (kept.isPresent()) {
        return kept;
      }
      throw new IllegalStateException(
          e.getMessage()
              + "; delete the agent's pod to have its init container make the check, or run"
              + " accelctl check on the node",
          e);
    }
  }

  private Admission admission(CheckReport report) {
    Consent consent = new Consent(report, accepted, gears.get());
    return consent
        .unknown()
        .map(name -> PREFIX + name)
        .or(() -> consent.refusal(wholesale))
        .map(why -> Admission.refused(why, report.verdicts()))
        .orElseGet(() -> Admission.granted(report.verdicts(), consent.required()));
  }

  private static boolean differs(CheckReport report) {
    return report.with(Verdict.DIFFERS).findAny().isPresent();
  }
}
