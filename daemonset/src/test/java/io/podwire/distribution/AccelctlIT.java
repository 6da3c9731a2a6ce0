package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podwire.datapath.CgroupV2;
import io.podwire.testbed.Testbed;
import io.podwire.testing.KernelTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator sees of {@code accelctl} on the running kernel. */
@KernelTest
final class AccelctlIT {

  /** Holds the one check that all tests share: it takes up to a minute. */
  @TempDir private static Path state;

  private static Completed check;

  private final BuiltAccelctl accelctl = BuiltAccelctl.built();
  private Testbed node;

  @BeforeAll
  static void checkTheKernel() {
    check = BuiltAccelctl.built().run("check", "--state-dir", state.toString());
  }

  @BeforeEach
  void openTestbed() {
    node = Testbed.open("pod");
  }

  @AfterEach
  void closeTestbed() {
    node.close();
  }

  @Test
  void statusSaysInOneLineThatNothingIsLoaded() {
    assertThat(run("status")).isEqualTo(done("absent: nothing is loaded at " + node.pinDir()));
  }

  @Test
  void aCheckOfThisKernelFindsNothingButDocumentedLimitsAndIsKept() {
    assertThat(check.exit()).as(check.out() + check.err()).isZero();
    assertThat(check.out())
        .contains(" 0 differ\n", "Protections of this kernel:", "setsockopt")
        .containsPattern(" ([4-9]\\d\\d|\\d{4}) the same");
    assertThat(state.resolve("check.json")).content().contains("\"verdict\" : \"same\"");
  }

  @Test
  void whereThisKernelCannotRefuseSpliceNetworksAreRefusedAndNamedPodsTaken() {
    boolean guarded = check.out().contains("splice             yes");

    Completed network = run("enable", "--cidr", "10.6.1.0/24");

    if (guarded) {
      assertThat(network.exit()).isZero();
      return;
    }
    assertThat(check.out()).contains("splice-nonblocking", "known limit splice");
    assertThat(network.exit()).isEqualTo(1);
    assertThat(network.err())
        .contains("HAProxy with option splice-auto", "--accept splice")
        .hasLineCount(1);
    assertThat(node.pinDir()).doesNotExist();
    assertThat(run("enable", "--address", "10.6.1.2").out()).contains("keep out Go programs");
    assertThat(
            run("enable", "--cidr", "10.6.1.0/24", "--accept", "splice,waitall,discard,io-uring")
                .exit())
        .isZero();
  }

  @Test
  void aStatusInWordsSpendsNoTimeOnJson() throws IOException {
    run("enable", "--address", "10.6.1.2");
    Path classes = state.resolve("classes");

    Map<String, String> listing = Map.of("JDK_JAVA_OPTIONS", "-XX:DumpLoadedClassList=" + classes);
    accelctl.run(listing, List.of(), arguments("status"));

    assertThat(classes).content().contains("io/podwire/cli/StatusCommand");
    assertThat(classes).content().doesNotContain("tools/jackson/databind/ObjectMapper");
  }

  @Test
  void flowsOfANodeWithoutTrafficAreNone() {
    run("enable", "--address", "10.6.1.2");

    assertThat(run("flows")).isEqualTo(done("0 flows, 0 stalled"));
  }

  @Test
  void enableLoadsAndStatusOfAnotherProcessSeesIt() {
    assertThat(run("enable", "--address", "10.6.1.2", "--address", "fd00::2").out())
        .startsWith("enabled: 2 prefixes selected");

    assertThat(run("status").out())
        .startsWith("state                     enabled\n")
        .contains("selected                  2 prefixes\n");
    assertThat(run("status", "-o", "json").out()).contains("\"state\" : \"enabled\"");
  }

  @Test
  void aSysdumpHasWhatTheOtherVerbsSayAndWhatTheMapsTake(@TempDir Path directory) {
    run("enable", "--address", "10.6.1.2");

    Completed unpacked =
        inShell(
            "\"$@\" --output - | tar xz --strip-components=1 -C " + directory,
            "sysdump",
            "--state-dir",
            state.toString());

    assertThat(unpacked.exit()).as(unpacked.err()).isZero();
    assertThat(directory.resolve("status.json")).content().contains("\"state\" : \"enabled\"");
    assertThat(directory.resolve("selection.json")).content().contains("10.6.1.2");
    assertThat(directory.resolve("flows.json")).content().contains("\"flows\" : [ ]");
    assertThat(directory.resolve("check.json"))
        .hasSameTextualContentAs(state.resolve("check.json"));
    assertThat(directory.resolve("maps.json"))
        .content()
        .containsPattern("\"name\" : \"flows\",\\s+\"entries\" : 0")
        .containsPattern("\"name\" : \"counters\",[^}]+\"memory_bytes\" : [1-9]");
    assertThat(directory.resolve("versions.txt"))
        .content()
        .contains("kernel Linux version ")
        .containsPattern("(?m)^/\\S+/libbpf\\.so\\.[01]\\.");
  }

