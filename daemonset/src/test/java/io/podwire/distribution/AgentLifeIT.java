package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podwire.check.CheckReport;
import io.podwire.check.ContractCase;
import io.podwire.check.KeptCheck;
import io.podwire.check.KernelSupport;
import io.podwire.check.KnownLimit;
import io.podwire.check.Verdict;
import io.podwire.datapath.Authority;
import io.podwire.datapath.Build;
import io.podwire.datapath.Counter;
import io.podwire.datapath.KernelDatapath;
import io.podwire.datapath.OtherGeneration;
import io.podwire.datapath.State;
import io.podwire.datapath.Status;
import io.podwire.testbed.Progress;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The agent as a process, between an API server and the running kernel, with traffic: how it
 * starts, is switched, refused, upgraded and ended.
 */
final class AgentLifeIT extends RunningAgent {

  @Test
  void theNodesAnnotationSwitchesAndALocalSwitchIsNotOverridden() throws Exception {
    AgentProcess agent = start("--resync", "1s");
    createPods();
    assertThat(agent.get("/readyz")).startsWith("200 ok; protections: call-flags, getsockopt, ");
    HeldFlows flows = hold(server.ipv4(), 2);
    assertThat(datapath.status().authority()).isEqualTo(Authority.AGENT);

    assertThat(node("disable").out())
        .isEqualTo("node worker-1: annotation set to disabled, which its agent follows\n");
    awaitSwitch(State.DISABLED, Authority.NODE);
    flows.exchange();
    HeldFlows plain = hold(server.ipv4(), 2);
    assertThat(count(Counter.COMPLETED)).as("new ones stay out").isEqualTo(2);
    assertThat(accelctl("status").out()).contains("decided-by                node annotation");

    node("enable");
    awaitSwitch(State.ENABLED, Authority.NODE);
    hold(server.ipv4(), 2).exchange();
    assertThat(count(Counter.COMPLETED)).isEqualTo(4);
    plain.exchange();

    accelctl("disable");
    long passes = passes(agent);
    await().until(() -> passes(agent) > passes + 2);
    awaitSwitch(State.DISABLED, Authority.LOCAL);
    assertThat(accelctl("status").out()).contains("decided-by                local switch");
    assertThat(api.client().v1().events().inNamespace("default").list().getItems())
        .extracting(event -> event.getReason())
        .contains("AccelerationEnabled", "AccelerationDisabled");
    assertThat(api.client().v1().events().inNamespace("default").list().getItems())
        .extracting(event -> event.getMessage())
        .anyMatch(message -> message.contains("enabled by") && message.contains("waiters"));
  }

  @Test
  void anAgentThatIsKilledAndRestartedUnderLoadBreaksNothing() throws Exception {
    AgentProcess agent = start();
    createPods();
    HeldFlows held = hold(server.ipv4(), 20);
    AtomicBoolean enough = new AtomicBoolean();
    CompletableFuture<Integer> load = CompletableFuture.supplyAsync(() -> load(enough));
    for (int round = 0; round < 3; round++) {
      held.exchange();
      agent.close(); // SIGKILL
      held.exchange();
      agent = start();
      held.exchange();
    }
    long joined = count(Counter.COMPLETED);
    await().until(() -> count(Counter.COMPLETED) > joined);
    assertThat(datapath.status().selected()).isEqualTo(8);
    assertThat(count(Counter.RETIRED_POLICY)).isZero();
    enough.set(true);
    assertThat(load.get()).as("runs without a broken connection").isPositive();
  }

  @Test
  void anUpgradeToAnotherLayoutUnderLoadBreaksNothingAndGoesOnAccelerating() throws Exception {
    AgentProcess agent = start();
    createPods();
    HeldFlows held = hold(server.ipv4(), 20);
    AtomicBoolean enough = new AtomicBoolean();
    CompletableFuture<Integer> load = CompletableFuture.supplyAsync(() -> load(enough));
    agent.terminate();
    long before = count(Counter.REDIRECTED);
    held.exchange();
    assertThat(count(Counter.REDIRECTED)).as("SIGTERM leaves the datapath").isGreaterThan(before);

    start(upgradedLauncher());

    KernelDatapath upgraded = OtherGeneration.at(bed.pinDir(), bed.cgroup());
    await().until(() -> upgraded.status().counters().get(Counter.COMPLETED) > 0);
    assertThat(upgraded.status().selected()).isEqualTo(8);
    held.exchange();
    long drained = count(Counter.REDIRECTED);
    held.exchange();
    assertThat(count(Counter.REDIRECTED)).as("of the old ones").isEqualTo(drained + 2 * 20);
    enough.set(true);
    assertThat(load.get()).as("runs without a broken connection").isPositive();
    upgraded.unload(Duration.ofSeconds(5), true);
  }

