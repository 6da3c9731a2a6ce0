package io.podwire.datapath;

import io.podwire.bench.Progress;
import io.podwire.check.CheckReport;
import io.podwire.check.ContractCase;
import io.podwire.check.ContractCheck;
import io.podwire.check.Verdict;
import io.podwire.testing.KernelTest;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@KernelTest
class ProtectionTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "backlog",
        "one-way",
        "half-close",
        "low-water-mark",
        "urgent",
        "recv-flags",
        "options",
        "join-refusal",
        "leaving",
        "disconnect"
      })
  void x(String p) {
    CheckReport report =
        new ContractCheck((pins, cgroup) -> KernelDatapath.without(p, pins, cgroup), List.of())
            .run(Progress.NONE);
    System.out.println("WITHOUT " + p);
    for (ContractCase c : report.with(Verdict.DIFFERS).toList()) {
      System.out.println(
          "   " + p + " > " + c.name() + "\n      " + c.plain() + "\n      " + c.accelerated());
    }
  }
}