  @Test
  void aSecondEnableSaysThatItWasEnabled() {
    run("enable", "--address", "10.6.1.2");

    assertThat(run("enable").out()).startsWith("already enabled: 1 prefix selected");
  }

  @Test
  void theMaximumOfFlowsIsFixedWhileLoaded() {
    run("enable", "--max-flows", "100");

    Completed run = run("enable", "--max-flows", "200");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).startsWith("accelctl: max-flows is 100 and fixed").hasLineCount(1);
  }

  @Test
  void whatWasWrittenDownIsRestored(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("podwire.conf");
    Files.writeString(file, "switch=on\naddress=10.6.1.2\naccept=unchecked\n");

    assertThat(run("restore", file.toString())).isEqualTo(done("enabled: 1 prefix selected"));
  }

  @Test
  void disableStopsAndEnableGoesOn() {
    run("enable", "--address", "10.6.1.2");

    assertThat(run("disable")).isEqualTo(done("disabled: 0 flows left until they close"));
    assertThat(run("disable", "--now")).isEqualTo(done("disabled: 0 flows left to go back to TCP"));
    assertThat(run("enable").out()).startsWith("enabled: 1 prefix selected");
  }

  @Test
  void forgetFindsNothingWhereNothingHappened() {
    assertThat(run("forget")).isEqualTo(done("nothing is loaded at " + node.pinDir()));
    run("enable", "--address", "10.6.1.2");

    assertThat(run("forget")).isEqualTo(done("nothing to forget"));
    assertThat(run("forget", "--address", "10.6.1.2", "--container", "1", "-o", "json").out())
        .contains("\"incompatible_clients\" : [ ]");
  }

  @Test
  void aSecondUnloadHasNothingToDo() {
    run("enable");

    assertThat(run("unload")).isEqualTo(done("unloaded"));
    assertThat(run("unload")).isEqualTo(done("nothing is loaded at " + node.pinDir()));
    assertThat(node.pinDir()).doesNotExist();
  }

  @Test
  void anAddressThatIsNoneIsAUsageErrorInOneLine() {
    Completed run = run("enable", "--address", "300.1.2.3");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("300.1.2.3 is not an IP address").hasLineCount(1);
    assertThat(node.pinDir()).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"enable", "agent"})
  void anOrdinaryUserIsToldThatItTakesRootAndNothingElse(String verb, @TempDir Path directory)
      throws Exception {
    // The build may lie where no other user can look.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    new ProcessBuilder("cp", "-R", "target/podwire", directory.toString()).start().waitFor();
    List<String> nobody =
        List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--");

    Completed run =
        BuiltAccelctl.at(directory.resolve("podwire/bin/accelctl")).run(Map.of(), nobody, verb);

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("accelctl: ").contains("root").hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "json"})
  void flowsThatAreWatchedEndWithTheirReader(String format) {
    Completed run = inShell("timeout 60 \"$@\" | head -n 1", "flows", "--watch", "-o", format);

    assertThat(run.exit()).isZero();
    assertThat(run.out()).hasLineCount(1);
    assertThat(run.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "enable --address 10.6.1.2",
        "enable -o json",
        "status",
        "status -o json",
        "selection",
        "selection -o json",
        "flows",
        "flows -o json",
        "top",
        "top -o json",
        "explain",
        "explain -o json",
        "disable",
        "disable -o json",
        "unload",
        "unload -o json"
      })
  void anAnswerThatCannotBeWrittenIsAnError(String arguments) {
    Completed run = inShell("\"$@\" >/dev/full", arguments.split(" "));

    assertThat(run).isEqualTo(lost());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "--version",
        "generate-completion",
        "check --kept",
        "check --kept -o json"
      })
  void anAnswerOfWhatIsOfNoDatapathThatCannotBeWrittenIsAnError(String arguments) {
    List<String> all = new ArrayList<>(List.of(arguments.split(" ")));
    if (all.contains("check")) {
      all.addAll(List.of("--state-dir", state.toString()));
    }

    assertThat(accelctlInShell("\"$@\" >/dev/full", all)).isEqualTo(lost());
  }

  @Test
  void whatWasSelectedByHandIsListedAndRemoved() {
    run("enable", "--address", "10.6.1.2", "--address", "fd00::2", "--exclude", "10.6.1.9");

    assertThat(run("selection").out().replaceAll(" +", " "))
        .isEqualTo(
            """
            10.6.1.2 selected
            10.6.1.9 excluded
            fd00:0:0:0:0:0:0:2 selected
            2 prefixes selected, 1 excluded
            """);
    assertThat(run("selection", "--remove", "fd00::2").out())
        .endsWith("1 prefix selected, 1 excluded\n");
    assertThat(run("selection", "--remove-all")).isEqualTo(done("0 prefixes selected, 0 excluded"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "enable --node worker-1",
        "bench --cluster --node worker-1",
        "await podwire-agent",
        "agent"
      })
  void whereThereIsNoClusterTheMissingKubeconfigIsNamed(String arguments, @TempDir Path home) {
    List<String> all = new ArrayList<>(List.of(arguments.split(" ")));
    if (all.contains("agent")) {
      all.addAll(List.of("--cgroup", node.cgroup().toString()));
      all.addAll(List.of("--pin-dir", node.pinDir().toString()));
      all.addAll(List.of("--listen", "127.0.0.1:0"));
    }
    List<String> bare = List.of("env", "-u", "KUBECONFIG", "HOME=" + home);
    Path missing = home.resolve("missing");
    String[] words = all.toArray(String[]::new);

    Completed without = accelctl.run(Map.of(), bare, words);
    Completed wrong = accelctl.run(Map.of("KUBECONFIG", missing.toString()), List.of(), words);

    assertThat(without.exit()).isEqualTo(1);
    assertThat(without.err())
        .startsWith("accelctl: which cluster? KUBECONFIG is not set, and " + home + "/.kube/config")
        .hasLineCount(1);
    assertThat(wrong.exit()).isEqualTo(1);
    assertThat(wrong.err())
        .startsWith("accelctl: KUBECONFIG names " + missing + ", which cannot be read")
        .hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no: kubeconfig", "{ nonsense"})
  void aKubeconfigThatNamesNoClusterIsNamed(String content, @TempDir Path directory)
      throws Exception {
    Path file = Files.writeString(directory.resolve("config"), content);

    Completed run =
        accelctl.run(
            Map.of("KUBECONFIG", file.toString()), List.of(), "disable", "--node", "worker-1");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).startsWith("accelctl: " + file + " ").hasLineCount(1);
  }

  @Test
  void anInterruptedBenchLeavesNothing(@TempDir Path directory) throws Exception {
    Path temporary = Files.createDirectory(directory.resolve("tmp"));
    Process bench =
        accelctl.start(
            Map.of("JDK_JAVA_OPTIONS", "-Djava.io.tmpdir=" + temporary),
            "bench",
            "--rounds",
            "2",
            "--output",
            directory.resolve("report").toString());
    await().until(() -> testbedOf(bench).isPresent() || !bench.isAlive());
    Path testbed = testbedOf(bench).orElseThrow();
    assertThat(temporary).isNotEmptyDirectory();

    bench.destroy(); // SIGTERM; Ctrl-C takes the same way through the JVM

    assertThat(bench.waitFor(20, TimeUnit.SECONDS)).isTrue();
    await().untilAsserted(() -> assertThat(testbed).doesNotExist());
    await().untilAsserted(() -> assertThat(temporary).isEmptyDirectory());
    assertThat(directory.resolve("report")).doesNotExist();
  }

  /** The cgroup that it made; tests beside this one make others. */
  private static Optional<Path> testbedOf(Process bench) {
    try (Stream<Path> cgroups = Files.list(CgroupV2.root())) {
      return cgroups
          .filter(
              p -> p.getFileName().toString().startsWith("podwire-testbed-" + bench.pid() + "-"))
          .findFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aPinDirectoryThatIsNotOnABpfFileSystemIsRefused(@TempDir Path directory) {
    Completed run =
        accelctl.run(
            "enable", "--cgroup", node.cgroup().toString(), "--pin-dir", directory.toString());

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).contains("is not on a BPF file system").hasLineCount(1);
  }

  @Test
  void anEnableKilledAtAnyMomentIsRepairedByTheNext() throws Exception {
    for (int millis = 100; millis <= 800; millis += 100) {
      Process enable = accelctl.start(arguments("enable", "--address", "10.6.1.2"));
      enable.waitFor(millis, TimeUnit.MILLISECONDS);
      enable.destroyForcibly().waitFor();

      assertThat(run("enable", "--address", "10.6.1.2").err()).isEmpty();
      assertThat(run("status").out()).startsWith("state                     enabled\n");

      Process unload = accelctl.start(arguments("unload"));
      unload.waitFor(millis, TimeUnit.MILLISECONDS);
      unload.destroyForcibly().waitFor();

      assertThat(run("unload").err()).isEmpty();
      assertThat(node.pinDir()).doesNotExist();
    }
  }

  private Completed run(String... arguments) {
    return accelctl.run(arguments(arguments));
  }

  /** Runs it as {@code "$@"} of a script. */
  private Completed inShell(String script, String... arguments) {
    return accelctlInShell(script, List.of(arguments(arguments)));
  }

  private static Completed accelctlInShell(String script, List<String> arguments) {
    return BuiltAccelctl.built()
        .run(
            Map.of(),
            List.of("bash", "-o", "pipefail", "-c", script, "bash"),
            arguments.toArray(String[]::new));
  }

  private static Completed lost() {
    return new Completed(
        1, "", "accelctl: cannot write standard output: No space left on device\n");
  }

  private String[] arguments(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--cgroup", node.cgroup().toString()));
    all.addAll(List.of("--pin-dir", node.pinDir().toString()));
    if (arguments[0].equals("enable")) {
      all.addAll(List.of("--state-dir", state.toString()));
    }
    return all.toArray(String[]::new);
  }

  private static Completed done(String line) {
    return new Completed(0, line + "\n", "");
  }
}
