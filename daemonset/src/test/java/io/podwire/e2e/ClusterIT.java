package io.podwire.e2e;

import static io.podwire.e2e.Kubectl.briefly;
import static io.podwire.e2e.Kubectl.get;
import static io.podwire.e2e.Kubectl.json;
import static io.podwire.e2e.Kubectl.kubectl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.podwire.distribution.Completed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Podwire in a cluster from its installation to its uninstallation, with real pods and a real
 * Service: {@code make e2e}. The tests are one story and build on each other.
 */
@Tag("e2e")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ClusterIT {

  private static final String HELM = System.getProperty("podwire.e2e.helm");
  private static final String IMAGE = System.getProperty("podwire.e2e.image");
  private static final String NEXT_IMAGE = System.getProperty("podwire.e2e.next-image");
  private static final String ACCELCTL = "target/podwire/bin/accelctl";
  private static final String AGENTS = "daemonset/podwire-agent";
  private static final String ANNOTATION = "podwire.io/acceleration";

  /** CAP_NET_ADMIN, CAP_PERFMON and CAP_BPF: bits 12, 38 and 39. */
  private static final String THREE_CAPABILITIES = "000000c000001000";

  /** CAP_SYS_PTRACE and CAP_SYS_ADMIN: bits 19 and 21. */
  private static final String TWO_CAPABILITIES = "0000000000280000";

  private static final Path DIRECTORY = Path.of("target/e2e");

  /**
   * Connections of the load that are accelerated after minutes. One whose reader loses its CPU for
   * more than a millisecond while it has its socket's lock goes back to TCP for good
   * (docs/datapath/redirecting.md): once in tens of thousands of messages on a busy machine.
   */
  private static final int LOAD_FLOWS = Load.CONNECTIONS - 3;

  private static DocsReader reader;
  private static Installation podwire;
  private static TrafficPods workload;
  private static ProvokedReasons provoked;
  private static Load load;
  private static String node;

  @BeforeAll
  static void installBesideAWorkload() throws Exception {
    Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
    Awaitility.setDefaultPollInterval(Duration.ofMillis(250));
    Files.createDirectories(DIRECTORY);
    assertThat(exists(Installation.NAMESPACE) || exists(TrafficPods.NAMESPACE))
        .as(
            "the cluster has a namespace %s or %s already, which these tests would remove",
            Installation.NAMESPACE, TrafficPods.NAMESPACE)
        .isFalse();
    node = get("nodes").at("/items/0/metadata/name").asString();
    reader = new DocsReader("spiderpool.md", DIRECTORY.resolve("bin"), HELM);
    podwire = new Installation(HELM, values());
    workload = new TrafficPods(DIRECTORY, node, IMAGE);
    provoked = new ProvokedReasons(podwire, workload, node);
    podwire.install(reader, IMAGE);
    workload.start();
  }

  private static boolean exists(String namespace) {
    return !get("namespaces", "--field-selector=metadata.name=" + namespace).get("items").isEmpty();
  }

  private static Map<String, String> values() {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("daemonSet.maxUnavailable", "100%"); // so that more nodes take little longer
    String accept = System.getProperty("podwire.e2e.accept", "");
    if (!accept.isEmpty()) {
      values.put("agent.accept", "{" + accept + "}");
    }
    String cgroup = System.getProperty("podwire.e2e.cgroup", "");
    if (!cgroup.isEmpty()) {
      values.put("agent.cgroup", cgroup);
    }
    return values;
  }

  @AfterAll
  static void leaveTheClusterAsItWas() {
    if (workload == null) {
      return; // nothing was touched
    }
    workload.beginToClose();
    kubectl("annotate", "node", node, ANNOTATION + "-");
    if (exists(Installation.NAMESPACE)) {
      podwire.uninstall();
    }
    workload.close();
  }

  @Test
  @Order(1)
  void theAgentIsReadyWithThreeCapabilitiesAndNothingElse() {
    assertThat(podwire.exec(node, "grep", "Cap", "/proc/1/status"))
        .contains("CapPrm:\t" + THREE_CAPABILITIES, "CapEff:\t" + THREE_CAPABILITIES);
    assertThat(podwire.exec(node, "grep", "NoNewPrivs", "/proc/1/status"))
        .isEqualTo("NoNewPrivs:\t1\n");
    assertThat(podwire.status(node).get("state").asString()).isEqualTo("enabled");
  }

  @Test
  @Order(1)
  void theAdopterHasTwoCapabilitiesAndNothingElse() {
    assertThat(podwire.execIn("adopter", node, "grep", "-E", "CapPrm|CapEff|New", "/proc/1/status"))
        .isEqualTo(
            "CapPrm:\t"
                + TWO_CAPABILITIES
                + "\nCapEff:\t"
                + TWO_CAPABILITIES
                + "\nNoNewPrivs:\t1\n");
  }

  @Test
  @Order(2)
  void podsOfTheNodeAreSelectedAndShownWithTheirAddresses() {
    awaitSelected("client", true);
    awaitSelected("server", true);
    assertThat(pod("server").get("addresses").toString()).contains(workload.serverAddress());
  }

  @Test
  @Order(2)
  void theTestOfTheChartSeesARedirectedConnection() {
    assertThat(podwire.test()).contains("redirected: ");
  }

  @Test
  @Order(2)
  void theWholeClusterIsAsWishedOnceItIsInstalled() {
    Completed status = accelctl("status", "--cluster", "--wait", "-o", "json");

    assertThat(status.exit()).as(briefly(status.out() + status.err())).isZero();
    JsonNode document = json(status.out());
    assertThat(document.get("as_wished").asBoolean()).isTrue();
    assertThat(document.get("nodes")).hasSize(agents());
    JsonNode own = line(document, node);
    assertThat(own.get("state").asString()).isEqualTo("enabled");
    assertThat(own.get("build").asString()).isEqualTo(podwire.status(node).get("build").asString());
    assertThat(podwire.exec(node, "accelctl", "--version"))
        .contains(own.get("agent").asString().split("\\+"));
    assertThat(accelctl("status", "--cluster").out())
        .startsWith("NODE ")
        .contains("\n" + node + " ")
        .endsWith(agents() + " as wished\n");
  }

  @Test
  @Order(2)
  void theCommandsOfSpiderpoolsPageVerifyTheInstallation() {
    assertThat(reader.run(reader.command("kubectl -n podwire rollout")))
        .contains("successfully rolled out");
    assertThat(reader.run(reader.command("accelctl status --cluster")))
        .endsWith(agents() + " as wished\n");
    assertThat(reader.run(reader.command("accelctl verify"))).contains(node);
  }

  @Test
  @Order(2)
  void verifyShowsRedirectionOnEveryNodeAndLeavesNothing() {
    Completed verify = accelctl("verify", "-o", "json");

    assertThat(verify.exit()).as(briefly(verify.out() + verify.err())).isZero();
    JsonNode nodes = json(verify.out()).get("nodes");
    assertThat(nodes).hasSize(agents());
    assertThat(nodes)
        .allSatisfy(
            one -> {
              assertThat(one.get("verified").asBoolean()).isTrue();
              for (String way : List.of("/pod_ip", "/service")) {
                assertThat(one.at(way + "/client_redirected").asLong()).isGreaterThanOrEqualTo(100);
                assertThat(one.at(way + "/server_redirected").asLong()).isGreaterThanOrEqualTo(100);
              }
            });
    assertNothingIsLeftOf("podwire-verify");
  }

  @Test
  @Order(3)
  void aPingPongByPodAddressIsRedirectedAndShownAsAFlow() throws Exception {
    assertRedirected(workload.serverAddress());
    assertShownAsAFlow(workload.serverAddress());
  }

  /**
   * With gears, so that connections are adopted on which nobody sleeps; and before a pod opts out
   * or gets a policy, after which what is open is not adopted.
   */
  @Test
  @Order(3)
  void connectionsThatWereOpenBeforeTheNodeIsSwitchedOnAreRedirectedWithoutReconnecting() {
    assumeTrue(adopts(), "the nodes' kernel is too old to adopt connections");
    podwire.exec(node, "accelctl", "disable");
    try (Load early = workload.load("early")) {
      awaitSelected("early", true);
      early.start();
      early.assertUnbroken();
      assertThat(podwire.status(node).get("flows").asInt()).isZero();
      long adopted = podwire.counter(node, "shifted_adopted");
      // whose readers are never away from their sockets
      podwire.exec(node, "accelctl", "enable", "--gears", "off", "--accept", "unchecked");
      provoked.openBefore("early");

      podwire.exec(node, "accelctl", "enable", "--gears", "on", "--accept", "unchecked");

      await()
          .untilAsserted(
              () ->
                  assertThat(podwire.counter(node, "shifted_adopted") - adopted)
                      .isEqualTo(2L * Load.CONNECTIONS));
      long redirected = podwire.counter(node, "redirected");
      await().until(() -> podwire.counter(node, "redirected") > redirected + 1000);
      early.assertUnbroken();
      assertThat(podwire.exec(node, "accelctl", "flows")).contains("(adopted");
    }
    podwire.exec(node, "accelctl", "enable", "--gears", "auto", "--accept", "unchecked");
    podwire.exec(node, "accelctl", "auto");
  }

  /** The adopter says so where it cannot. */
  private static boolean adopts() {
    String pod = podwire.pod(node).at("/metadata/name").asString();
    return !kubectl("-n", Installation.NAMESPACE, "logs", pod, "-c", "adopter")
        .contains("nothing is adopted");
  }

  @Test
  @Order(4)
  void aPingPongThroughTheServiceIsRedirectedAndShownAsAFlow() throws Exception {
    assertRedirected(workload.serviceAddress());
    assertShownAsAFlow(workload.serviceAddress());
  }

  /** The agent's own programs, which it loaded with three capabilities. */
  @Test
  @Order(4)
  void aReaderThatSleepsUntilAllIsThereIsSeenByTheProgramsOfTheAgent() {
    List<String> protections = new ArrayList<>();
    podwire.status(node).get("protections").forEach(name -> protections.add(name.asString()));
    assertThat(protections).contains("waiters", "call-flags");
    long claimed = podwire.counter(node, "claimed");
    try (Load sleeper = workload.load("sleeper")) {
      awaitSelected("sleeper", true);

      assertThat(sleeper.exec("/traffic/traffic", "sleep", workload.serverAddress(), "7000", "1"))
          .isEqualTo("times 1 failed 0\n");
      assertThat(podwire.counter(node, "claimed")).isGreaterThan(claimed);
      // the peer's own counter depends on who is first to leave
      assertThat(podwire.status(node).get("incompatible_clients").toString())
          .contains("retired_duplex");
    }
  }

  @Test
  @Order(4)
  void whyConnectionsAreNotRedirectedIsExplainedByTheNamesOfTheirPods() {
    try (Load reasons = workload.load("reasons");
        Load other = workload.load("other")) {
      awaitSelected("reasons", true);
      awaitSelected("other", true);
      provoked.refusedOption("reasons");
      provoked.heldByAnotherProgram("reasons");
      provoked.tooShort("reasons");
      provoked.goneBackAndThenRemembered("other");

      kubectl("-n", TrafficPods.NAMESPACE, "annotate", "pod", "other", ANNOTATION + "=disabled");
      awaitSelected("other", false);
      provoked.notSelected("other");
    }
  }

  @Test
  @Order(4)
  void whoIsOnAnotherNodeIsSaidToBeElsewhere() {
    List<String> others = others();
    assumeTrue(!others.isEmpty(), "the cluster has one node");
    try (Load far = workload.load("far", others.get(0))) {
      provoked.elsewhere("far", others.get(0));
    }
  }

  private static List<String> others() {
    List<String> names = new ArrayList<>();
    for (JsonNode pod : podwire.pods()) {
      names.add(pod.at("/spec/nodeName").asString());
    }
    names.remove(node);
    return names;
  }

  @Test
  @Order(5)
  void aPodOptsOutByAnAnnotation() {
    kubectl("-n", TrafficPods.NAMESPACE, "annotate", "pod", "client", ANNOTATION + "=disabled");
    awaitSelected("client", false);
    assertNotRedirected(workload.serverAddress());

    kubectl("-n", TrafficPods.NAMESPACE, "annotate", "pod", "client", ANNOTATION + "-");
    awaitSelected("client", true);
    assertRedirected(workload.serverAddress());
  }

  @Test
  @Order(6)
  void aNamespaceOptsOutByALabelAndByAnAnnotation() {
    for (String verb : List.of("label", "annotate")) {
      kubectl(verb, "namespace", TrafficPods.NAMESPACE, ANNOTATION + "=disabled");
      awaitSelected("client", false);
      awaitSelected("server", false);
      assertNotRedirected(workload.serverAddress());

      kubectl(verb, "namespace", TrafficPods.NAMESPACE, ANNOTATION + "-");
      awaitSelected("client", true);
      awaitSelected("server", true);
      assertRedirected(workload.serverAddress());
    }
  }

  @Test
  @Order(6)
  void aPodsAuthorSelectsNoAddressThatIsNotThePodsOwn() {
    String server = workload.serverAddress();
    String nodeAddress = get("node", node).at("/status/addresses/0/address").asString();
    kubectl("-n", TrafficPods.NAMESPACE, "annotate", "pod", "server", ANNOTATION + "=disabled");
    awaitSelected("server", false);
    workload.startImpostor();
    try {
      String excluded = workload.excludedAddress();
      workload.execImpostor("ip", "link", "set", "eth0", "arp", "off"); // answers for nobody else
      for (String address : List.of("10.99.7.7", server, excluded)) {
        workload.execImpostor("ip", "address", "add", address + "/32", "dev", "lo");
      }
      workload.nameByImpostor(
          List.of(
              "10.99.7.7",
              server,
              excluded,
              "10.99.7.8",
              nodeAddress,
              "127.0.0.1",
              "0.0.0.0",
              "224.0.0.5",
              "169.254.100.1",
              "fe80::1"));

      await()
          .untilAsserted(
              () ->
                  assertThat(pod("impostor").at("/sources/10.99.7.7").asString())
                      .isEqualTo("namespace"));
      JsonNode impostor = pod("impostor");
      JsonNode refused = impostor.get("refused");
      assertThat(impostor.get("addresses"))
          .extracting(JsonNode::asString)
          .contains("10.99.7.7")
          .doesNotContainAnyElementsOf(refused.propertyNames());
      assertThat(refused.path(server).asString()).contains("podwire-e2e/server has it too");
      assertThat(refused.path(excluded).asString()).contains("kube-system/podwire-e2e has it too");
      assertThat(refused.path("10.99.7.8").asString()).startsWith("no trusted source confirms it");
      assertThat(refused.path(nodeAddress).asString()).isEqualTo("it is the node's");
      assertThat(refused).hasSize(9);
      assertThat(pod("on-host").get("reason").asString()).startsWith("host network");
      assertNotRedirected(server);
    } finally {
      workload.stopImpostor();
    }
    kubectl("-n", TrafficPods.NAMESPACE, "annotate", "pod", "server", ANNOTATION + "-");
    awaitSelected("server", true);
  }

  @Test
  @Order(7)
  void theBenchComparesTwoPodsOfItsOwnAndLeavesTheClusterAsItWas() throws Exception {
    kubectl("annotate", "node", node, ANNOTATION + "=enabled");
    Path output = DIRECTORY.resolve("bench");

    String command =
        reader.command("accelctl bench --cluster").replace("node1", node)
            + " --rounds 2 --output "
            + output.toAbsolutePath();

    assertThat(reader.run(command)).contains("sockperf latency, 14 B", "of node " + node);
    assertThat(output.resolve("report.html")).isNotEmptyFile();
    JsonNode report = json(Files.readString(output.resolve("report.json")));
    assertThat(report.at("/options/table_seconds").asDouble()).isEqualTo(1);
    JsonNode cells = report.at("/table/cells");
    assertThat(cells.findValuesAsString("link"))
        .containsExactly("cluster/pod-ip/ipv4", "cluster/service/ipv4");
    for (JsonNode cell : cells) {
      assertThat(cell.path("rounds")).as("%s", cell).hasSize(4);
      for (JsonNode round : cell.get("rounds")) {
        JsonNode counters = round.get("counters");
        if (round.get("side").asString().equals("on")) {
          assertThat(counters.path("redirected").asLong())
              .isGreaterThanOrEqualTo(round.get("messages").asLong());
        } else {
          assertThat(counters.has("claimed")).isFalse();
        }
        assertThat(round.at("/cpu_us/client").asDouble()).isPositive();
        assertThat(round.at("/cpu_us/server").asDouble()).isPositive();
      }
    }
    assertNothingIsLeftOf("podwire-bench");
    assertThat(annotation()).isEqualTo("enabled");
    kubectl("annotate", "node", node, ANNOTATION + "-");
  }

  @Test
  @Order(7)
  void theBenchOfSpiderpoolsPageMeasuresPodsLikeTheirs() {
    String command =
        reader.command("accelctl bench --profile full")
            + " --output "
            + DIRECTORY.resolve("spiderpool").toAbsolutePath();

    assertThat(reader.run(command)).contains("Of 2 measured cells");
  }

  @Test
  @Order(8)
  void aBenchThatCannotBeSaysWhyInOneLineAndLeavesNothing() {
    assertRefused(bench("--image", "localhost/nowhere:1"), "localhost/nowhere:1", "ImagePull");
    assertRefused(bench("--namespace", "kube-system"), "namespace is excluded", "--namespace");
    assertRefused(bench("--namespace", "nowhere"), "namespaces \"nowhere\" not found");
    assertThat(annotation()).isEmpty();
  }

  @Test
  @Order(9)
  void aBenchThatIsInterruptedLeavesTheClusterAsItWas() throws Exception {
    Process bench =
        new ProcessBuilder(command("--output", DIRECTORY.resolve("interrupted").toString()))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    await().until(() -> annotation().equals("disabled"));

    bench.destroy();
    bench.waitFor();

    assertNothingIsLeftOf("podwire-bench");
    assertThat(annotation()).isEmpty();
  }

  @Test
  @Order(9)
  void aVerificationThatCannotBeSaysWhyAndLeavesNothing() throws Exception {
    assertBecomesAsWished();
    Completed excluded = accelctl("verify", "--node", node, "--namespace", "kube-system");
    assertThat(excluded.exit()).isEqualTo(1);
    assertThat(excluded.out()).contains("namespace is excluded", "1 node, 0 verified");
    assertNothingIsLeftOf("podwire-verify");

    Process verify =
        new ProcessBuilder(List.of(ACCELCTL, "verify", "--node", node))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    await().until(() -> !made("podwire-verify").isEmpty());
    verify.destroy();
    verify.waitFor();
    assertNothingIsLeftOf("podwire-verify");
  }

  @Test
  @Order(9)
  void aSysdumpOfTheClusterHasEveryPartAndNoSecret() throws Exception {
    assertBecomesAsWished();
    String secret = "s3cr3t-that-a-tenant-planted";
    kubectl(
        "-n",
        TrafficPods.NAMESPACE,
        "create",
        "secret",
        "generic",
        "planted",
        "--from-literal=password=" + secret);
    kubectl(
        "-n",
        TrafficPods.NAMESPACE,
        "run",
        "planted",
        "--image=" + IMAGE,
        "--env=PODWIRE_PASSWORD=" + secret,
        "--command",
        "--",
        "sleep",
        "infinity");
    kubectl(
        "-n",
        TrafficPods.NAMESPACE,
        "wait",
        "--for=condition=Ready",
        "--timeout=60s",
        "pod/planted");
    Path archive = DIRECTORY.resolve("sysdump.tar.gz");
    Files.deleteIfExists(archive); // of the run before

    Completed sysdump = accelctl("sysdump", "--cluster", "--output", archive.toString());

    assertThat(sysdump.exit()).as(briefly(sysdump.out() + sysdump.err())).isZero();
    Path files = Files.createDirectories(DIRECTORY.resolve("sysdump"));
    shell("tar xzf " + archive + " -C " + files + " --strip-components=1");
    assertThat(shell("! grep -r " + secret + " " + files).out()).isEmpty();
    assertThat(files.resolve("status.json")).content().contains("\"as_wished\" : true");
    assertThat(files.resolve("nodes.txt")).content().contains(node + ", ");
    assertThat(files.resolve("events.txt")).content().contains("Node/" + node + ": ");
    assertThat(files.resolve("daemonset.yaml")).content().contains("kind: \"DaemonSet\"", IMAGE);
    assertThat(files.resolve("configmap-podwire-agent.yaml")).content().contains("PODWIRE_MODE");
    for (JsonNode pod : podwire.pods()) {
      Path own = files.resolve("nodes/" + pod.at("/spec/nodeName").asString());
      assertThat(own.resolve("status.json")).content().contains("\"state\" : \"enabled\"");
      assertThat(own.resolve("agent.log")).content().contains(" INFO ");
      for (String name :
          List.of(
              "flows.json",
              "selection.json",
              "reasons.json",
              "maps.json",
              "pods.json",
              "check.json",
              "versions.txt",
              "pod.yaml",
              "check.log",
              "adopter.log")) {
        assertThat(own.resolve(name)).exists();
      }
    }
    // A container has no podwire.conf, and perhaps no file of the kernel's configuration.
    assertThat(files.resolve("errors.txt"))
        .content()
        .matches("(nodes/[^/]+/(podwire\\.conf|kernel-config\\.txt): .*\n)+");
    kubectl(
        "-n", TrafficPods.NAMESPACE, "delete", "pod,secret", "planted", "--now", "--wait=false");
  }

  @Test
  @Order(9)
  void aSwitchOnTheNodeItselfHoldsUntilItIsLeftToTheAgentAgain() {
    podwire.exec(node, "accelctl", "disable");

    Completed enable = Completed.of(List.of(ACCELCTL, "enable", "--node", node));

    assertThat(enable.exit()).as(enable.err()).isZero();
    assertThat(enable.out())
        .contains("annotation set to enabled")
        .contains("but it was switched off on the node itself, which holds until accelctl auto");
    assertThat(podwire.status(node).get("state").asString()).isEqualTo("disabled");

    podwire.exec(node, "accelctl", "auto");
    await()
        .timeout(Duration.ofSeconds(90)) // a full pass is made every 60
        .until(() -> podwire.status(node).get("decided_by").asString().equals("node"));
    assertThat(podwire.status(node).get("state").asString()).isEqualTo("enabled");
    kubectl("annotate", "node", node, ANNOTATION + "-");
  }

  @Test
  @Order(9)
  void aNodeThatObservesSaysWhoWouldGainAndChangesNothing() throws Exception {
    podwire.exec(node, "accelctl", "enable", "--observe");
    long claimed = podwire.counter(node, "claimed");

    try (AutoCloseable pingPong = workload.pingPongOn(workload.serverAddress())) {
      await()
          .untilAsserted(
              () -> {
                JsonNode pair =
                    json(podwire.exec(node, "accelctl", "top", "-o", "json")).at("/pairs/0");
                assertThat(pair.path("client").asString())
                    .isEqualTo(TrafficPods.NAMESPACE + "/client");
                assertThat(pair.path("observed").asInt()).isEqualTo(1);
                assertThat(pair.path("observed_messages").asLong()).isGreaterThan(100);
                assertThat(pair.path("cpu_saved_seconds").isNumber())
                    .as("the init container has calibrated the node")
                    .isTrue();
              });
    }

    assertThat(podwire.counter(node, "claimed")).isEqualTo(claimed);
    assertThat(problems(clusterStatus(), node)).contains("observing on the node itself");
    podwire.exec(node, "accelctl", "auto");
    await()
        .untilAsserted(
            () ->
                assertThat(podwire.status(node).at("/settings/observes").asBoolean(true))
                    .isFalse());
    assertRedirected(workload.serverAddress());
  }

  @Test
  @Order(10)
  void theNodesAnnotationSwitchesOffAndOnUnderLoad() {
    startLoad("through-switches");
    kubectl("annotate", "node", node, ANNOTATION + "=disabled");
    awaitState("disabled");
    load.assertUnbroken();
    String pods = TrafficPods.NAMESPACE + "/";
    assertThat(
            podwire.exec(
                node, "accelctl", "explain", pods + "through-switches", pods + "server:7000"))
        .contains("The node is disabled, so no new connection joins", " is selected: ")
        .contains(" connections are joined.\n")
        .endsWith("A new connection between them does not join.\n");
    long claimed = podwire.counter(node, "claimed");
    workload.pingPong(workload.serverAddress());
    assertThat(podwire.counter(node, "claimed")).isEqualTo(claimed);

    kubectl("annotate", "--overwrite", "node", node, ANNOTATION + "=enabled");
    awaitState("enabled");
    load.assertUnbroken();
    workload.pingPong(workload.serverAddress());
    assertThat(podwire.counter(node, "claimed")).isGreaterThan(claimed);
    kubectl("annotate", "node", node, ANNOTATION + "-");
  }

  @Test
  @Order(11)
  void aNetworkPolicyOfThePodSendsItsFlowsBackToTcpUnbroken() {
    long retired = podwire.counter(node, "retired_policy");
    workload.apply("networkpolicy.yaml");

    await().until(() -> podwire.counter(node, "retired_policy") > retired);
    await().until(() -> podwire.status(node).get("flows").asInt() == 0);
    load.assertUnbroken();
    assertRedirected(workload.serverAddress()); // what begins under the new policy
    load.close();
    kubectl("-n", TrafficPods.NAMESPACE, "delete", "networkpolicy", "server");
  }

  @Test
  @Order(12)
  void aDeletedAgentComesBackUnderLoadAndItsFlowsStayRedirected() {
    startLoad("through-restarts");
    String first = podwire.pod(node).at("/metadata/name").asString();
    long redirected = podwire.counter(node, "redirected");

    kubectl("-n", Installation.NAMESPACE, "delete", "pod", first);
    awaitAnotherAgent(first);

    assertStillRedirected(redirected);
  }

  @Test
  @Order(13)
  void anApiServerThatIsGoneForAMinuteStopsNothing() throws Exception {
    Optional<String> stop = Optional.ofNullable(System.getProperty("podwire.e2e.api.stop"));
    assumeTrue(
        stop.isPresent(), "no command stops this cluster's API server: API_STOP=, API_START=");
    JsonNode before = podwire.pod(node);
    long redirected = podwire.counter(node, "redirected");

    shell(stop.get());
    try {
      assertThat(Kubectl.attempt("--request-timeout=2s", "get", "nodes").exit()).isNotZero();
      Instant end = Instant.now().plusSeconds(60);
      await().timeout(Duration.ofSeconds(90)).until(() -> Instant.now().isAfter(end));
    } finally {
      shell(System.getProperty("podwire.e2e.api.start"));
    }

    await()
        .timeout(Duration.ofMinutes(2))
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              JsonNode after = podwire.pod(node);
              assertThat(after.at("/metadata/name")).isEqualTo(before.at("/metadata/name"));
              assertThat(restarts(after)).isEqualTo(restarts(before));
              assertThat(podwire.exec(node, "accelctl", "pods")).doesNotContain("not ready");
            });
    assertStillRedirected(redirected);
    awaitSelectionFollows();
  }

  @Test
  @Order(14)
  void aRolloutOfAnotherBuildBreaksNoConnectionAndNewOnesJoinItsPrograms() {
    String first = podwire.pod(node).at("/metadata/name").asString();
    String before = podwire.status(node).get("build").asString();

    podwire.upgrade(NEXT_IMAGE, Map.of());
    awaitAnotherAgent(first);

    assertThat(podwire.pod(node).at("/spec/containers/0/image").asString()).isEqualTo(NEXT_IMAGE);
    JsonNode status = podwire.status(node);
    String after = status.get("build").asString();
    assertThat(after).as("NEXT_IMAGE has other programs").isNotEqualTo(before);
    assertThat(podwire.exec(node, "accelctl", "--version")).contains(after);
    if (adopts() && status.get("gears_in_force").asBoolean()) {
      await().until(() -> podwire.status(node).get("draining").isEmpty());
    } else {
      assertThat(status.at("/draining/0/build").asString()).isEqualTo(before);
      assertThat(status.at("/draining/0/flows").asInt())
          .as("%s", status)
          .isGreaterThanOrEqualTo(LOAD_FLOWS);
      long redirected = redirectedBy(before);
      await().until(() -> redirectedBy(before) > redirected);
    }
    load.assertUnbroken();
    assertRedirected(workload.serverAddress()); // status counts what the new programs do
  }

  @Test
  @Order(15)
  void metricsAreServedToTheClusterAndProbesToTheNodeAlone() {
    String base = "/api/v1/nodes/" + node + ":9464/proxy";
    assertThat(kubectl("get", "--raw", base + "/metrics"))
        .contains("podwire_build_info{", "podwire_enabled 1", "podwire_redirected_messages_total");
    assertThat(Kubectl.attempt("get", "--raw", base + "/readyz").exit()).isNotZero();
    assertThat(reaches("client", 9464)).isTrue();
    assertThat(reaches("client", 9465)).isFalse();
    assertThat(podwire.exec(node, "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9465 && echo yes"))
        .isEqualTo("yes\n");
  }

  /** Whether a pod can connect to a port of its node. */
  private static boolean reaches(String pod, int port) {
    String connect =
        "exec 3<>/dev/tcp/" + podwire.pod(node).at("/status/hostIP").asString() + "/" + port;
    return Kubectl.attempt(
                "-n",
                TrafficPods.NAMESPACE,
                "exec",
                pod,
                "--",
                "timeout",
                "5",
                "bash",
                "-c",
                connect)
            .exit()
        == 0;
  }

  @Test
  @Order(16)
  void whereOnlyWhoAsksIsSelectedNobodyIsByAnotherPodsWord() {
    String before = podwire.pod(node).at("/metadata/name").asString();
    podwire.upgrade(NEXT_IMAGE, Map.of("agent.mode", "opt-in"));
    awaitAnotherAgent(before);
    awaitSelected("client", false);
    assertThat(pod("client").get("reason").asString()).isEqualTo("mode opt-in");
    load.assertUnbroken();

    kubectl("-n", TrafficPods.NAMESPACE, "annotate", "pod", "client", ANNOTATION + "=enabled");
    awaitSelected("client", true);
    assertNotRedirected(workload.serverAddress());
    workload.startImpostor(); // says enabled
    try {
      String server = workload.serverAddress();
      workload.execImpostor("ip", "link", "set", "eth0", "arp", "off");
      workload.execImpostor("ip", "address", "add", server + "/32", "dev", "lo");
      workload.nameByImpostor(List.of(server));
      await()
          .untilAsserted(
              () ->
                  assertThat(pod("impostor").at("/refused/" + server).asString())
                      .contains("podwire-e2e/server has it too"));
      assertNotRedirected(server);
    } finally {
      workload.stopImpostor();
    }

    kubectl("-n", TrafficPods.NAMESPACE, "annotate", "pod", "server", ANNOTATION + "=enabled");
    awaitSelected("server", true);
    assertRedirected(workload.serverAddress());
  }

  @Test
  @Order(17)
  void aRollbackTakesTheFirstBuildBackUnderLoadAndNewConnectionsJoinIt() {
    JsonNode before = podwire.pod(node);
    String upgraded = podwire.status(node).get("build").asString();

    podwire.rollBackToTheFirst();
    awaitAnotherAgent(before.at("/metadata/name").asString());

    assertThat(podwire.pod(node).at("/spec/containers/0/image").asString()).isEqualTo(IMAGE);
    assertThat(podwire.status(node).get("build").asString()).isNotEqualTo(upgraded);
    load.assertUnbroken();
    awaitSelected("client", true);
    awaitSelected("server", true);
    assertRedirected(workload.serverAddress());
  }

  @Test
  @Order(17)
  void aNodeThatIsSwitchedOffIsALineThatSaysSo() {
    podwire.exec(node, "accelctl", "disable");

    await()
        .untilAsserted(
            () -> {
              Completed status = clusterStatus();
              assertThat(status.exit()).isEqualTo(1);
              assertThat(problems(status, node)).contains("disabled on the node itself");
            });
    Completed verify = accelctl("verify", "--node", node);
    assertThat(verify.exit()).isEqualTo(1);
    assertThat(verify.out()).contains("acceleration is not enabled: disabled on the node itself");

    podwire.exec(node, "accelctl", "auto");
    assertBecomesAsWished();
    load.assertUnbroken();
  }

  /** A rollout stops at the first node that does not get ready. */
  @Test
  @Order(18)
  void nodesThatRefuseAndThatAreSwitchedOffAreLinesThatSaySo() {
    assumeTrue(values().containsKey("agent.accept"), "nothing has to be accepted on these nodes");
    podwire.beginUpgrade(IMAGE, Map.of("agent.accept", "", "daemonSet.maxUnavailable", "1"));
    await()
        .timeout(Duration.ofMinutes(2))
        .untilAsserted(() -> assertThat(problems(clusterStatus())).contains("not ready: "));
    List<String> left = new ArrayList<>();
    for (JsonNode one : json(clusterStatus().out()).get("nodes")) {
      if (!one.get("problems").toString().contains("not ready: ")) {
        left.add(one.get("node").asString());
      }
    }
    left.forEach(name -> podwire.exec(name, "accelctl", "disable"));

    Completed status = accelctl("status", "--cluster", "--wait=4s", "-o", "json");

    assertThat(status.exit()).isEqualTo(1);
    assertThat(json(status.out()).get("nodes")).hasSize(agents());
    for (JsonNode one : json(status.out()).get("nodes")) {
      assertThat(one.get("problems").toString())
          .contains(
              left.contains(one.get("node").asString())
                  ? "disabled on the node itself"
                  : "not ready: ");
    }
    podwire.upgrade(IMAGE, Map.of());
    left.forEach(name -> podwire.exec(name, "accelctl", "auto"));
    assertBecomesAsWished();
    load.assertUnbroken();
  }

  @Test
  @Order(18)
  void anAgentThatHangsIsALineThatSaysSoUntilItIsStartedAnew() {
    try (Load late = workload.load("late")) {
      awaitSelected("late", true);
      workload.stopProcess(podwire.pod(node), "agent");

      Completed status = clusterStatus();
      assertThat(status.exit()).isEqualTo(1);
      assertThat(problems(status, node)).contains("no answer: ");
      provoked.staleHeartbeat("late");

      assertBecomesAsWished(); // the kubelet kills it
      provoked.staleHeartbeatIsKnown("late");
    }
    load.assertUnbroken();
  }

  private static Completed clusterStatus() {
    return accelctl("status", "--cluster", "-o", "json");
  }

  private static String problems(Completed status) {
    return json(status.out()).findValues("problems").toString();
  }

  private static String problems(Completed status, String name) {
    return line(json(status.out()), name).get("problems").toString();
  }

  private static void assertBecomesAsWished() {
    Completed status = accelctl("status", "--cluster", "--wait=3m");
    assertThat(status.exit()).as(briefly(status.out() + status.err())).isZero();
  }

  @Test
  @Order(19)
  void uninstallingUnderLoadSaysWhatHoldsUpANodeAndThenLeavesNothingAndBreaksNothing()
      throws Exception {
    List<String> pinned = pinnedObjects();
    // the agent drains and ends first, then a container starts and tries: 90 s were too short once
    podwire.upgrade(IMAGE, Map.of("unload.timeout", "2m"));
    try (AutoCloseable unread = workload.leaveUnread(() -> awaitSelected("stuck", true))) {
      await()
          .untilAsserted(
              () ->
                  assertThat(podwire.exec(node, "accelctl", "flows", "-o", "json"))
                      .containsPattern("\"unread\" : [1-9]"));
      assertThat(podwire.failToUninstall()).contains(node, "flows that still hold unread bytes");
      load.assertUnbroken();
    }
    podwire.uninstall();
    load.assertUnbroken();

    workload.apply("witness.yaml");
    kubectl(
        "-n",
        TrafficPods.NAMESPACE,
        "wait",
        "--for=condition=Ready",
        "--timeout=60s",
        "pod/witness");
    assertThat(kubectl("-n", TrafficPods.NAMESPACE, "exec", "witness", "--", "ls", "/sys/fs/bpf"))
        .doesNotContain("podwire");
    for (String object : pinned) {
      await().untilAsserted(() -> assertThat(bpftool(object).exit()).as(object).isNotZero());
    }
    assertThat(get("clusterroles").toString()).doesNotContain("podwire");
    load.assertUnbroken();
  }

  /** Nodes that are to have an agent. */
  private static int agents() {
    return get("-n", Installation.NAMESPACE, AGENTS).at("/status/desiredNumberScheduled").asInt();
  }

  /** From the admin's machine. */
  private static Completed accelctl(String... arguments) {
    return Completed.of(Stream.concat(Stream.of(ACCELCTL), Stream.of(arguments)).toList());
  }

  /** The line of a node in the status of the cluster. */
  private static JsonNode line(JsonNode status, String name) {
    for (JsonNode one : status.get("nodes")) {
      if (one.get("node").asString().equals(name)) {
        return one;
      }
    }
    throw new AssertionError("no line of " + name + " in " + status);
  }

  private static Completed bench(String... options) {
    return Completed.of(command(options));
  }

  private static List<String> command(String... options) {
    List<String> command = new ArrayList<>(List.of(ACCELCTL, "bench", "--cluster", "--node", node));
    command.addAll(List.of(options));
    return command;
  }

  private static void assertRefused(Completed bench, String... words) {
    assertThat(bench.exit()).as(briefly(bench.out())).isEqualTo(1);
    assertThat(bench.err().strip()).hasLineCount(1).startsWith("accelctl: ").contains(words);
    assertNothingIsLeftOf("podwire-bench");
  }

  private static void assertNothingIsLeftOf(String name) {
    assertThat(made(name)).isEmpty();
  }

  private static JsonNode made(String name) {
    return get("--all-namespaces", "-l", "app.kubernetes.io/name=" + name, "pods,services")
        .get("items");
  }

  private static String annotation() {
    return get("node", node).at("/metadata/annotations").path(ANNOTATION).asString();
  }

  private static void startLoad(String name) {
    load = workload.load(name);
    awaitSelected(name, true);
    load.start();
    await()
        .untilAsserted(
            () -> {
              JsonNode status = podwire.status(node);
              assertThat(status.get("flows").asInt())
                  .as("%s", status)
                  .isGreaterThanOrEqualTo(LOAD_FLOWS);
            });
    load.assertUnbroken();
  }

  private static JsonNode pod(String name) {
    for (JsonNode pod : json(podwire.exec(node, "accelctl", "pods", "-o", "json")).get("pods")) {
      if (pod.get("namespace").asString().equals(TrafficPods.NAMESPACE)
          && pod.get("name").asString().equals(name)) {
        return pod;
      }
    }
    return MissingNode.getInstance();
  }

  private static void awaitSelected(String name, boolean selected) {
    await()
        .untilAsserted(
            () -> assertThat(pod(name).path("selected").asString()).isEqualTo("" + selected));
  }

  private static void awaitState(String state) {
    await()
        .untilAsserted(
            () -> assertThat(podwire.status(node).get("state").asString()).isEqualTo(state));
    assertThat(podwire.status(node).get("decided_by").asString()).contains("node");
  }

  /** The agent follows changes again. */
  private static void awaitSelectionFollows() {
    kubectl("-n", TrafficPods.NAMESPACE, "annotate", "pod", "client", ANNOTATION + "=disabled");
    awaitSelected("client", false);
    kubectl("-n", TrafficPods.NAMESPACE, "annotate", "pod", "client", ANNOTATION + "-");
    awaitSelected("client", true);
  }

  private static void awaitAnotherAgent(String first) {
    await()
        .ignoreExceptionsMatching(AssertionError.class::isInstance)
        .until(
            () -> {
              JsonNode pod = podwire.pod(node);
              return !pod.at("/metadata/name").asString().equals(first)
                  && agent(pod).at("/ready").asBoolean();
            });
  }

  private static int restarts(JsonNode pod) {
    return agent(pod).at("/restartCount").asInt();
  }

  /** Its status; the kubelet orders them by name. */
  private static JsonNode agent(JsonNode pod) {
    for (JsonNode container : pod.at("/status/containerStatuses")) {
      if (container.get("name").asString().equals("agent")) {
        return container;
      }
    }
    return MissingNode.getInstance();
  }

  private static void assertRedirected(String address) {
    long before = podwire.counter(node, "redirected");
    workload.pingPong(address);
    assertThat(podwire.counter(node, "redirected") - before).isGreaterThan(100);
  }

  /** By the flows that joined a build. */
  private static long redirectedBy(String build) {
    long redirected = 0;
    for (JsonNode flow : json(podwire.exec(node, "accelctl", "flows", "-o", "json")).get("flows")) {
      if (flow.get("build").asString().equals(build)) {
        redirected += flow.at("/client/redirected").asLong();
        redirected += flow.at("/server/redirected").asLong();
      }
    }
    return redirected;
  }

  /** Where nothing else is redirected at the time. */
  private static void assertNotRedirected(String address) {
    long before = podwire.counter(node, "redirected");
    workload.pingPong(address);
    assertThat(podwire.counter(node, "redirected")).isEqualTo(before);
  }

  private static void assertShownAsAFlow(String address) throws Exception {
    try (AutoCloseable pingPong = workload.pingPongOn(address)) {
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          json(podwire.exec(node, "accelctl", "flows", "-o", "json")).get("flows"))
                      .anySatisfy(
                          flow -> {
                            assertThat(flow.at("/client/remote").asString())
                                .isEqualTo(address + ":11111");
                            assertThat(flow.at("/client/redirected").asLong()).isPositive();
                            assertThat(flow.at("/client/retired").isNull()).isTrue();
                          }));
    }
  }

  /** The load goes on from socket to socket, as it did before. */
  private static void assertStillRedirected(long before) {
    load.assertUnbroken();
    JsonNode status = podwire.status(node);
    assertThat(status.get("flows").asInt()).as("%s", status).isGreaterThanOrEqualTo(LOAD_FLOWS);
    long now = status.at("/counters/redirected").asLong();
    assertThat(now).isGreaterThan(before);
    await().until(() -> podwire.counter(node, "redirected") > now);
  }

  /**
   * What bpftool is to find no more, in its words: the maps, programs and links that are pinned on
   * the node. Empty where the cluster is not on this machine's kernel; there only the pins are
   * looked for.
   */
  private static List<String> pinnedObjects() {
    String boot = "/proc/sys/kernel/random/boot_id";
    if (!podwire.exec(node, "cat", boot).equals(Completed.of(List.of("cat", boot)).out())) {
      return List.of();
    }
    // The node has a mount namespace of its own: its file system of pins by way of any process
    // there.
    String pins = podwire.exec(node, "stat", "-c", "%d:%i", "/sys/fs/bpf/podwire").strip();
    Completed objects =
        shell(
            """
            PATH=$PATH:/usr/sbin
            for pins in /proc/[0-9]*/root/sys/fs/bpf/podwire; do
              [ "$(stat -c %%d:%%i $pins 2>/dev/null)" != %s ] || break
            done
            for pin in $(find $pins -type f); do
              for kind in map prog link; do
                bpftool $kind show pinned $pin 2>/dev/null | sed -n "s/^\\([0-9]*\\): .*/$kind show id \\1/p"
              done
            done
            """
                .formatted(pins));
    assertThat(objects.out()).contains("map show id", "prog show id", "link show id");
    return objects.out().lines().toList();
  }

  private static Completed bpftool(String arguments) {
    return Completed.of(List.of("sh", "-c", "PATH=$PATH:/usr/sbin; bpftool " + arguments));
  }

  private static Completed shell(String command) {
    Completed completed = Completed.of(List.of("sh", "-c", command));
    assertThat(completed.exit()).as("%s: %s", command, briefly(completed.err())).isZero();
    return completed;
  }
}
