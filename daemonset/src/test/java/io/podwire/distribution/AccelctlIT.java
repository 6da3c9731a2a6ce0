package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podwire.bench.testbed.Testbed;
import io.podwire.datapath.CgroupV2;
import io.podwire.testing.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sees of {@code accelctl} on the running kernel. */
@KernelTest
final class AccelctlIT {

  /** Holds the one check that all tests share: it takes half a minute. */
  @TempDir private static Path state;

  private static Completed check;

  private final Accelctl accelctl = Accelctl.built();
  private Testbed node;

  @BeforeAll
  static void checkTheKernel() {
    check = Accelctl.built().run("check", "--state-dir", state.toString());
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
    assertThat(check.out()).contains(" 0 differ\n", "Protections of this kernel:", "setsockopt");
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
    assertThat(run("enable", "--cidr", "10.6.1.0/24", "--accept", "splice,waitall,discard").exit())
        .isZero();
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
  void disableStopsAndEnableGoesOn() {
    run("enable", "--address", "10.6.1.2");

    assertThat(run("disable")).isEqualTo(done("disabled: 0 flows left until they close"));
    assertThat(run("disable", "--now")).isEqualTo(done("disabled: 0 flows left to go back to TCP"));
    assertThat(run("enable").out()).startsWith("enabled: 1 prefix selected");
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

  @Test
  void anOrdinaryUserIsToldThatItTakesRoot(@TempDir Path directory) throws Exception {
    // The build may lie where no other user can look.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    new ProcessBuilder("cp", "-R", "target/podwire", directory.toString()).start().waitFor();
    List<String> nobody =
        List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--");

    Completed run =
        Accelctl.at(directory.resolve("podwire/bin/accelctl")).run(Map.of(), nobody, "enable");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("accelctl: ").contains("root").hasLineCount(1);
  }

  @Test
  void anInterruptedBenchLeavesNothing(@TempDir Path directory) throws Exception {
    Set<Path> before = traces();
    Process bench =
        accelctl.start(
            "bench", "--rounds", "2", "--output", directory.resolve("report").toString());
    await().until(() -> !traces().equals(before) || !bench.isAlive());
    assertThat(bench.isAlive()).isTrue();

    bench.destroy(); // SIGTERM; Ctrl-C takes the same way through the JVM

    assertThat(bench.waitFor(20, TimeUnit.SECONDS)).isTrue();
    await().until(() -> traces().equals(before));
    assertThat(directory.resolve("report")).doesNotExist();
  }

  /** What a bench makes outside of its own namespaces. */
  private static Set<Path> traces() throws IOException {
    Set<Path> traces = new TreeSet<>();
    for (Path parent : List.of(CgroupV2.root(), Path.of(System.getProperty("java.io.tmpdir")))) {
      try (Stream<Path> children = Files.list(parent)) {
        children
            .filter(child -> child.getFileName().toString().startsWith("podwire-"))
            .forEach(traces::add);
      }
    }
    return traces;
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