  @Test
  void anUpgradeToAnotherBuildOfTheSameLayoutRunsItsProgramsAndIsSeen() throws Exception {
    AgentProcess agent = start();
    createPods();
    HeldFlows held = hold(server.ipv4(), 20);
    agent.terminate();

    AgentProcess next = start(launcherOfAnotherBuild());

    Status status = datapath.status();
    Build loaded = status.build().orElseThrow();
    assertThat(loaded).isNotEqualTo(Build.carried());
    assertThat(status.another()).contains(loaded);
    assertThat(status.draining()).isEqualTo(Map.of(Build.carried(), 20));
    assertThat(status.selected()).isEqualTo(8);
    held.exchange();
    hold(server.ipv4(), 3).exchange();
    assertThat(count(Counter.COMPLETED)).as("by the new programs").isEqualTo(3);
    assertThat(datapath.flows()).hasSize(20 + 3);
    assertThat(next.get("/metrics"))
        .contains(
            "podwire_build_info{loaded=\"%s\",programs=\"%s\"".formatted(loaded, loaded),
            "podwire_draining_flows 20.0");

    assertThat(accelctl("disable").exit()).isZero();
    assertThat(datapath.status().state()).isEqualTo(State.DISABLED);
    assertThat(datapath.status().build()).as("is switched, and stays").contains(loaded);
    assertThat(accelctl("enable", "--accept", "unchecked").exit()).isZero();
    await().until(() -> next.get("/readyz").contains("another build of the programs"));
    assertThat(datapath.status().build()).as("the later load wins").contains(Build.carried());
    assertThat(datapath.status().state()).isEqualTo(State.ENABLED);
    held.exchange();
  }

  @Test
  void twoAgentsOfTwoBuildsDoNotTakeTheNodeFromEachOther() throws Exception {
    AgentProcess first = start("--resync", "1s");
    createPods();

    AgentProcess second = start(launcherOfAnotherBuild());

    Build loaded = datapath.status().build().orElseThrow();
    assertThat(loaded).isNotEqualTo(Build.carried());
    long passes = passes(second);
    await().until(() -> passes(second) > passes + 2);
    await().until(() -> first.get("/readyz").contains("another build of the programs"));
    assertThat(datapath.status().build()).contains(loaded);
    hold(server.ipv4(), 3).exchange();
    assertThat(count(Counter.COMPLETED)).as("by the later one's programs").isEqualTo(3);
  }

  @Test
  void sigtermLeavesTheDatapathAndOnlyTheHeartbeatRunsOut() throws Exception {
    AgentProcess agent = start("--heartbeat", "1s");
    createPods();
    HeldFlows flows = hold(server.ipv4(), 2);

    agent.terminate();

    assertThat(datapath.status().state()).isEqualTo(State.ENABLED);
    await().until(() -> !datapath.status().warnings().isEmpty());
    long before = count(Counter.REDIRECTED);
    flows.exchange();
    assertThat(count(Counter.REDIRECTED)).isEqualTo(before + 4);
    hold(server.ipv4(), 2);
    assertThat(count(Counter.COMPLETED)).as("nothing joins").isEqualTo(2);
  }

  @Test
  void anUnloadBesideARunningAgentStaysUnloaded() throws Exception {
    AgentProcess agent = start("--resync", "1s");
    createPods();

    assertThat(accelctl("unload").out()).isEqualTo("unloaded\n");

    await().until(() -> agent.get("/readyz").startsWith("503 the datapath was unloaded"));
    long passes = passes(agent);
    await().until(() -> passes(agent) > passes + 2);
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
    assertThat(agent.isRunning()).isTrue();
  }

  @Test
  void aKernelThatIsRefusedIsMeasuredByTheVerdictsOfItsCheck() throws Exception {
    keepCheck(
        new ContractCase("message-one-byte", "1", "1", Verdict.SAME, ""),
        new ContractCase("connect-v6", "yes", "yes", Verdict.SAME, ""),
        new ContractCase("message-8-mib", "yes", "no", Verdict.DIFFERS, ""));

    AgentProcess agent =
        AgentProcess.start(
            bed, api.kubeconfig(directory), directory, "--state-dir", directory.toString());
    opened.add(agent);

    await().until(() -> agent.get("/readyz").startsWith("503 refused"));
    assertThat(agent.get("/metrics"))
        .contains(
            "podwire_check_refused 1.0\n",
            "podwire_check_cases{verdict=\"same\"} 2.0\n",
            "podwire_check_cases{verdict=\"differs\"} 1.0\n");
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
  }

