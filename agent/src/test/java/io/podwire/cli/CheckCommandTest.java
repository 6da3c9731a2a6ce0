package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.podwire.check.CheckReport;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.State;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        .contains("2 cases on Linux", "1 the same (-v lists them), 1 known limits, 0 differ")
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
  void aCheckIsADocumentForPrograms() throws Exception {
    JsonNode document =
        new ObjectMapper().readTree(check(Checks.WITHOUT_SPLICE, "-o", "json").out());

    assertThat(document.get("kernel").textValue()).isEqualTo(System.getProperty("os.version"));
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
  void podsThatAreNamedAreTakenAndWhomToKeepOutIsSaid() {
    assertThat(enable(Checks.WITHOUT_SPLICE, "--address", "10.6.1.2").out())
        .startsWith("enabled: 1 prefix selected; keep out Go programs");
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
    List<String> all = new ArrayList<>(List.of(verb, "--state-dir", directory.toString()));
    all.addAll(List.of(arguments));
    return CommandLineRun.on(
        (pinDir, cgroup) -> datapath,
        progress -> {
          made.add(report);
          return report;
        },
        all.toArray(String[]::new));
  }
}
