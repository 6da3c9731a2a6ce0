package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.podwire.datapath.Adoption;
import io.podwire.datapath.Authority;
import io.podwire.datapath.Counter;
import io.podwire.datapath.DatapathException;
import io.podwire.datapath.Finding;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.SocketOwner;
import io.podwire.datapath.State;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

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
  void enableLetsNothingJoinWhereAnOwnerIsLoadedThatItYieldsTo() {
    datapath.otherOwners(
        new SocketOwner(
            5,
            "envoy_sockhash",
            OptionalInt.of(17),
            List.of(new SocketOwner.AttachedProgram(7, "envoy_sk_msg"))));

    assertThat(accelctl("enable", "--address", "10.6.1.2", "--yield-to", "obi,envoy"))
        .isEqualTo(
            done(
                "disabled: left to Envoy, program envoy_sk_msg (id 7) of map envoy_sockhash (id 5);"
                    + " accelctl enable without --yield-to has them join all the same"));
    assertThat(datapath.status().state()).isEqualTo(State.DISABLED);
    assertThat(datapath.selection()).hasSize(1);
    assertThat(accelctl("enable", "--yield-to", "kmesh"))
        .isEqualTo(done("enabled: 1 prefix selected"));
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
  void enableTakesAddressesAndNetworksSeparatedByCommasAndEveryIpv4Address() {
    accelctl(
        "enable", "--address", "10.6.1.2,fd00::2", "--cidr", "0.0.0.0/0", "--exclude", "10.7.0.9");

    assertThat(datapath.selection())
        .containsOnlyKeys(
            Prefix.address("10.6.1.2"),
            Prefix.address("fd00::2"),
            Prefix.cidr("0.0.0.0/0"),
            Prefix.address("10.7.0.9"));
  }

  @Test
  void aSecondEnableSaysThatItWasEnabledAndKeepsTheSelection() {
    accelctl("enable", "--address", "10.6.1.2");

    assertThat(accelctl("enable")).isEqualTo(done("already enabled: 1 prefix selected"));
  }

  @Test
  void enableSetsTheLimitsThatItNamesAndNoOthers() {
    accelctl("enable", "--max-backlog-bytes", "8192", "--break-even", "0");
    accelctl("enable", "--max-backlog-messages", "7", "--max-backlog-memory", "1048576");

    assertThat(datapath.status().settings())
        .hasToString(
            "Settings[maxBacklogBytes=8192, maxBacklogMessages=7, maxFlows=65536, breakEvenMessages=0,"
                + " maxBacklogMemory=1048576, gears=auto, observes=false]");
  }

  @Test
  void aNodeThatObservesSaysSoUntilItIsEnabledWithoutThat() {
    assertThat(accelctl("enable", "--observe", "--address", "10.6.1.2"))
        .isEqualTo(done("observing: 1 prefix selected; nothing joins"));
    assertThat(datapath.status().settings().observes()).isTrue();
    assertThat(accelctl("status").out())
        .contains("state                     enabled, to observe only: nothing joins\n");

    assertThat(accelctl("enable")).isEqualTo(done("enabled: 1 prefix selected"));
    assertThat(datapath.status().settings().observes()).isFalse();
  }

  @Test
  void nothingIsAdoptedWhileANodeObserves() {
    accelctl("enable", "--observe", "--address", "10.6.1.2");

    CommandLineRun run = accelctl("adopt");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).contains("nothing joins at ");
    assertThat(accelctl("enable", "--observe", "--adopt").exit()).isEqualTo(2);
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
        "enable --address 10.6.1.0/24    | 10.6.1.0/24 is a network: name it with --cidr",
        "enable --address 0.0.0.0        | 0.0.0.0 is unspecified: name an address or a network",
        "enable --address ::             | :: is unspecified",
        "enable --address 127.0.0.1      | 127.0.0.1 is loopback",
        "enable --address ::1            | ::1 is loopback",
        "enable --address ::ffff:127.0.0.1 | ::ffff:127.0.0.1 is loopback",
        "enable --address 169.254.1.1    | 169.254.1.1 is link-local",
        "enable --address fe80::1        | fe80::1 is link-local",
        "enable --address 224.0.0.1      | 224.0.0.1 is multicast",
        "enable --address ff02::1        | ff02::1 is multicast",
        "enable --address 255.255.255.255 | 255.255.255.255 is broadcast",
        "enable --cidr 127.0.0.0/8       | 127.0.0.0/8 is loopback",
        "enable --cidr 169.254.20.0/24   | 169.254.20.0/24 is link-local",
        "enable --cidr fe80::/64         | fe80::/64 is link-local",
        "enable --cidr 10.6.1.2/16       | 10.6.1.2/16 has host bits: its network is 10.6.0.0/16",
        "enable --cidr fd00::1/64        | its network is fd00:0:0:0:0:0:0:0/64",
        "enable --exclude 10.6.1.2/16    | its network is 10.6.0.0/16",
        "enable --exclude 224.0.0.0/4    | 224.0.0.0/4 is multicast",
        "enable --exclude ::1            | ::1 is loopback",
        "enable --address 10.6.1.2 --exclude 10.6.1.2 | 10.6.1.2 is both to be selected and excluded",
        "selection --remove 10.6.1.2/16  | its network is 10.6.0.0/16",
        "selection --remove x            | x is not an IP address",
        "selection --remove 10.6.1.2 --remove-all | are mutually exclusive",
        "enable --max-flows 0            | --max-flows must be 1 to 1000000, not 0",
        "enable --max-backlog-bytes 4k   | '4k' is not an int",
        "enable --cgroup /dev            | --cgroup /dev is not a cgroup v2 directory",
        "forget --address 300.1.2.3      | 300.1.2.3 is not an IP address",
        "forget --container web          | 'web' is not a long",
        "enable --nonsense               | Unknown option: '--nonsense'",
        "enable --adress 10.6.1.2        | '--adress', '10.6.1.2': did you mean --address? (see",
        "unload --forse                  | Unknown option: '--forse': did you mean --force? (see",
        "enabel                          | 'enabel': did you mean enable? (see accelctl --help)",
        "adopt --timeout 30              | 30 is not a duration",
        "unload --timeout 30             | 30 is not a duration",
        "unload --timeout 5d             | 5d is not a duration",
        "await                           | Missing required parameter: 'DAEMONSET'",
        "await podwire-agent --timeout 5 | 5 is not a duration",
        "status -o xml                   | expected one of [TEXT, WIDE, JSON]",
        "status --wait                   | --wait is of no use without --cluster",
        "status --cluster --wait=5       | 5 is not a duration",
        "status --cluster --pin-dir /p   | --pin-dir is of no use with --cluster",
        "verify --nodes a                | Unknown option",
        "sysdump --node a                | --node is of no use without --cluster",
        "sysdump --cluster --pin-dir /p  | --pin-dir is of no use with --cluster",
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
        "bench --kept                    | --kept is about --calibrate: add that",
        "bench --calibrate --rounds 5    | --rounds is not of --calibrate: leave one of them out",
        "bench --calibrate --cluster --node a | --cluster is not of --calibrate",
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
  void adoptSaysHowManyJoinedAndWhatKeptTheOthers() {
    accelctl("enable");
    datapath.adopts(
        new Adoption(
            5,
            2,
            Map.of(
                Finding.ADOPTED, 64,
                Finding.RETURNED, 1,
                Finding.BUSY_READER, 1,
                Finding.REFUSED_SOCKET, 1),
            Duration.ZERO));

    String answer =
        """
        found: 67 connections in 5 network namespaces
        adopted: 64
        returned: 1
        busy, to be tried again: 1 whose readers cannot be told
        refused: 1 by an option or a reader that a joined socket cannot keep
        not seen: 2 processes that the kernel hides\
        """;
    assertThat(accelctl("adopt")).isEqualTo(done(answer));
    assertThat(accelctl("enable", "--adopt"))
        .isEqualTo(
            done("already enabled: nothing is selected yet, add --address or --cidr\n" + answer));
    assertThat(accelctl("adopt", "-o", "json"))
        .isEqualTo(
            done(
                """
                {
                  "namespaces" : 5,
                  "denied" : 2,
                  "found" : 67,
                  "adopted" : 64,
                  "returned" : 1,
                  "busy" : {
                    "reader" : 1
                  },
                  "refused" : {
                    "socket" : 1
                  }
                }\
                """));
  }

  @Test
  void enableSaysToProgramsWhatItAdopted() {
    datapath.adopts(new Adoption(5, 0, Map.of(Finding.ADOPTED, 64), Duration.ZERO));

    assertThat(accelctl("enable", "--adopt", "-o", "json").out())
        .contains("\"state\" : \"enabled\"", "\"adoption\" : {", "\"adopted\" : 64");
    assertThat(accelctl("enable", "-o", "json").out()).doesNotContain("\"adoption\" : {");
  }

  @Test
  void whatIsOfASingleRunIsRefusedTogetherWithFollow() {
    for (String[] arguments :
        new String[][] {{"--timeout", "5s"}, {"-o", "json"}, {"--timeout", "5s", "-o", "json"}}) {
      String[] all =
          Stream.concat(Stream.of("adopt", "--follow"), Stream.of(arguments))
              .toArray(String[]::new);
      CommandLineRun run = accelctl(all);
      assertThat(run.exit()).isEqualTo(2);
      assertThat(run.err())
          .isEqualTo(
              "accelctl: --timeout and -o are of a single run: leave them out with --follow (see"
                  + " accelctl adopt --help)\n");
    }
  }

  @Test
  void nothingIsAdoptedWhereNothingJoins() {
    assertThat(accelctl("adopt"))
        .isEqualTo(failed("nothing joins at /pins before it is enabled: accelctl enable --adopt"));
  }

  @Test
  void aKernelThatCannotAdoptIsNamedBeforeAnythingIsDone() {
    datapath.adopts(null);

    assertThat(accelctl("adopt")).isEqualTo(failed("this kernel cannot adopt"));
    assertThat(accelctl("enable", "--adopt")).isEqualTo(failed("this kernel cannot adopt"));
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
  }

  @Test
  void adoptRefusesOnAKernelThatItHarmsUntilThatIsAccepted() {
    datapath.hasHarmfulIterator();
    datapath.enable();

    for (String[] verb : new String[][] {{"adopt"}, {"enable", "--adopt"}}) {
      CommandLineRun run = accelctl(verb);
      assertThat(run.exit()).isEqualTo(1);
      assertThat(run.err()).isEqualTo("accelctl: this kernel may crash\n");
    }
    assertThat(datapath.attempts()).isZero();

    assertThat(accelctl("adopt", "--accept", "splice,tcp-iterator").exit()).isZero();
    assertThat(accelctl("enable", "--adopt", "--accept", "tcp-iterator").exit()).isZero();
    assertThat(datapath.attempts()).isEqualTo(2);
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
  void autoForgetsWhoSwitchedAndLeavesTheStateToTheAgent() {
    accelctl("enable");
    accelctl("disable");

    assertThat(accelctl("auto"))
        .isEqualTo(
            done("left to the agent, which decides at its next heartbeat; disabled until then"));
    assertThat(datapath.status().state()).isEqualTo(State.DISABLED);
    assertThat(datapath.status().authority()).isEqualTo(Authority.NOBODY);
  }

  @Test
  void disableNowSendsFlowsBackToTcp() {
    accelctl("enable");
    datapath.openFlows(3);

    assertThat(accelctl("disable", "--now"))
        .isEqualTo(done("disabled: 0 flows left to go back to TCP"));
  }

  @Test
  void forgetsAllThatAreIncompatibleOrOnlyWhoIsNamed() {
    accelctl("enable");
    datapath.findIncompatible(Prefix.address("10.6.1.2"), Counter.RETIRED_DUPLEX);
    datapath.findIncompatible(Prefix.address("10.6.1.3"), Counter.RETIRED_DUPLEX);
    datapath.findIncompatible(42, Counter.RETIRED_RECV_FLAGS);
    datapath.findIncompatible(43, Counter.RETIRED_RECV_FLAGS);

    assertThat(accelctl("forget", "--address", "10.6.1.9")).isEqualTo(done("nothing to forget"));
    assertThat(accelctl("forget", "--address", "10.6.1.2")).isEqualTo(done("forgotten: 1 entry"));
    assertThat(accelctl("forget", "--container", "42")).isEqualTo(done("forgotten: 1 entry"));
    assertThat(datapath.status().containers()).containsOnlyKeys(43L);
    assertThat(datapath.status().parties()).containsExactly(entry(Counter.RETIRED_DUPLEX, 1));
    assertThat(accelctl("forget")).isEqualTo(done("forgotten: 2 entries"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "disable",
        "disable --now",
        "auto",
        "forget",
        "unload",
        "selection",
        "selection --remove 10.6.1.2"
      })
  void whatEndsSomethingHasNothingToDoWhereNothingIsLoaded(String arguments) {
    assertThat(accelctl(arguments.split(" "))).isEqualTo(done("nothing is loaded at /pins"));
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
  }

  @Test
  void prepareLoadsAndHasNothingJoin() {
    assertThat(accelctl("prepare")).isEqualTo(done("prepared: enable has connections join"));
    assertThat(datapath.status().state()).isEqualTo(State.DISABLED);
  }

  @Test
  void unloadRemovesTheDatapath() {
    accelctl("enable");

    assertThat(accelctl("unload")).isEqualTo(done("unloaded"));
    assertThat(accelctl("status")).isEqualTo(done("absent: nothing is loaded at /pins"));
  }

  @Test
  void aStatusOfNothingSaysWhatTheKernelLacks() {
    datapath.warn("kernel 6.1 is in lockdown=confidentiality");

    assertThat(accelctl("status"))
        .isEqualTo(
            done("absent: nothing is loaded at /pins: kernel 6.1 is in lockdown=confidentiality"));
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
  @ValueSource(
      strings = {
        "enable",
        "adopt",
        "disable",
        "auto",
        "restore",
        "status",
        "selection",
        "flows",
        "top",
        "explain",
        "forget",
        "check",
        "cni",
        "prepare",
        "unload",
        "await",
        "verify",
        "sysdump",
        "bench"
      })
  void everyVerbExplainsItself(String verb) {
    CommandLineRun run = CommandLineRun.on(datapath, verb, "--help");

    assertThat(run.exit()).isZero();
    assertThat(run.out()).startsWith("Usage: accelctl " + verb);
  }

  @Test
  void aRunOfOneVerbBuildsNoOtherAndHasItAsAllTogetherDo() {
    Map<String, CommandLine> all = accelctlFor().getSubcommands();
    assertThat(all)
        .allSatisfy((verb, line) -> assertThat(line.getCommandName()).isEqualTo(verb))
        .containsKeys("help", "generate-completion");

    all.keySet().stream()
        .filter(verb -> !Set.of("help", "generate-completion").contains(verb))
        .forEach(
            verb -> {
              Map<String, CommandLine> alone = accelctlFor(verb, "--help").getSubcommands();
              assertThat(alone).containsOnlyKeys(verb);
              assertThat(alone.get(verb).getUsageMessage())
                  .isEqualTo(all.get(verb).getUsageMessage());
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "help",
        "help flows",
        "generate-completion",
        "enabel",
        "-x status",
        "-- status",
        "--version status"
      })
  void whatMaySpeakOfAnyVerbKnowsThemAll(String arguments) {
    assertThat(accelctlFor(arguments.split(" ")).getSubcommands())
        .hasSameSizeAs(accelctlFor().getSubcommands());
  }

  @Test
  void everyOptionOfEveryVerbIsDocumented() throws Exception {
    String verbs = Files.readString(Path.of("../../docs/accelctl.md"));
    String ofTheAgent = Files.readString(Path.of("../../docs/operations.md"));

    accelctlFor()
        .getSubcommands()
        .forEach(
            (verb, line) ->
                assertThat(verb.equals("agent") ? verbs + ofTheAgent : verbs)
                    .as(verb)
                    .contains(
                        line.getCommandSpec().options().stream()
                            .map(OptionSpec::longestName)
                            .toList()));
  }

  @Test
  void helpIsAVerbToo() {
    assertThat(CommandLineRun.on(datapath, "help").out()).startsWith("Usage: accelctl [");
    assertThat(CommandLineRun.on(datapath, "help", "flows"))
        .isEqualTo(CommandLineRun.on(datapath, "flows", "--help"));
  }

  @Test
  void theVersionIsTheSameWithoutAndWithVerbs() {
    assertThat(accelctlFor("--version").getSubcommands()).isEmpty();
    assertThat(CommandLineRun.on(datapath, "-V"))
        .isEqualTo(CommandLineRun.on(datapath, "--version"))
        .isEqualTo(CommandLineRun.on(datapath, "--version", "status"));
  }

  @Test
  void hasTheVersionItsCommitAndTheIdentityOfTheProgramsThatItCarries() {
    assertThat(CommandLineRun.on(datapath, "--version").out())
        .matches(
            "accelctl \\d+\\.\\d+\\.\\d+\\S* \\(commit (?:\\p{XDigit}{12}(?:-dirty)?|unknown)\\)\n"
                + "programs (\\d+)-(\\p{XDigit}{8}) \\(generation \\1, sha256 \\2\\p{XDigit}{56}\\)\n");
  }

  private CommandLine accelctlFor(String... arguments) {
    return Accelctl.over((pinDir, cgroup) -> datapath, progress -> Checks.GOOD, arguments);
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