  @Test
  void aNameThatIsAcceptedAndMeansNothingIsRefusedWithThoseThatMeanSomething() throws Exception {
    keepCheck(new ContractCase("message-one-byte", "1", "1", Verdict.SAME, ""));

    AgentProcess agent =
        AgentProcess.start(
            bed,
            api.kubeconfig(directory),
            directory,
            "--state-dir",
            directory.toString(),
            "--accept",
            "splice,splise");
    opened.add(agent);

    await()
        .until(
            () ->
                agent
                    .get("/readyz")
                    .startsWith(
                        "503 refused: PODWIRE_ACCEPT: splise is neither a known limit, a protection nor a case"));
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
  }

  @Test
  void aRefusalIsInTheEventsOfTheAgentsPodAndIsLookedAtAgain() throws Exception {
    new KeptCheck(directory, progress -> withoutSplice(Verdict.KNOWN_LIMIT)).renew(Progress.NONE);
    api.createPod("podwire-agent-x", List.of(address("10.1.1.9")));

    AgentProcess agent =
        AgentProcess.start(
            bed,
            api.kubeconfig(directory),
            directory,
            "--state-dir",
            directory.toString(),
            "--pod",
            "default/podwire-agent-x");
    opened.add(agent);

    await().until(() -> agent.get("/readyz").startsWith("503 refused"));
    assertThat(agent.get("/readyz"))
        .contains("PODWIRE_ACCEPT=splice", "; looked at again at 20")
        .doesNotContain("--accept");
    String uid =
        api.client()
            .pods()
            .inNamespace("default")
            .withName("podwire-agent-x")
            .get()
            .getMetadata()
            .getUid();
    await()
        .untilAsserted(
            () ->
                assertThat(api.client().v1().events().inNamespace("default").list().getItems())
                    .anySatisfy(
                        event -> {
                          assertThat(event.getInvolvedObject().getKind()).isEqualTo("Pod");
                          assertThat(event.getInvolvedObject().getName())
                              .isEqualTo("podwire-agent-x");
                          assertThat(event.getInvolvedObject().getUid()).isEqualTo(uid);
                          assertThat(event.getMessage()).contains("PODWIRE_ACCEPT=splice");
                        }));

    new KeptCheck(directory, progress -> withoutSplice(Verdict.SAME)).renew(Progress.NONE);

    await().until(agent::isReady);
    assertThat(datapath.status().state()).isEqualTo(State.ENABLED);
  }

  @Test
  void aNodeThatRunsGoesOnWhereTheKeptCheckIsGone() throws Exception {
    new KeptCheck(directory, progress -> withoutSplice(Verdict.SAME)).renew(Progress.NONE);
    AgentProcess first =
        AgentProcess.start(
            bed, api.kubeconfig(directory), directory, "--state-dir", directory.toString());
    opened.add(first);
    await().until(first::isReady);
    createPods();
    HeldFlows flows = hold(server.ipv4(), 2);
    first.close(); // SIGKILL
    Files.delete(directory.resolve("check.json"));

    AgentProcess second =
        AgentProcess.start(
            bed, api.kubeconfig(directory), directory, "--state-dir", directory.toString());
    opened.add(second);

    await()
        .until(
            () ->
                second
                    .get("/readyz")
                    .startsWith("200 ok: goes on as before, without a check: no check of this"));
    assertThat(second.get("/metrics")).contains("podwire_check_refused 0.0\n");
    long joined = count(Counter.COMPLETED);
    hold(server.ipv4(), 2).exchange();
    assertThat(count(Counter.COMPLETED)).isEqualTo(joined + 2);
    flows.exchange();
  }

  private void keepCheck(ContractCase... cases) {
    CheckReport report =
        new CheckReport(
            System.getProperty("os.version"),
            Build.GENERATION,
            Build.carried().sha256(),
            List.of(),
            List.of(cases));
    new KeptCheck(directory, progress -> report).renew(Progress.NONE);
  }

  private static CheckReport withoutSplice(Verdict verdict) {
    return new CheckReport(
        System.getProperty("os.version"),
        Build.GENERATION,
        Build.carried().sha256(),
        List.of(new KernelSupport("splice", false, "splice(2)")),
        List.of(
            new ContractCase(
                "splice-large",
                "intact: yes",
                verdict == Verdict.SAME ? "intact: yes" : "hangs",
                verdict,
                verdict == Verdict.SAME ? "" : KnownLimit.SPLICE.toString())));
  }

