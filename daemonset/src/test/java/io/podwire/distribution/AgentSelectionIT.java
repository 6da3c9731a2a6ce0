package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.State;
import io.podwire.testbed.Child;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The agent as a process, between an API server and the running kernel, with traffic: which
 * addresses it selects, and what becomes of their flows.
 */
final class AgentSelectionIT extends RunningAgent {

  private static final ResourceDefinitionContext CILIUM =
      ClusterObjects.kind("cilium.io", "v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies");

  private static final Pattern ANSWERS = Pattern.compile("\\[Total Run].*ReceivedMessages=(\\d+)");

  @Test
  void aPodIsAcceleratedOnEveryInterfaceWithinASecondAndNoLongerOnceItIsGone() throws Exception {
    start();
    createPod(client);
    long begin = System.nanoTime();
    createPod(server);
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
    assertThat(count(Counter.REDIRECTED)).isEqualTo(before + 2L * joined);

    api.deletePod("server");
    await().until(() -> datapath.status().selected() == 4);
    exchangeUntilNoneIsLeft(everywhere);
    HeldFlows plain = hold(server.ipv4(), 3);
    plain.exchange();
    assertThat(count(Counter.COMPLETED)).isEqualTo(joined);
  }

  @Test
  void sockperfIsRedirectedOnEveryInterfaceFromWhenThePodIsThere() throws Exception {
    start();
    createPod(client);
    List<InetAddress> interfaces = List.of(server.ipv4(), server.routedIpv4());
    for (InetAddress address : interfaces) {
      assertThat(sockperf(address)).isPositive();
    }
    assertThat(count(Counter.REDIRECTED)).isZero();

    createPod(server);
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
  void aPodIsSelectedByItsSpiderEndpointBeforeItsStatusHasAnAddress() throws Exception {
    api.objects().define(SpiderEndpoint.KIND);
    start();
    Pod pod = api.createPodWithoutAddress("server");
    createPod(client);
    await().until(() -> datapath.status().selected() == 4);

    SpiderEndpoint.create(api, "elsewhere", "uid-elsewhere", "worker-2", "10.7.0.9");
    SpiderEndpoint.create(
        api, "server", pod.getMetadata().getUid(), ApiServer.NODE, server.ipv4().getHostAddress());

    await().until(() -> datapath.status().selected() == 5);
    hold(server.ipv4(), 3).exchange();
    assertThat(count(Counter.COMPLETED)).isEqualTo(3);
  }

  @Test
  void optingAPodOutSendsItsLiveFlowsBackToTcpAndInAgainAcceleratesNewOnes() throws Exception {
    start();
    createPods();
    HeldFlows flows = hold(server.ipv4(), 5);

    api.annotatePod("server", "disabled");
    await().until(() -> datapath.status().selected() == 4 && datapath.policyMarks().size() == 4);
    exchangeUntilNoneIsLeft(List.of(flows));
    assertThat(count(Counter.RETIRED_POLICY)).isPositive();

    api.annotatePod("server", "enabled");
    await().until(() -> datapath.status().selected() == 8);
    hold(server.ipv4(), 5).exchange();
    assertThat(count(Counter.COMPLETED)).isEqualTo(10);
    flows.exchange();
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
    await().until(() -> !datapath.policyMarks().isEmpty());
    exchangeUntilNoneIsLeft(List.of(flows));
    long retired = count(Counter.RETIRED_POLICY);
    assertThat(retired).isBetween(5L, 10L);

    HeldFlows later = hold(server.ipv4(), 5);
    later.exchange();
    assertThat(count(Counter.COMPLETED)).isEqualTo(10);
    assertThat(count(Counter.RETIRED_POLICY)).isEqualTo(retired);

    Map<Prefix, Integer> marks = datapath.policyMarks();
    api.client().network().v1().networkPolicies().inNamespace("default").withName("mine").delete();
    await().until(() -> !datapath.policyMarks().equals(marks));
    exchangeUntilNoneIsLeft(List.of(later));
  }

  @Test
  void aPolicyOfAnotherKindSendsFlowsBackFromWhenTheApiServerKnowsTheKind() throws Exception {
    AgentProcess agent =
        start("--policy-kinds", "cilium.io/v2/" + CILIUM.getKind(), "--resync", "1s");
    createPods();
    HeldFlows flows = hold(server.ipv4(), 5);

    api.objects().define(CILIUM);
    ciliumPolicy("elsewhere");
    await()
        .until(
            () ->
                agent
                    .get("/metrics")
                    .contains("resource=\"cilium.io/v2/" + CILIUM.getKind() + "\"} 1"));
    flows.exchange();
    assertThat(count(Counter.RETIRED_POLICY)).isZero();

    ciliumPolicy("default");

    exchangeUntilNoneIsLeft(List.of(flows));
    assertThat(count(Counter.RETIRED_POLICY)).isPositive();
  }

  private void ciliumPolicy(String namespace) {
    GenericKubernetesResource policy = new GenericKubernetesResource();
    policy.setApiVersion("cilium.io/v2");
    policy.setKind(CILIUM.getKind());
    policy.setMetadata(new ObjectMetaBuilder().withName("p").withNamespace(namespace).build());
    policy.setAdditionalProperty("spec", Map.of("endpointSelector", Map.of()));
    api.client()
        .genericKubernetesResources(CILIUM)
        .inNamespace(namespace)
        .resource(policy)
        .create();
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

    exchangeUntilNoneIsLeft(List.of(flows));
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
    createPod(server);
    await().until(() -> datapath.status().selected() == 8);
  }

  @Test
  void foreignEditsOfTheSelectionAreRepaired() throws Exception {
    start("--resync", "1s");
    createPods();

    datapath.deselect(List.of(Prefix.of(server.ipv4())));
    datapath.select(List.of(Prefix.cidr("10.99.0.0/16")), Selection.SELECTED);

    await()
        .untilAsserted(
            () ->
                assertThat(datapath.selection().keySet())
                    .hasSize(8)
                    .contains(Prefix.of(server.ipv4())));
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
        List.of(address("10.1.1.2"), address("fd00:99::2")));
    await().until(() -> agent.get("/pods").contains("quiet"));

    Completed run =
        BuiltAccelctl.built().run("pods", "--agent", "127.0.0.1:" + agent.probes().getPort());

    hold(server.ipv4(), 2).exchange();
    sample("pods", run.out());
    sample("status", accelctl("status").out());
    sample("metrics", agent.get("/metrics"));
    sample("log", agent.log());
    assertThat(run.exit()).isZero();
    assertThat(run.out())
        .contains(
            "default/quiet   not selected  pod says disabled  10.1.1.2 (status)\n",
            "  not fd00:99:0:0:0:0:0:2: no trusted source confirms it: no process of the pod is seen in /proc\n")
        .contains("default/client  selected      mode opt-out  10.66.0.10 (status) fd66")
        .contains(" 10.67.10.2 (namespace) ")
        .contains("3 pods on node worker-1, 2 selected\n")
        .doesNotContain("stranger");
  }

