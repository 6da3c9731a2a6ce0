package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.DatapathException;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.State;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AccelctlTest {

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private final List<Path> pinDirs = new ArrayList<>();
  private String cgroup;

  @BeforeEach
  void makeSomethingLikeACgroup(@TempDir Path directory) throws Exception {
    Files.createFile(directory.resolve("cgroup.controllers"));
    cgroup = directory.toString();
  }

  @Test
  void aBareEnableLoadsAndSaysThatNothingIsSelected() {
    CommandLineRun run = accelctl("enable");

    assertThat(run).isEqualTo(done("enabled: nothing is selected yet, add --address or --cidr"));
    assertThat(datapath.status().state()).isEqualTo(State.ENABLED);
  }

  @Test
  void enableSelectsAddressesAndNetworksAndExcludes() {
    CommandLineRun run =
        accelctl(
            "enable",
            "--address",
            "10.6.1.2",
            "--address",
            "fd00::2",
            "--cidr",
            "10.7.0.0/16",
            "--exclude",
            "10.7.0.9",
            "--exclude",
            "10.7.8.0/24");

    assertThat(run).isEqualTo(done("enabled: 3 prefixes selected"));
    assertThat(datapath.selection())
        .containsOnlyKeys(
            Prefix.address("10.6.1.2"),
            Prefix.address("fd00::2"),
            Prefix.cidr("10.7.0.0/16"),
            Prefix.address("10.7.0.9"),
            Prefix.cidr("10.7.8.0/24"))
        .containsEntry(Prefix.address("10.7.0.9"), Selection.EXCLUDED)
        .containsEntry(Prefix.cidr("10.7.8.0/24"), Selection.EXCLUDED);
  }

  @Test
  void aSecondEnableSaysThatItWasEnabledAndKeepsTheSelection() {
    accelctl("enable", "--address", "10.6.1.2");

    assertThat(accelctl("enable")).isEqualTo(done("already enabled: 1 prefix selected"));
  }

  @Test
  void enableSetsTheLimitsThatItNamesAndNoOthers() {
    accelctl("enable", "--max-backlog-bytes", "8192", "--break-even", "0");
    accelctl("enable", "--max-backlog-messages", "7");

    assertThat(datapath.status().settings())
        .hasToString(
            "Settings[maxBacklogBytes=8192, maxBacklogMessages=7, maxFlows=65536, breakEvenMessages=0]");
  }

  @Test
  void enableTellsTheDatapathNoLoopbackAndNoLinkLocalAddressesOfTheNode() {
    accelctl("enable");

    assertThat(datapath.nodeAddresses())
        .noneMatch(address -> address.isLoopbackAddress() || address.isLinkLocalAddress());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "enable --address 300.1.2.3      | 300.1.2.3 is not an IP address",
        "enable --address pod.example    | pod.example is not an IP address",
        "enable --cidr 10.6.0.0          | 10.6.0.0 is not a CIDR",
        "enable --cidr 10.6.0.0/33       | the length must be 0 to 32",
        "enable --exclude 10.6.0.0/33    | the length must be 0 to 32",
        "enable --max-flows 0            | --max-flows must be 1 to 1000000, not 0",
        "enable --max-backlog-bytes 4k   | '4k' is not an int",
        "enable --cgroup /dev            | --cgroup /dev is not a cgroup v2 directory",
        "enable --nonsense               | Unknown option: '--nonsense'",
        "unload --timeout 30             | 30 is not a duration",
        "unload --timeout 5d             | 5d is not a duration",
        "status -o xml                   | expected one of [TEXT, JSON]",
        "bench --rounds 1                | --rounds must be 2 to 1000, not 1",
        "bench --cluster                 | --cluster needs --node NAME",
        "bench --node worker-1           | of no use without --cluster",
        "bench --cluster --node a --cpu any | --cpu is of no use with --cluster",
        "bench --cluster --node a --null-test | --null-test is of no use with --cluster",
        "bench --cpu both                | expected one of [SAME, SPLIT, ANY]",
        "bench --profile long            | expected one of [QUICK, STANDARD, FULL]",
        "bench --services 10001          | --services must be 0 to 10000, not 10001",
        "bench --message-size 14,9       | --message-size must be 14 to 65507, not 9",
        "bench --null-test               | --null-test is about the table, which the profile quick has not",
        "bench --profile standard --link ipvlan | --link must be one of macvlan/pod-ip/ipv4, ",
        "bench --profile standard --workload x  | --workload must be one of ",
        "bench compare A.json            | Missing required parameter: 'B.json'",
        "stop                            | Unmatched argument at index 0: 'stop'"
      })
  void saysWhatIsWrongWithTheArgumentsInOneLineBeforeTouchingAnything(
      String arguments, String complaint) {
    CommandLineRun run = CommandLineRun.on(datapath, arguments.split(" "));

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("accelctl: ").contains(complaint).hasLineCount(1);
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
  }

  @Test
  void asksForAVerb() {
    CommandLineRun run = CommandLineRun.on(datapath);

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).isEqualTo("accelctl: a verb is missing (see accelctl --help)\n");
  }

  @Test
  void disableLeavesOpenFlowsAlone() {
    accelctl("enable");
    datapath.openFlows(3);

    assertThat(accelctl("disable")).isEqualTo(done("disabled: 3 flows left until they close"));
    assertThat(accelctl("disable"))
        .isEqualTo(done("already disabled: 3 flows left until they close"));
  }

  @Test
  void disableNowSendsFlowsBackToTcp() {
    accelctl("enable");
    datapath.openFlows(3);

    assertThat(accelctl("disable", "--now"))
        .isEqualTo(done("disabled: 0 flows left to go back to TCP"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"disable", "disable --now", "unload"})
  void whatEndsSomethingHasNothingToDoWhereNothingIsLoaded(String arguments) {
    assertThat(accelctl(arguments.split(" "))).isEqualTo(done("nothing is loaded at /pins"));
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
  }

  @Test
  void unloadRemovesTheDatapath() {
    accelctl("enable");

    assertThat(accelctl("unload")).isEqualTo(done("unloaded"));
    assertThat(accelctl("status")).isEqualTo(done("absent: nothing is loaded at /pins"));
  }

  @Test
  void anUnloadThatRunsOutOfTimeFails() {
    accelctl("enable");
    datapath.openFlows(2);

    assertThat(accelctl("unload", "--timeout", "1s"))
        .isEqualTo(failed("flows that still hold unread bytes after 1000 ms: 2"));
  }

  @Test
  void aForcedUnloadSaysWhatItCutOff() {
    accelctl("enable");
    datapath.openFlows(1);

    assertThat(accelctl("unload", "--timeout", "500ms", "--force"))
        .isEqualTo(done("unloaded: 1 flow was cut off"));
  }

  @Test
  void refusalsOfTheDatapathAreOneLineWithoutAStackTrace() {
    CommandLineRun run =
        refusedWith(new DatapathException("no BTF:\n  use another kernel"), "enable");

    assertThat(run).isEqualTo(failed("no BTF: use another kernel"));
  }

  @Test
  void defectsAreNamedAsSuch() {
    CommandLineRun run = refusedWith(new IllegalStateException("impossible"), "status");

    assertThat(run)
        .isEqualTo(
            failed("unexpected: java.lang.IllegalStateException: impossible (-v says where)"));
  }

  @Test
  void verboseFailuresHaveTheStackTrace() {
    CommandLineRun run = refusedWith(new DatapathException("refused"), "status", "-v");

    assertThat(run.err()).startsWith("accelctl: refused\n").contains("\tat io.podwire.cli.");
  }

  @Test
  void worksOnThePinsThatItIsTold() {
    accelctl("status");

    assertThat(pinDirs).containsExactly(Path.of("/pins"));
  }

  @Test
  void closesTheDatapath() {
    accelctl("status");

    assertThat(datapath.isClosed()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"enable", "disable", "status", "flows", "check", "unload", "bench"})
  void everyVerbExplainsItself(String verb) {
    CommandLineRun run = CommandLineRun.on(datapath, verb, "--help");

    assertThat(run.exit()).isZero();
    assertThat(run.out()).startsWith("Usage: accelctl " + verb);
  }

  @Test
  void hasTheVersionOfTheBuild() {
    assertThat(CommandLineRun.on(datapath, "--version").out())
        .matches("accelctl \\d+\\.\\d+\\.\\d+\\S*\n");
  }

  private CommandLineRun accelctl(String... arguments) {
    return run(
        (pinDir, ignored) -> {
          pinDirs.add(pinDir);
          return datapath;
        },
        arguments);
  }

  private CommandLineRun refusedWith(RuntimeException refusal, String... arguments) {
    return run(
        (pinDir, ignored) -> {
          throw refusal;
        },
        arguments);
  }

  private CommandLineRun run(DatapathOpener opener, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--cgroup", cgroup, "--pin-dir", "/pins"));
    if (arguments[0].equals("enable")) {
      all.addAll(List.of("--state-dir", cgroup));
    }
    return CommandLineRun.on(opener, all.toArray(String[]::new));
  }

  private static CommandLineRun done(String line) {
    return new CommandLineRun(0, line + "\n", "");
  }

  private static CommandLineRun failed(String line) {
    return new CommandLineRun(1, "", "accelctl: " + line + "\n");
  }
}