  /** Counted, and not timed: others work on the machine. Java's own timers made it 6 a second. */
  @Test
  void anIdleAgentThatIsProbedHardlyWakesUp() throws Exception {
    AgentProcess agent = start();
    createPods();
    long passes = passes(agent);
    Map<String, Long> before = agent.sleeps();
    long begin = System.nanoTime();

    for (int i = 0; i < 2; i++) {
      assertThat(agent.isReady()).isTrue();
      await().pollDelay(Duration.ofSeconds(5)).until(() -> true);
    }

    Map<String, Long> after = agent.sleeps();
    double seconds = (System.nanoTime() - begin) / 1e9;
    long sleeps =
        after.entrySet().stream()
            .filter(thread -> before.containsKey(thread.getKey()))
            .mapToLong(thread -> thread.getValue() - before.get(thread.getKey()))
            .sum();
    assertThat(sleeps / seconds).as("wake-ups a second").isLessThan(4);
    assertThat(passes(agent) - passes).as("passes: a heartbeat is none").isLessThanOrEqualTo(1);
  }

  @Test
  void aNodeThatWasSwitchedByHandIsLeftToTheAgentAgain() throws Exception {
    start("--heartbeat", "3s");
    accelctl("disable");
    awaitSwitch(State.DISABLED, Authority.LOCAL);

    assertThat(accelctl("auto").out())
        .isEqualTo("left to the agent, which decides at its next heartbeat; disabled until then\n");
    awaitSwitch(State.ENABLED, Authority.AGENT);

    node("disable");
    awaitSwitch(State.DISABLED, Authority.NODE);
    assertThat(node("auto").out())
        .startsWith("node worker-1: annotation removed, its agent decides; whether a switch on")
        .contains("no agent runs on node worker-1"); // but as a process, which nobody can ask
    awaitSwitch(State.ENABLED, Authority.AGENT);
  }

  /** Opens connections until it is enough, each byte right; the number of runs. */
  private int load(AtomicBoolean enough) {
    try {
      int runs = 0;
      for (; !enough.get(); runs++) {
        HeldFlows.pairs(client, server.ipv4(), PORT, 100, 20).awaitSuccess();
      }
      return runs;
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private AgentProcess start(List<String> launcher) throws IOException {
    String[] options = {"--accept", "unchecked", "--resync", "1s"};
    AgentProcess agent =
        AgentProcess.start(launcher, bed, api.kubeconfig(directory), directory, options);
    opened.add(agent);
    await()
        .atMost(Duration.ofSeconds(90)) // it has no archive of classes
        .untilAsserted(() -> assertThat(agent.isReady()).as(agent::log).isTrue());
    return agent;
  }

  /** The same agent, with programs of another generation. */
  private static List<String> upgradedLauncher() {
    return launcher(
        "../agent/accelctl/target/test-classes:../bpf/datapath/target/test-classes",
        "io.podwire.cli.UpgradedMain");
  }

  private static List<String> launcher(String first, String main) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin/java").toString(),
        "-XX:+UseSerialGC", // as of bin/accelctl, it starts in half the time
        "-XX:TieredStopAtLevel=1",
        "-cp",
        first + ":target/podwire/lib/*",
        "-Djffi.boot.library.path="
            + Path.of("target/podwire/lib/jni/x86_64-Linux").toAbsolutePath(),
        main);
  }

  /** The same agent, with programs that differ in nothing but what they hash to. */
  private List<String> launcherOfAnotherBuild() throws IOException {
    Path objects = Files.createDirectories(directory.resolve("another/io/podwire/bpf"));
    try (FileSystem jar = FileSystems.newFileSystem(datapathJar());
        Stream<Path> resources = Files.list(jar.getPath("io/podwire/bpf"))) {
      for (Path object : resources.filter(path -> path.toString().endsWith(".bpf.o")).toList()) {
        Path copy = objects.resolve(object.getFileName().toString());
        Files.copy(object, copy);
        Files.writeString(copy, "another", StandardOpenOption.APPEND);
        Files.writeString(Path.of(copy + ".sha256"), sha256(copy));
      }
    }
    return launcher(directory.resolve("another").toString(), "io.podwire.cli.Main");
  }

  private static String sha256(Path file) throws IOException {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static Path datapathJar() throws IOException {
    try (Stream<Path> jars = Files.list(Path.of("target/podwire/lib"))) {
      return jars.filter(jar -> jar.getFileName().toString().startsWith("podwire-datapath-"))
          .findFirst()
          .orElseThrow();
    }
  }

  private void awaitSwitch(State state, Authority by) {
    await()
        .untilAsserted(
            () -> {
              assertThat(datapath.status().state()).isEqualTo(state);
              assertThat(datapath.status().authority()).isEqualTo(by);
            });
  }

  private Completed node(String verb) throws IOException {
    return BuiltAccelctl.built()
        .run(
            AgentProcess.environment(api.kubeconfig(directory)),
            List.of(),
            verb,
            "--node",
            ApiServer.NODE);
  }
}