  @Test
  void flowsShowWhoTheirEndsAreAndWhichServiceWasDialled() throws Exception {
    AgentProcess agent = start();
    createPods();
    api.createService("web", "10.96.0.1");
    String backend = server.routedIpv4().getHostAddress() + ":" + PORT;
    String[] nat =
        "iptables -t nat -A PREROUTING -p tcp -d 10.96.0.1 --dport 80 -j DNAT".split(" ");
    bed.node()
        .run(
            Stream.concat(Stream.of(nat), Stream.of("--to-destination", backend))
                .toArray(String[]::new));
    await().until(() -> agent.get("/pods").contains("default/web"));
    hold(server.ipv4(), 1).exchange();
    opened.add(HeldFlows.serve(server, server.routedIpv4(), PORT));
    HeldFlows dialled = HeldFlows.open(client, address("10.96.0.1"), 80, 1);
    opened.add(dialled);
    dialled.exchange();
    String where = "127.0.0.1:" + agent.probes().getPort();

    String flows = accelctl("flows", "--agent", where).out();

    sample("flows", flows);
    sample("top", accelctl("top", "--agent", where).out());
    assertThat(flows)
        .containsPattern("default/client:\\d+  default/server:7400  default/web:80 ")
        .containsPattern("default/client:\\d+  default/server:7400  - ");
    assertThat(accelctl("top", "--by", "workload", "--agent", where).out())
        .contains("default/pod/client  default/pod/server      2    0 ");
    assertThat(onATerminal(80, "flows", "--agent", where).lines())
        .allMatch(line -> line.length() <= 80)
        .anyMatch(line -> line.matches("defa\\S*…\\S* +defa\\S*…\\S* .* redirected"));
  }

