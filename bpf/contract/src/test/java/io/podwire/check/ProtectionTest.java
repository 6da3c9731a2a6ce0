package io.podwire.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.AcceleratedNode;
import io.podwire.testbed.Progress;
import io.podwire.testing.KernelTest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The check finds nothing wrong with the product, and what is wrong without each part of it. The
 * product is loaded with the agent's rights; {@code AccelctlIT} checks what root loads.
 */
@KernelTest
class ProtectionTest {

  /** Which cases that a protection does not concern are run without it, and in which modes. */
  private static final long SEED = Long.getLong("podwire.protection.seed", System.nanoTime());

  private static final int SAMPLE = 40;

  /** Who lacks a protection may not leave, so not return. */
  private static final Set<Mode> MODES = Mode.withoutAdoption();

  /** How often a case runs again that should differ, and does not. */
  private static final int AGAIN = 3;

  private static CheckReport product;

  @BeforeAll
  static void checkTheProduct() {
    System.out.println("samples of cases and modes: -Dpodwire.protection.seed=" + SEED);
    product =
        new ContractCheck(
                AcceleratedNode::loadedAsTheAgent,
                List.of(),
                name -> true,
                EnumSet.allOf(Mode.class))
            .run(Progress.NONE);
  }

  @Test
  void onThisKernelNothingDiffersButWhatIsDocumented() {
    assertThat(product.with(Verdict.DIFFERS)).isEmpty();
    assertThat(product.with(Verdict.SAME)).hasSizeGreaterThan(400);
    assertThat(product.support())
        .filteredOn(KernelSupport::present)
        .extracting(KernelSupport::name)
        .contains("waiters", "call-flags");
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
        // Whatever sends more than the backlog goes wrong, the overflow itself above all. A flow
        // that redirects again has not left, so what finds that finds this too.
        "one-way ; backlog-order urgent-inline ;"
            + " .*/(overflow|shifted)|(backlog|message|connect-much|count|recv|option|sendfile|event|uring)-.*",
        "caught-up ; backlog-order recv-waitall-present ; .*/shifted",
        "half-close ; half-close-answered-late ; half-close-.*",
        "low-water-mark ; option-low-water-before ; -",
        "urgent ; urgent-after-read urgent-signal ; -",
        "cork ; option-cork option-more option-splice-more ; -",
        "recv-flags ; recv-waitall-blocked splice-waits ; recv-waitall-.*",
        "options ; urgent-inline recv-peek-offset option-zerocopy-after option-inq option-time-stamp ; -",
        "join-refusal ; option-zerocopy-before urgent-inline-before ; -",
        "leaving ; count-received count-received-v6 count-received-large count-received-end"
            + " recv-peek-offset option-zerocopy-after option-inq option-repair ;"
            + " (count-received|event-epoll-edge|option-keep-alive-unread).*",
        "disconnect ; connect-anew-unread connect-anew-after-end-unread"
            + " connect-anew-after-half-close-unread ; -",
        "anew ; connect-anew-after-reset-unread connect-anew-after-reset-unread-v6"
            + " connect-anew-after-reset-unread-other connect-listen-anew-unread ; -",
        "io-uring ; uring-recv-waits uring-recv-waits-for-an-edge uring-poll uring-accept"
            + " uring-connect uring-send ; -",
        "locked ; message-reader-faults ; -",
        "waking ; event-epoll-edge-short event-epoll-edge-exceeded"
            + " event-epoll-edge-exceeded-loopback ; event-epoll-edge-.*",
      })
  void withoutAProtectionTheCheckFindsExactlyItsCases(
      String protection, String cases, String others) {
    Set<String> concerned = Set.of(cases.split(" +"));
    Predicate<String> mayDiffer =
        name -> concerned.contains(ContractCase.withoutMode(name)) || name.matches(others);
    Set<String> expected =
        concerned.stream().filter(name -> !isRefusedByTcp(name)).collect(Collectors.toSet());

    List<String> differing = new ArrayList<>();
    differing.addAll(differing(protection, chosen(mayDiffer), someModes(protection), mayDiffer));
    // Some differ only in another mode, or where the other end gets a CPU in time.
    for (int again = 0; again < AGAIN && !missing(expected, differing).isEmpty(); again++) {
      differing.addAll(differing(protection, missing(expected, differing), MODES, mayDiffer));
    }
    assertThat(missing(expected, differing)).as("of %s", differing).isEmpty();
    assertThat(differing).allMatch(mayDiffer);
  }

  /** Newer kernels let no socket listen that was reset and has bytes unread. */
  private static boolean isRefusedByTcp(String name) {
    return product.cases().stream()
        .anyMatch(c -> c.name().equals(name) && c.plain().contains("listen EINVAL"));
  }

  /** Where nothing happens, and one mode more. */
  private static Set<Mode> someModes(String protection) {
    List<Mode> modes = new ArrayList<>(MODES);
    modes.remove(Mode.DIRECT);
    Collections.shuffle(modes, new Random(SEED + protection.hashCode()));
    return EnumSet.of(Mode.DIRECT, modes.get(0));
  }

  /** The names, with their modes, of those of these cases that differ without the protection. */
  private static List<String> differing(
      String protection, List<String> cases, Set<Mode> modes, Predicate<String> mayDiffer) {
    return new ContractCheck(
            (pins, cgroup) -> AcceleratedNode.without(protection, pins, cgroup),
            cases,
            mayDiffer.negate(),
            modes)
        .against(product)
        .run(Progress.NONE)
        .with(Verdict.DIFFERS)
        .map(ContractCase::name)
        .toList();
  }

  /** Those that are expected, and differ in no mode. */
  private static List<String> missing(Set<String> expected, List<String> differing) {
    Set<String> found =
        differing.stream().map(ContractCase::withoutMode).collect(Collectors.toSet());
    return expected.stream().filter(name -> !found.contains(name)).toList();
  }

  /**
   * Of the cases in which the product is as good as TCP in all modes: those that may differ in one,
   * and a sample of the others.
   */
  private static List<String> chosen(Predicate<String> mayDiffer) {
    Set<String> limited =
        product.cases().stream()
            .filter(c -> c.verdict() != Verdict.SAME && !c.limit().equals("gears"))
            .map(ContractCase::nameWithoutMode)
            .collect(Collectors.toSet());
    Set<String> concerned =
        product.cases().stream()
            .map(ContractCase::name)
            .filter(mayDiffer)
            .map(ContractCase::withoutMode)
            .collect(Collectors.toSet());
    List<String> others =
        new ArrayList<>(
            product.cases().stream()
                .map(ContractCase::nameWithoutMode)
                .distinct()
                .filter(name -> !concerned.contains(name))
                .toList());
    Collections.shuffle(others, new Random(SEED));
    return Stream.concat(concerned.stream(), others.stream().limit(SAMPLE))
        .filter(name -> !limited.contains(name))
        .toList();
  }
}
