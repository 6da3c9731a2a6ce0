package io.podwire.cli;

import io.podwire.check.CheckReport;
import io.podwire.check.ContractCase;
import io.podwire.check.KernelSupport;
import io.podwire.check.KnownLimit;
import io.podwire.check.Verdict;
import io.podwire.datapath.Build;
import java.util.List;

/** Checks of kernels that are better or worse. */
final class Checks {

  /** Nothing differs. */
  static final CheckReport GOOD =
      of(new ContractCase("message-one-byte", "1", "1", Verdict.SAME, ""));

  /** A guard is missing. */
  static final CheckReport WITHOUT_SPLICE =
      of(
          new ContractCase("message-one-byte", "1", "1", Verdict.SAME, ""),
          new ContractCase(
              "splice-large",
              "intact: yes",
              "hangs",
              Verdict.KNOWN_LIMIT,
              KnownLimit.SPLICE.toString()));

  /** Gears are off, unless they are chosen. */
  static final CheckReport WITHOUT_FIONREAD =
      of(
          new ContractCase("message-one-byte", "1", "1", Verdict.SAME, ""),
          new ContractCase(
              "count-received/shifted",
              "5",
              "0",
              Verdict.KNOWN_LIMIT,
              KnownLimit.GEARS.toString()));

  /** Nobody knows why. */
  static final CheckReport BROKEN =
      of(
          new ContractCase("message-8-mib", "intact: yes", "intact: no", Verdict.DIFFERS, ""),
          new ContractCase("connect-v6", "yes", "hangs", Verdict.DIFFERS, ""));

  private Checks() {}

  private static CheckReport of(ContractCase... cases) {
    return new CheckReport(
        System.getProperty("os.version"),
        Build.GENERATION,
        Build.carried().sha256(),
        List.of(new KernelSupport("splice", false, "splice(2): HAProxy")),
        List.of(cases));
  }
}