  @Test
  void itIsToldByNameWhyConnectionsAreRedirectedOrNot() throws Exception {
    AgentProcess agent = start();
    HeldFlows early = hold(server.ipv4(), 2);
    createPods();
    HeldFlows late = hold(server.ipv4(), 3);
    early.exchange();
    late.exchange();
    String where = "127.0.0.1:" + agent.probes().getPort();
    String[] question = {"explain", "default/client", "default/server:7400", "--agent", where};

    assertThat(accelctl(question).out())
        .contains(server.ipv4().getHostAddress() + " is selected: mode opt-out.\n")
        .contains("\n3 connections are joined.\n")
        .contains("\n2 connections are open, and not joined. Of 2 of these no reason is noted: ")
        .endsWith("A new connection between them joins, from one selected address to another.\n");

    api.annotatePod("server", "disabled");
    await().until(() -> datapath.status().selected() == 4 && datapath.policyMarks().size() == 4);
    exchangeUntilNoneIsLeft(List.of(late));
    assertThat(accelctl(question).out())
        .contains(server.ipv4().getHostAddress() + " is not selected: pod says disabled.\n")
        .contains("\n5 connections are open, and not joined.\n")
        .containsPattern("default/client to \\S+:7400 went back to TCP .*: retired_policy: ")
        .endsWith("does not join while default/server is not selected.\n");
  }

  /** What accelctl prints on a terminal of so many columns. */
  private String onATerminal(int columns, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--cgroup", bed.cgroup() + "", "--pin-dir", bed.pinDir() + ""));
    String script = "script -qec \"stty columns %d; $*\" /dev/null".formatted(columns);
    Completed run =
        BuiltAccelctl.built()
            .run(Map.of(), List.of("bash", "-c", script, "bash"), all.toArray(String[]::new));
    return run.out();
  }

  @Test
  void anAgentThatMayNotReadServicesDoesWithoutTheirNames() {
    api.objects().hideServices();
    AgentProcess agent = start();

    createPods();

    assertThat(agent.isReady()).isTrue();
    await()
        .untilAsserted(() -> assertThat(agent.log()).contains("cannot read services: forbidden"));
    assertThat(agent.get("/metrics")).contains("podwire_api_watch_up{resource=\"services\"} 0.0");
  }

  @Test
  void aPodsAuthorCannotNameWhatIsNotThePodsNorWhatAnotherPodOptedOut() throws Exception {
    AgentProcess agent = start();
    createPods();
    api.annotatePod("server", "disabled");
    await().until(() -> datapath.status().selected() == 4);
    server.run("ip", "address", "add", "10.1.1.9/32", "dev", "lo");

    client.run("ip", "address", "add", "10.1.1.8/32", "dev", "lo");
    String shared = server.routedIpv4().getHostAddress();
    client.run("ip", "address", "add", shared + "/32", "dev", "lo");
    List<InetAddress> named = new ArrayList<>(List.of(address("10.1.1.7"), address("10.1.1.8")));
    named.addAll(server.addresses());
    named.addAll(
        List.of(address("10.1.1.9"), address("127.0.0.1"), address("fe80::1"), address("::")));
    // in the other pod's namespace, where its author added the two
    sandbox(client, api.createPod("impostor", named));

    await().until(() -> datapath.selection().containsKey(Prefix.of(address("10.1.1.8"))));
    assertThat(datapath.selection()).hasSize(6).containsKey(Prefix.of(address("10.1.1.7")));
    await() // which hears of a pass after the kernel does
        .untilAsserted(
            () ->
                assertThat(agent.get("/pods"))
                    .contains("pod default/server has it too, and is not selected")
                    .contains("\"10.1.1.8\":\"namespace\""));
    hold(server.ipv4(), 3).exchange();
    assertThat(count(Counter.REDIRECTED)).isZero();
  }

  @Test
  void aPodWhoseFirstProcessComesLateIsSelectedThen() throws Exception {
    start();
    Pod pod = api.createPod("client", client.addresses());
    await().until(() -> datapath.status().selected() == 1);

    sandbox(client, pod);

    await().until(() -> datapath.status().selected() == 4);
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
}
