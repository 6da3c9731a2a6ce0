package io.podwire.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podwire.datapath.Build;
import io.podwire.datapath.Guard;
import io.podwire.testbed.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeptCheckTest {

  private static final String KERNEL = System.getProperty("os.version");
  private static final Build BUILD = Build.carried();
  private static final ContractCase SAME =
      new ContractCase("message-one-byte", "1", "1", Verdict.SAME, "");

  @TempDir private Path directory;
  private int made;

  @Test
  void whatWasMadeOfThisKernelAndTheseProgramsIsKept() {
    keep(report(KERNEL, BUILD, SAME, limit(KnownLimit.WAITALL.toString())));

    assertThat(latest().limits()).containsExactly(KnownLimit.WAITALL);
    assertThat(made).isZero();
  }

  @Test
  void aCheckOfAnotherKernelOrBuildIsMadeAnew() {
    for (CheckReport other :
        List.of(
            report("5.10.0", BUILD, SAME),
            report(KERNEL, new Build(BUILD.generation(), "0".repeat(64)), SAME),
            report(KERNEL, new Build(BUILD.generation(), null), SAME),
            report(KERNEL, new Build(BUILD.generation() - 1, BUILD.sha256()), SAME))) {
      made = 0;
      keep(other);

      latest();
      latest();

      assertThat(made).as("%s", other).isEqualTo(1);
    }
  }

  @Test
  void noCheckIsMadeWhereItCannotBeKept() {
    KeptCheck nowhere =
        new KeptCheck(
            Path.of("/proc/nowhere"), // writable to root, by its permissions
            progress -> {
              made++;
              return report(KERNEL, BUILD, SAME);
            });

    assertThatThrownBy(() -> nowhere.renew(Progress.NONE))
        .isInstanceOf(CheckException.class)
        .hasMessageContaining("/proc/nowhere, which is not writable");
    assertThat(made).isZero();
  }

  @Test
  void aFileThatSaysNothingGrantsNothing() {
    keep(report(KERNEL, BUILD));

    assertThat(latest().cases()).isNotEmpty();
    assertThat(made).isEqualTo(1);
  }

  @Test
  void aLimitOfAnotherNameIsNotPassedOverButCheckedAnew() {
    CheckReport renamed = report(KERNEL, BUILD, limit("wait-for-all"));
    keep(renamed);

    latest();

    assertThat(made).isEqualTo(1);
    assertThatThrownBy(renamed::unprotected)
        .isInstanceOf(CheckException.class)
        .hasMessage(
            "the check explains recv-waitall-partly by a limit that this version does not know,"
                + " \"wait-for-all\": make it anew with accelctl check");
  }

  @Test
  void aProtectionThatTheCheckDoesNotNameIsOneThatTheKernelLacks() {
    CheckReport report = report(KERNEL, BUILD, limit(KnownLimit.WAITALL.toString()));

    assertThat(report.unprotected()).containsExactly(KnownLimit.WAITALL);
    KernelSupport present = new KernelSupport(Guard.RECV_FLAGS.toString(), true, "");
    assertThat(
            new CheckReport(
                    KERNEL, BUILD.generation(), BUILD.sha256(), List.of(present), report.cases())
                .unprotected())
        .isEmpty();
  }

  private void keep(CheckReport report) {
    new KeptCheck(directory, progress -> report).renew(Progress.NONE);
  }

  private CheckReport latest() {
    return new KeptCheck(
            directory,
            progress -> {
              made++;
              return report(KERNEL, BUILD, SAME);
            })
        .latest(Progress.NONE);
  }

  private static ContractCase limit(String name) {
    return new ContractCase("recv-waitall-partly", "8", "4", Verdict.KNOWN_LIMIT, name);
  }

  private static CheckReport report(String kernel, Build build, ContractCase... cases) {
    return new CheckReport(
        kernel, build.generation(), build.sha256(), List.of(), Stream.of(cases).toList());
  }
}
