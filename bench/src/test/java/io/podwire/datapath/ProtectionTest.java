package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.bench.Progress;
import io.podwire.check.CheckReport;
import io.podwire.check.ContractCase;
import io.podwire.check.ContractCheck;
import io.podwire.check.Verdict;
import io.podwire.testing.KernelTest;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The check sees nothing wrong with the product, and each thing that is wrong without a part. */
@KernelTest
class ProtectionTest {

  private static CheckReport product;

  @BeforeAll
  static void checkTheProduct() {
    product = new ContractCheck().run(Progress.NONE);
  }

  @Test
  void onThisKernelNothingDiffersButWhatIsDocumented() {
    assertThat(product.with(Verdict.DIFFERS)).isEmpty();
    assertThat(product.with(Verdict.SAME)).hasSizeGreaterThan(400);
  }

  @ParameterizedTest
  @CsvSource(
      value = {
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
  void x(String protection) {
    List<String> cases =
        product.cases().stream()
            .map(ContractCase::name)
            .filter(name -> !name.contains("/"))
            .filter(
                name ->
                    product.cases().stream()
                        .filter(c -> c.name().equals(name) || c.name().startsWith(name + "/"))
                        .allMatch(c -> c.verdict() == Verdict.SAME))
            .toList();

    CheckReport report =
        new ContractCheck((pins, cgroup) -> KernelDatapath.without(protection, pins, cgroup), cases)
            .run(Progress.NONE);

    System.out.println("WITHOUT " + protection);
    for (ContractCase c : report.cases()) {
      if (c.verdict() != Verdict.SAME)
        System.out.println(
            "   "
                + protection
                + " > "
                + c.name()
                + "\n      "
                + c.plain()
                + "\n      "
                + c.accelerated());
    }
  }
}
