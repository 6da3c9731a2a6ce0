package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.check.CheckReport;
import io.podwire.datapath.Build;
import io.podwire.datapath.Gears;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.KernelFacts;
import io.podwire.datapath.State;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** What a check of the kernel says, and what enable makes of it. */
final class CheckCommandTest {

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private final List<CheckReport> made = new ArrayList<>();
  @TempDir private Path directory;

  @BeforeEach
  void makeSomethingLikeACgroup() throws Exception {
    Files.createFile(directory.resolve("cgroup.controllers"));
  }

  @Test
  void aCheckShowsWhatDiffersWhatTheKernelLacksAndWhomThatConcerns() {
    CommandLineRun run = check(Checks.WITHOUT_SPLICE);

    assertThat(run.exit()).isZero();
    assertThat(run.out())
        .contains("splice-large", "plain        intact: yes", "accelerated  hangs")
        .contains(
            "2 cases on Linux",
            ", build " + Build.carried() + ": ",
            "1 the same (-v lists them), 1 known limits, 0 differ")
        .contains("NO   splice(2): HAProxy")
        .contains("concerns Go programs that relay with io.Copy")
        .doesNotContain("message-one-byte");
    assertThat(check(Checks.WITHOUT_SPLICE, "-v").out()).contains("message-one-byte");
  }

