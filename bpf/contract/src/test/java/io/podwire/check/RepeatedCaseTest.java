package io.podwire.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.AcceleratedNode;
import io.podwire.datapath.KernelDatapath;
import io.podwire.testbed.Progress;
import io.podwire.testing.KernelTest;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What the check does with a case that differs. */
@KernelTest
class RepeatedCaseTest {

  /** Differs without the protection {@code options}, and not with it. */
  private static final String CASE = "option-inq";

  /** Of these there is a datapath each at first. */
  private static final Set<Mode> MODES = EnumSet.of(Mode.DIRECT, Mode.OVERFLOW, Mode.SWITCH);

  private final List<Path> cgroups = new CopyOnWriteArrayList<>();

  @Test
  void aCaseThatDiffersOnceIsTheSameIfItIsThatInFreshNamespaces() {
    CheckReport report = check(MODES.size());

    assertThat(report.cases()).extracting(ContractCase::verdict).containsOnly(Verdict.SAME);
    assertThat(new HashSet<>(cgroups)).as("testbeds").hasSizeGreaterThan(MODES.size());
  }

  @Test
  void aCaseThatKeepsDifferingIsReportedAfterOneRepeatWithItsLikeAndThreeAlone() {
    CheckReport report = check(Integer.MAX_VALUE);

    List<ContractCase> differing = report.with(Verdict.DIFFERS).toList();
    assertThat(differing).extracting(ContractCase::name).contains(CASE);
    long modes = differing.stream().map(c -> c.name().replaceFirst("[^/]*", "")).distinct().count();
    assertThat(new HashSet<>(cgroups))
        .as("testbeds")
        .hasSize(MODES.size() + (int) modes + 3 * differing.size());
  }

  /**
   * @param broken how many datapaths, from the first, lack what the case needs
   */
  private CheckReport check(int broken) {
    return new ContractCheck(
            (pins, cgroup) -> {
              cgroups.add(cgroup);
              return cgroups.indexOf(cgroup) < broken
                  ? AcceleratedNode.without("options", pins, cgroup)
                  : KernelDatapath.at(pins, cgroup);
            },
            List.of(CASE, "message-one-byte"),
            name -> true,
            MODES)
        .run(Progress.NONE);
  }
}
