package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.bench.Progress;
import io.podwire.check.CheckReport;
import io.podwire.check.ContractCase;
import io.podwire.check.ContractCheck;
import io.podwire.check.Verdict;
import io.podwire.testing.KernelTest;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The check finds nothing wrong with the product, and what is wrong without each part of it. */
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

  /**
   * @param protection that is left out of the build
   * @param cases that must differ then
   * @param others with their modes, that may differ too, because they end in a race; no other may
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = ';',
      value = {
        "backlog ; backlog-small-buffers backlog-blocking-send backlog-unread-messages"
            + " backlog-unread-messages-v6 backlog-edge-writable backlog-poll-writable"
            + " backlog-send-timeout sendfile-peer-closes count-unsent-full end-send-interrupted ; -",
        // whatever sends more than the backlog goes wrong, the overflow itself above all; and a
        // flow
        // that redirects again has not left, so what finds that finds this too
        "one-way ; backlog-order urgent-inline ;"
            + " .*/overflow|(backlog|message|connect-much|count|recv|option|sendfile|event)-.*",
        "half-close ; half-close-answered-late ; half-close-.*",
        "low-water-mark ; option-low-water-before ; -",
        "urgent ; urgent-after-read urgent-signal ; -",
        "cork ; option-cork option-more option-splice-more ; -",
        "recv-flags ; recv-waitall-blocked splice-waits ; recv-waitall-.*",
        "options ; urgent-inline recv-peek-offset option-zerocopy-after option-inq option-time-stamp ; -",
        "join-refusal ; option-zerocopy-before urgent-inline-before ; -",
        "leaving ; count-received count-received-v6 count-received-large count-received-end"
            + " recv-peek-offset option-zerocopy-after option-inq option-repair option-keep-alive-unread ;"
            + " (count-received|event-epoll-edge-counted).*",
        "disconnect ; connect-anew-unread ; -",
        "waking ; event-epoll-edge-short ; event-epoll-edge-counted",
      })
  void withoutAProtectionTheCheckFindsExactlyItsCases(
      String protection, String cases, String others) {
    CheckReport report =
        new ContractCheck(
                (pins, cgroup) -> KernelDatapath.without(protection, pins, cgroup), kept())
            .run(Progress.NONE);

    Set<String> expected = Set.of(cases.split(" +"));
    List<String> differing = report.with(Verdict.DIFFERS).map(ContractCase::name).toList();
    assertThat(differing.stream().map(ProtectionTest::withoutMode).toList()).containsAll(expected);
    assertThat(differing)
        .allMatch(name -> expected.contains(withoutMode(name)) || name.matches(others));
  }

  /** The cases in which the product is as good as TCP, in all modes. */
  private static List<String> kept() {
    Set<String> limited =
        product.cases().stream()
            .filter(c -> c.verdict() != Verdict.SAME)
            .map(c -> withoutMode(c.name()))
            .collect(Collectors.toSet());
    Stream<String> names = product.cases().stream().map(ContractCase::name);
    return names.filter(name -> !name.contains("/") && !limited.contains(name)).toList();
  }

  private static String withoutMode(String name) {
    return name.replaceFirst("/.*", "");
  }
}
