package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.podwire.bench.Child;
import io.podwire.bench.Progress;
import io.podwire.bench.testbed.Place;
import io.podwire.bench.testbed.Testbed;
import io.podwire.check.CheckReport;
import io.podwire.check.ContractCase;
import io.podwire.check.KeptCheck;
import io.podwire.check.Verdict;
import io.podwire.datapath.Authority;
import io.podwire.datapath.Counter;
import io.podwire.datapath.KernelDatapath;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.State;
import io.podwire.testing.KernelTest;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a process, between an API server and the running kernel, with traffic. */
@KernelTest
final class AgentIT {

  private static final int PORT = 7400;

  private static final Pattern ANSWERS = Pattern.compile("\\[Total Run].*ReceivedMessages=(\\d+)");

  @TempDir private Path directory;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private Testbed bed;
  private Place client;
  private Place server;
  private ApiServer api;
  private KernelDatapath datapath;

  @BeforeAll
  static void bePatient() {
    Awaitility.setDefaultTimeout(Duration.ofSeconds(30));
  }

  @AfterAll
  static void forgetPatience() {
    Awaitility.reset();
  }

  @BeforeEach
  void open() {
    bed = Testbed.open("client", "server");
    client = bed.pod("client");
    server = bed.pod("server");
    datapath = KernelDatapath.at(bed.pinDir(), bed.cgroup());
    api = ApiServer.start();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened) {
      one.close();
    }
    api.close();
    datapath.unload(Duration.ofSeconds(5), true);
    bed.close();
  }

  @Test
  void aPodIsAcceleratedOnEveryInterfaceWithinASecondAndNoLongerOnceItIsGone() throws Exception {
    start();
    api.createPod("client", client.addresses());
    long begin = System.nanoTime();
    api.createPod("server", server.addresses());
    await().pollInterval(Duration.ofMillis(10)).until(() -> datapath.status().selected() == 8);
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    sample("selected-after-ms", Long.toString(took.toMillis()));
    assertThat(took).isLessThan(Duration.ofSeconds(5)); // a second, were nobody else here

    List<HeldFlows> everywhere = new ArrayList<>();
    int joined = 0;
    for (InetAddress address : server.addresses()) {
      everywhere.add(hold(address, 3));
      joined += 3;
      assertThat(count(Counter.COMPLETED)).as("%s", address).isEqualTo(joined);
    }
    long before = count(Counter.REDIRECTED);
    exchange(everywhere);
    assertThat(count(Counter.REDIRECTED)).isEqualTo(before + 2 * joined);

    api.deletePod("server");
    await().until(() -> datapath.status().selected() == 4);
    exchange(everywhere);
    exchange(everywhere);
    awaitNoFlows();
    HeldFlows plain = hold(server.ipv4(), 3);
    plain.exchange();
    assertThat(count(Counter.COMPLETED)).isEqualTo(joined);
  }

  @Test
  void sockperfIsRedirectedOnEveryInterfaceFromWhenThePodIsThere() throws Exception {
    start();
    api.createPod("client", client.addresses());
    List<InetAddress> interfaces = List.of(server.ipv4(), server.routedIpv4());
    for (InetAddress address : interfaces) {
      assertThat(sockperf(address)).isPositive();
    }
    assertThat(count(Counter.REDIRECTED)).isZero();

    api.createPod("server", server.addresses());
    await().until(() -> datapath.status().selected() == 8);

    for (InetAddress address : interfaces) {
      long before = count(Counter.REDIRECTED);
      long answers = sockperf(address);
      assertThat(answers).isPositive();
      assertThat(count(Counter.REDIRECTED) - before)
          .as("%s", address)
          .isGreaterThanOrEqualTo(2 * answers);
    }
    assertThat(count(Counter.COMPLETED)).isEqualTo(interfaces.size());
  }

  @Test
  void optingAPodOutSendsItsLiveFlowsBackToTcpAndInAgainAcceleratesNewOnes() throws Exception {
    start();
    createPods();
    HeldFlows flows = hold(server.ipv4(), 5);

    api.annotatePod("server", "disabled");
    await().until(() -> datapath.status().selected() == 4);
    flows.exchange();
    awaitNoFlows();
    flows.exchange();
    assertThat(count(Counter.RETIRED_POLICY)).isPositive();

    api.annotatePod("server", "enabled");
    await().until(() -> datapath.status().selected() == 8);
    hold(server.ipv4(), 5).exchange();
    assertThat(count(Counter.COMPLETED)).isEqualTo(10);
    flows.exchange();
  }

  @Test
  void theNodesAnnotationSwitchesAndALocalSwitchIsNotOverridden() throws Exception {
    AgentProcess agent = start("--resync", "1s");
    createPods();
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
  }

  @Test
  void aNetworkPolicySendsTheFlowsOfItsPodsBackToTcpAndNewOnesJoin() throws Exception {
    start();
    createPods();
    HeldFlows flows = hold(server.ipv4(), 5);
    policy("other", "someone-else");
    flows.exchange();
    assertThat(count(Counter.RETIRED_POLICY)).isZero();

    policy("mine", "server");
    await().until(() -> !datapath.marks().isEmpty());
    flows.exchange();
    awaitNoFlows();
    long retired = count(Counter.RETIRED_POLICY);
    assertThat(retired).isBetween(5L, 10L);

    HeldFlows later = hold(server.ipv4(), 5);
    later.exchange();
    assertThat(count(Counter.COMPLETED)).isEqualTo(10);
    assertThat(count(Counter.RETIRED_POLICY)).isEqualTo(retired);

    Map<Prefix, Integer> marks = datapath.marks();
    api.client().network().v1().networkPolicies().inNamespace("default").withName("mine").delete();
    await().until(() -> !datapath.marks().equals(marks));
    later.exchange();
    awaitNoFlows();
  }

  @Test
  void aPolicyThatChangedWhileNoAgentRanIsSeenByTheNext() throws Exception {
    AgentProcess first = start();
    createPods();
    HeldFlows flows = hold(server.ipv4(), 5);
    first.close();
    policy("mine", "server");
    flows.exchange();
    assertThat(count(Counter.RETIRED_POLICY)).isZero();

    start();

    await().until(() -> !datapath.marks().isEmpty());
    flows.exchange();
    awaitNoFlows();
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

    start(List.of(upgradedLauncher()));

    KernelDatapath upgraded = io.podwire.datapath.OtherGeneration.at(bed.pinDir(), bed.cgroup());
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
  void anApiServerThatIsNotThereAtStartIsWaitedForAndOneThatGoesChangesNothing() throws Exception {
    api.stop();
    AgentProcess agent = launch();
    await().until(() -> agent.get("/readyz").startsWith("503 cannot read"));
    assertThat(agent.get("/healthz")).isEqualTo("200 ok\n");
    assertThat(datapath.status().state()).as("not before it is known what").isEqualTo(State.ABSENT);

    api.objects().refuse(4);
    api.resume();
    createPods(); // waits longer than the agent's retries

    HeldFlows flows = hold(server.ipv4(), 3);
    api.stop();
    await().until(() -> agent.get("/metrics").contains("watch_up{resource=\"pods\"} 0.0"));
    flows.exchange();
    hold(server.ipv4(), 3).exchange();
    assertThat(count(Counter.COMPLETED)).isEqualTo(6);
    assertThat(agent.isReady()).isTrue();

    api.resume();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> agent.get("/metrics").contains("watch_up{resource=\"pods\"} 1.0"));
    api.deletePod("server");
    await().atMost(Duration.ofSeconds(60)).until(() -> datapath.status().selected() == 4);
  }

  @Test
  void onlyPodsOfTheNodeAreAskedForAndOneThatIsScheduledToItIsSeen() throws Exception {
    start();
    createPods();
    api.createPod("waiting", null, Map.of(), List.of(address("10.1.1.1")));
    api.createPod("stranger", "worker-2", Map.of(), List.of(address("10.1.1.2")));

    api.schedulePod("waiting");

    await().until(() -> datapath.status().selected() == 9);
    assertThat(datapath.selection()).containsKey(Prefix.of(address("10.1.1.1")));
    assertThat(api.objects().podRequests())
        .isNotEmpty()
        .allMatch(path -> path.contains("fieldSelector=spec.nodeName%3D" + ApiServer.NODE));
  }

  @Test
  void podsOfOtherNodesAreLeftAloneWhereTheApiServerSendsThemAllTheSame() throws Exception {
    api.objects().ignoreNodeSelectors();
    api.createPod("stranger", "worker-2", Map.of(), List.of(address("10.1.1.2")));
    AgentProcess agent = start();
    api.createPod("later", "worker-2", Map.of(), List.of(address("10.1.1.3")));
    createPods();

    assertThat(datapath.selection()).hasSize(8);
    assertThat(agent.get("/pods")).contains("server").doesNotContain("stranger", "later");
  }

  @Test
  void aWatchThatIsCutOffGoesOnAtTheVersionOfTheLastBookmark() throws Exception {
    start();
    createPods();

    long version = api.objects().bookmark();
    api.objects().disconnect();
    api.deletePod("server");

    await().until(() -> datapath.status().selected() == 4);
    List<String> requests = api.objects().podRequests();
    assertThat(requests.get(requests.size() - 1))
        .contains("watch=true")
        .containsPattern("resourceVersion=" + version + "\\b");
  }

  @Test
  void whatIsForgottenWhileAWatchRunsIsReadAnew() throws Exception {
    AgentProcess agent = start();
    createPods();

    api.objects().outrun(() -> api.deletePod("server"));

    await().until(() -> datapath.status().selected() == 4);
    await().until(agent::isReady);
    api.createPod("server", server.addresses());
    await().until(() -> datapath.status().selected() == 8);
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
  void foreignEditsOfTheSelectionAreRepaired() throws Exception {
    start("--resync", "1s");
    createPods();

    datapath.deselect(List.of(Prefix.of(server.ipv4())));
    datapath.select(List.of(Prefix.cidr("10.99.0.0/16")), io.podwire.datapath.Selection.SELECTED);

    await()
        .untilAsserted(
            () ->
                assertThat(datapath.selection().keySet())
                    .hasSize(8)
                    .contains(Prefix.of(server.ipv4())));
  }

  @Test
  void aKernelThatIsRefusedIsMeasuredByTheVerdictsOfItsCheck() throws Exception {
    CheckReport report =
        new CheckReport(
            System.getProperty("os.version"),
            KernelDatapath.GENERATION,
            List.of(),
            List.of(
                new ContractCase("message-one-byte", "1", "1", Verdict.SAME, ""),
                new ContractCase("connect-v6", "yes", "yes", Verdict.SAME, ""),
                new ContractCase("message-8-mib", "yes", "no", Verdict.DIFFERS, "")));
    new KeptCheck(directory, progress -> report).renew(Progress.NONE);

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
  void podsOfTheNodeAreShownWithTheReason() throws Exception {
    AgentProcess agent = start();
    createPods();
    api.createPod("stranger", "worker-2", Map.of(), List.of(address("10.1.1.1")));
    api.createPod(
        "quiet",
        ApiServer.NODE,
        Map.of("podwire.io/acceleration", "disabled"),
        List.of(address("10.1.1.2"), address("fd00::2")));
    await().until(() -> agent.get("/pods").contains("quiet"));

    Completed run = Accelctl.built().run("pods", "--agent", agent.listen());

    hold(server.ipv4(), 2).exchange();
    sample("pods", run.out());
    sample("status", accelctl("status").out());
    sample("metrics", agent.get("/metrics"));
    sample("log", agent.log());
    assertThat(run.exit()).isZero();
    assertThat(run.out())
        .contains("default/quiet   not selected  pod says disabled  10.1.1.2 fd00:0:0:0:0:0:0:2")
        .contains("default/client  selected      mode opt-out  10.66.0.10 fd66")
        .contains("3 pods on node worker-1, 2 selected\n")
        .doesNotContain("stranger");
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

  /** A second of ping-pong between the pods; the messages that came back. */
  private long sockperf(InetAddress address) {
    List<String> endpoint =
        List.of("--tcp", "-i", address.getHostAddress(), "-p", Integer.toString(PORT));
    List<String> serve = new ArrayList<>(List.of("sockperf", "server"));
    serve.addAll(endpoint);
    List<String> ping = new ArrayList<>(List.of("sockperf", "ping-pong"));
    ping.addAll(endpoint);
    ping.addAll(List.of("-t", "1"));
    try (Child serving = Child.start(server, directory.resolve("sockperf-server"), serve)) {
      serving.awaitListening((Inet4Address) address, PORT);
      try (Child pinging = Child.start(client, directory.resolve("sockperf-client"), ping)) {
        Matcher total = ANSWERS.matcher(pinging.finish(Duration.ofSeconds(30)));
        assertThat(total.find()).isTrue();
        return Long.parseLong(total.group(1));
      }
    }
  }

  /** What docs/operations.md shows. */
  private static void sample(String name, String text) throws IOException {
    Path samples = Files.createDirectories(Path.of("target/agent-samples"));
    Files.writeString(samples.resolve(name), text);
  }

  private HeldFlows hold(InetAddress address, int connections) throws IOException {
    if (opened.stream().noneMatch(one -> one instanceof Served s && s.address.equals(address))) {
      opened.add(new Served(address, HeldFlows.serve(server, address, PORT)));
    }
    HeldFlows flows = HeldFlows.open(client, address, PORT, connections);
    opened.add(flows);
    return flows;
  }

  private record Served(InetAddress address, HeldFlows server) implements AutoCloseable {
    @Override
    public void close() {
      server.close();
    }
  }

  private static void exchange(List<HeldFlows> flows) throws IOException {
    for (HeldFlows some : flows) {
      some.exchange();
    }
  }

  private void policy(String name, String app) {
    api.client()
        .network()
        .v1()
        .networkPolicies()
        .inNamespace("default")
        .resource(
            new NetworkPolicyBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withNewPodSelector()
                .addToMatchLabels("app", app)
                .endPodSelector()
                .withPolicyTypes("Ingress")
                .endSpec()
                .build())
        .create();
  }

  private void createPods() {
    api.createPod("client", client.addresses());
    api.createPod("server", server.addresses());
    await().atMost(Duration.ofSeconds(60)).until(() -> datapath.status().selected() == 8);
    await().until(() -> datapath.status().state() == State.ENABLED);
    datapath.configure(settings -> settings.withBreakEvenMessages(0));
  }

  private AgentProcess start(String... options) {
    AgentProcess agent = launch(options);
    await().atMost(Duration.ofSeconds(30)).until(agent::isReady);
    datapath.configure(settings -> settings.withBreakEvenMessages(0));
    return agent;
  }

  private AgentProcess launch(String... options) {
    List<String> all = new ArrayList<>(List.of("--accept", "unchecked"));
    all.addAll(List.of(options));
    try {
      AgentProcess agent =
          AgentProcess.start(bed, api.kubeconfig(directory), directory, all.toArray(String[]::new));
      opened.add(agent);
      return agent;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void start(List<List<String>> launcher) throws IOException {
    AgentProcess agent =
        AgentProcess.start(
            launcher.get(0), bed, api.kubeconfig(directory), directory, "--accept", "unchecked");
    opened.add(agent);
    await().atMost(Duration.ofSeconds(30)).until(agent::isReady);
  }

  /** The same agent, with programs of another generation. */
  private static List<String> upgradedLauncher() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin/java").toString(),
        "-cp",
        "target/test-classes:target/podwire/lib/*",
        "-Djffi.boot.library.path="
            + Path.of("target/podwire/lib/jni/x86_64-Linux").toAbsolutePath(),
        "io.podwire.cli.UpgradedMain");
  }

  private void awaitSwitch(State state, Authority by) {
    await()
        .untilAsserted(
            () -> {
              assertThat(datapath.status().state()).isEqualTo(state);
              assertThat(datapath.status().authority()).isEqualTo(by);
            });
  }

  private void awaitNoFlows() {
    await().untilAsserted(() -> assertThat(datapath.status().flows()).isZero());
  }

  private long count(Counter counter) {
    return datapath.status().counters().get(counter);
  }

  private static long passes(AgentProcess agent) {
    return agent
        .get("/metrics")
        .lines()
        .filter(line -> line.startsWith("podwire_reconcile_passes_total"))
        .mapToLong(line -> (long) Double.parseDouble(line.split(" ")[1]))
        .sum();
  }

  private Completed node(String verb) throws IOException {
    return Accelctl.built()
        .run(
            AgentProcess.environment(api.kubeconfig(directory)),
            List.of(),
            verb,
            "--node",
            ApiServer.NODE);
  }

  private Completed accelctl(String verb) {
    return Accelctl.built()
        .run(verb, "--cgroup", bed.cgroup().toString(), "--pin-dir", bed.pinDir().toString());
  }

  private static InetAddress address(String literal) throws IOException {
    return InetAddress.getByName(literal);
  }
}