  @Test
  void aCheckFailsWhereSomethingDiffersThatIsNotDocumented() {
    CommandLineRun run = check(Checks.BROKEN);

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).contains("message-8-mib", "DIFFERS", "2 differ");
  }

  @Test
  void aKeptCheckIsPrintedWithoutMakingAnother() {
    CommandLineRun first = check(Checks.WITHOUT_SPLICE, "--kept");
    CommandLineRun second = check(Checks.BROKEN, "--kept");

    assertThat(made).containsExactly(Checks.WITHOUT_SPLICE);
    assertThat(second).isEqualTo(first);
  }

  @Test
  void whereTheResultCannotBeKeptNothingIsChecked() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));

    CommandLineRun run = run(Checks.GOOD, "check", "--state-dir", file.resolve("below").toString());

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err())
        .startsWith("accelctl: cannot keep the check in " + file.resolve("below"))
        .contains("not writable: name another --state-dir")
        .hasLineCount(1);
    assertThat(made).isEmpty();
  }

  @Test
  void aResultThatCannotBeKeptAfterAllIsPrinted() throws Exception {
    Files.createDirectories(directory.resolve("check.json/in the way"));

    CommandLineRun run = check(Checks.WITHOUT_SPLICE);

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).contains("2 cases on Linux");
    assertThat(run.err()).startsWith("accelctl: cannot keep the check in").hasLineCount(1);
  }

  @Test
  void aBenchThatCouldNotWriteItsReportDoesNotBegin() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));

    CommandLineRun run =
        CommandLineRun.on(datapath, "bench", "--output", file.resolve("report").toString());

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err())
        .startsWith("accelctl: cannot write the report to " + file.resolve("report"))
        .hasLineCount(1);
  }

  @Test
  void aCheckIsADocumentForPrograms() throws Exception {
    JsonNode document =
        new ObjectMapper().readTree(check(Checks.WITHOUT_SPLICE, "-o", "json").out());

    assertThat(document.get("kernel").stringValue()).isEqualTo(System.getProperty("os.version"));
    assertThat(document.get("protections").toString())
        .isEqualTo("[{\"name\":\"splice\",\"present\":false,\"purpose\":\"splice(2): HAProxy\"}]");
    assertThat(document.get("cases").get(1).toString())
        .isEqualTo(
            "{\"name\":\"splice-large\",\"plain\":\"intact: yes\",\"accelerated\":\"hangs\","
                + "\"verdict\":\"known-limit\",\"limit\":\"splice\"}");
  }

  @Test
  void enableChecksAKernelOnceAndKeepsTheResult() {
    enable(Checks.GOOD);
    enable(Checks.GOOD);

    assertThat(made).hasSize(1);
  }

  @Test
  void aCheckOfAnotherKernelDoesNotCount() throws Exception {
    check(Checks.GOOD);
    Path kept = directory.resolve("check.json");
    String release = System.getProperty("os.version");
    Files.writeString(kept, Files.readString(kept).replace(release, "4.18.0"));

    enable(Checks.GOOD);

    assertThat(made).hasSize(2);
  }

  @Test
  void enableRefusesAKernelThatDiffersInAnUnknownWayUntilEachCaseIsAccepted() {
    CommandLineRun refused = enable(Checks.BROKEN, "--address", "10.6.1.2");

    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err())
        .startsWith("accelctl: on this kernel applications see a difference in 2 cases")
        .contains("message-8-mib (plain: intact: yes; accelerated: intact: no)")
        .contains("--accept message-8-mib --accept connect-v6")
        .hasLineCount(1);
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
    assertThat(enable(Checks.BROKEN, "--accept", "message-8-mib").exit()).isEqualTo(1);
    assertThat(enable(Checks.BROKEN, "--accept", "message-8-mib,connect-v6").exit()).isZero();
  }

  @Test
  void enableRefusesNetworksWhereApplicationsCannotBeProtectedUnlessThatIsAccepted() {
    CommandLineRun refused = enable(Checks.WITHOUT_SPLICE, "--cidr", "10.6.0.0/16");

    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err())
        .contains("cannot protect Go programs that relay with io.Copy")
        .contains("by --address", "--accept splice")
        .hasLineCount(1);
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
    assertThat(enable(Checks.WITHOUT_SPLICE, "--cidr", "10.6.0.0/16", "--accept", "splice").exit())
        .isZero();
  }

  @Test
  void gearsThatTheKernelDoesNotSuitAreToBeAcceptedWhereTheyAreChosen() {
    CommandLineRun refused =
        enable(Checks.WITHOUT_FIONREAD, "--cidr", "10.6.0.0/16", "--gears", "on");

    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).contains("available()", "--accept gears").hasLineCount(1);
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
    assertThat(enable(Checks.WITHOUT_FIONREAD, "--cidr", "10.6.0.0/16").exit()).isZero();
    assertThat(datapath.status().settings().gears()).isEqualTo(Gears.AUTO);
    assertThat(enable(Checks.WITHOUT_FIONREAD, "--gears", "on", "--accept", "gears").exit())
        .isZero();
    assertThat(datapath.status().settings().gears()).isEqualTo(Gears.ON);
    assertThat(enable(Checks.WITHOUT_FIONREAD, "--cidr", "10.7.0.0/16").exit()).isEqualTo(1);
  }

  @Test
  void podsThatAreNamedAreTakenAndWhomToKeepOutIsSaid() {
    assertThat(enable(Checks.WITHOUT_SPLICE, "--address", "10.6.1.2").out())
        .startsWith("enabled: 1 prefix selected; keep out Go programs");
  }

  @Test
  void enableRefusesProgramsThatLackWhatTheCheckReliedOnAndLeavesNothingLoaded() {
    datapath.kernelFacts(Set.of(KernelFacts.CALL_FLAGS));

    CommandLineRun refused = enable(Checks.GOOD, "--address", "10.6.1.2");

    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err())
        .startsWith("accelctl: the programs that are loaded lack protections")
        .endsWith(
            "check: waiters: unload them and enable again, or all the same with --accept waiters\n")
        .hasLineCount(1);
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
    assertThat(enable(Checks.GOOD, "--accept", "waiters").exit()).isZero();
  }

  @Test
  void aNameThatIsAcceptedAndMeansNothingIsRefusedWithThoseThatMeanSomething() {
    CommandLineRun run =
        enable(Checks.WITHOUT_SPLICE, "--cidr", "10.6.0.0/16", "--accept", "splice,splise");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err())
        .startsWith("accelctl: --accept splise is neither a known limit, a protection nor a case")
        .contains("blocked-reader", "splice", "waitall", "accelctl check --kept -v", "unchecked")
        .hasLineCount(1);
    assertThat(made).as("checks, which take their time").isEmpty();
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
  }

  @Test
  void limitsOfOtherKernelsAndCasesThatAreTheSameMayBeAcceptedToo() {
    CommandLineRun run =
        enable(
            Checks.WITHOUT_SPLICE,
            "--cidr",
            "10.6.0.0/16",
            "--accept",
            "splice, waitall",
            "--accept",
            "message-one-byte");

    assertThat(run.exit()).isZero();
  }

  @Test
  void aNameThatMeansNothingIsRefusedBesideUncheckedToo() {
    CommandLineRun run = enable(Checks.GOOD, "--accept", "unchecked,splise");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).startsWith("accelctl: --accept splise is neither a known limit");
    assertThat(enable(Checks.GOOD, "--accept", "unchecked,splice").exit()).isZero();
  }

  @Test
  void whoDoesNotWantACheckGetsNone() {
    assertThat(enable(Checks.BROKEN, "--accept", "unchecked").exit()).isZero();
    assertThat(made).isEmpty();
  }

  private CommandLineRun check(CheckReport report, String... arguments) {
    return run(report, "check", arguments);
  }

  private CommandLineRun enable(CheckReport report, String... arguments) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--cgroup";
    all[arguments.length + 1] = directory.toString();
    return run(report, "enable", all);
  }

  private CommandLineRun run(CheckReport report, String verb, String... arguments) {
    List<String> all = new ArrayList<>(List.of(verb));
    all.addAll(List.of(arguments));
    if (!all.contains("--state-dir")) {
      all.addAll(List.of("--state-dir", directory.toString()));
    }
    return CommandLineRun.on(
        (pinDir, cgroup) -> datapath,
        progress -> {
          made.add(report);
          return report;
        },
        all.toArray(String[]::new));
  }
}
