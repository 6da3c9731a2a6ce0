package io.podwire.cli;

import io.podwire.check.CheckReport;
import io.podwire.check.ContractCase;
import io.podwire.check.KnownLimit;
import io.podwire.check.Verdict;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What an operator must have accepted before pods of this kernel are accelerated. Where the kernel
 * breaks the contract in an unknown way, that; where it only cannot protect particular
 * applications, nothing for pods that were named one by one, since who names them knows them.
 */
final class Consent {

  private final CheckReport report;
  private final Collection<String> accepted;

  /**
   * @param accepted names of cases and limits
   */
  Consent(CheckReport report, Collection<String> accepted) {
    this.report = report;
    this.accepted = accepted;
  }

  /**
   * @param wholesale pods are selected that were not named
   * @throws ConsentException saying what is missing, and how to give it
   */
  void require(boolean wholesale) {
    List<ContractCase> differing =
        report.with(Verdict.DIFFERS).filter(c -> !accepted.contains(c.name())).toList();
    if (!differing.isEmpty()) {
      ContractCase first = differing.get(0);
      throw new ConsentException(
          "on this kernel applications see a difference in "
              + Wording.count(differing.size(), "case", "cases")
              + ", for example "
              + first.name()
              + " (plain: "
              + first.plain()
              + "; accelerated: "
              + first.accelerated()
              + "): see accelctl check; to enable all the same: "
              + differing.stream()
                  .map(c -> "--accept " + c.name())
                  .collect(Collectors.joining(" ")));
    }
    List<KnownLimit> unaccepted =
        report.unprotected().stream().filter(l -> !isAccepted(l)).toList();
    if (wholesale && !unaccepted.isEmpty()) {
      throw new ConsentException(
          "this kernel cannot protect "
              + applications(unaccepted)
              + ": select the pods that run none of these by --address, or all the same with "
              + unaccepted.stream().map(l -> "--accept " + l).collect(Collectors.joining(" ")));
    }
  }

  /** Whom to keep out; empty where nobody. */
  String advice() {
    List<KnownLimit> unprotected = report.unprotected();
    return unprotected.isEmpty() ? "" : "; keep out " + applications(unprotected);
  }

  private boolean isAccepted(KnownLimit limit) {
    return accepted.contains(limit.toString());
  }

  private static String applications(List<KnownLimit> limits) {
    return limits.stream()
        .map(limit -> limit.applications() + " (" + limit + ")")
        .collect(Collectors.joining("; "));
  }
}
