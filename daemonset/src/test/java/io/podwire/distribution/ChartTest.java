package io.podwire.distribution;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The chart against its schema, the model of the Kubernetes client, and kustomize. */
final class ChartTest {

  /** A value as {@code ## @param} documents it. */
  private static final Pattern PARAM = Pattern.compile("(?m)^ *## @param (\\S+) \\S+");

  /** What picocli reads of the environment. */
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{env:([A-Z_]+)");

  /** What kustomize adds to the name of a ConfigMap. */
  private static final Pattern HASH = Pattern.compile("(podwire-agent)-[2456789bcdfghkmt]{10}\\b");

  private static final JsonNode EVERY_VALUE = everyValue();

  @TempDir private Path directory;
  private Chart chart;

  @BeforeAll
  static void requireHelm() {
    Chart.requireHelm();
  }

  @BeforeEach
  void copyTheChart() {
    chart = new Chart(directory);
  }

  @Test
  void lintFindsNothingButThatThereIsNoIcon() {
    String noIcon = "[INFO] Chart.yaml: icon is recommended";

    assertThat(Chart.lint()).containsExactly(noIcon);
    assertThat(chart.lint(allValues().toString())).containsExactly(noIcon);
  }

  @Test
  void theChartAndTheImageAreOfThisVersion() {
    String version = System.getProperty("podwire.version");

    assertThat(Chart.read("Chart.yaml").get("version").asString()).isEqualTo(version);
    assertThat(Chart.read("Chart.yaml").get("appVersion").asString()).isEqualTo(version);
  }

  /** Directories of kustomizations, and the values that say the same. */
  static Stream<Arguments> kustomizations() {
    String base = "{agent: {excludedNamespaces: [kube-system]}, rbac: {spiderpool: false}}";
    return Stream.of(
        arguments(".", ""),
        arguments("base", base),
        arguments("overlays/spiderpool", ""),
        arguments("overlays/opt-in", "agent: {mode: opt-in}"),
        arguments(
            "overlays/privileged",
            "agent: {privileged: true, resources: {limits: {memory: 1536Mi}}}"));
  }

  @ParameterizedTest
  @MethodSource("kustomizations")
  void theObjectsAreThoseOfKustomize(String kustomization, String values) {
    Manifests.requireKubectl();

    assertSame(chart.render(values), kustomization);
  }

  @Test
  void theObjectsWithoutTheAdopterAreThoseOfKustomize() {
    Manifests.requireKubectl();

    assertSame(
        chart.render("adopter: {enabled: false}"),
        Manifests.with("without-adoption", "overlays/spiderpool"));
  }

  @Test
  void theObjectsWithTheCniPluginAreThoseOfKustomize() {
    Manifests.requireKubectl();

    assertSame(chart.render("cni: {enabled: true}"), Manifests.with("cni", "overlays/spiderpool"));
  }

  @Test
  void theObjectsThatMonitorAreThoseOfKustomize() {
    Manifests.requireKubectl();
    String values =
        """
        podMonitor: {enabled: true}
        prometheusRule: {enabled: true}
        grafanaDashboard: {enabled: true}
        """;
    List<JsonNode> monitoring = new ArrayList<>(chart.render(values));
    monitoring.removeAll(chart.render(""));

    assertSame(monitoring, "monitoring");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void thePodThatUnloadsIsThatOfKustomize(boolean cni) {
    Manifests.requireKubectl();
    String overlay = "overlays/uninstall";
    JsonNode uninstall =
        byName(kustomize(cni ? Manifests.with("cni-removal", overlay) : overlay))
            .get("DaemonSet podwire-agent");
    List<JsonNode> rendered = chart.render("cni: {enabled: " + cni + "}");
    JsonNode hook = byName(hooks(rendered, "pre-delete")).get("DaemonSet podwire-agent");

    assertThat(hook.at("/spec/selector")).isEqualTo(uninstall.at("/spec/selector"));
    assertThat(hook.at("/spec/template/spec")).isEqualTo(uninstall.at("/spec/template/spec"));
  }

  @ParameterizedTest
  @MethodSource("everyParameter")
  void everyValueIsOfTheSchemaAndChangesWhatIsRendered(String parameter) {
    ObjectNode without = JsonNodeFactory.instance.objectNode();
    int dot = parameter.lastIndexOf('.');
    String enabled = parameter.substring(0, dot) + ".enabled";
    if (!parameter.equals(enabled) && everyParameter().anyMatch(enabled::equals)) {
      put(without, enabled, JsonNodeFactory.instance.booleanNode(true));
    }
    if (parameter.equals("check.enabled")) {
      put(without, "agent.accept", JsonNodeFactory.instance.arrayNode().add("unchecked"));
    }
    ObjectNode with = without.deepCopy();
    put(with, parameter, EVERY_VALUE.at(pointer(parameter)));

    List<JsonNode> rendered = chart.render(with.toString());

    assertThat(rendered).isNotEqualTo(chart.render(without.toString()));
    rendered.forEach(Manifests::requireKnownFields);
  }

  @Test
  void allValuesTogetherAreRendered() {
    List<JsonNode> rendered = chart.render(allValues().toString());

    rendered.forEach(Manifests::requireKnownFields);
    assertThat(images(rendered))
        .containsOnly(
            "mirror.example/network/podwire@" + EVERY_VALUE.at("/image/digest").asString());
    assertThat(byName(rendered).keySet())
        .as("no roles, accounts and unload")
        .containsExactlyInAnyOrder(
            "ConfigMap podwire-agent",
            "ConfigMap podwire-dashboard",
            "DaemonSet podwire-agent",
            "Deployment podwire-test-server",
            "Pod podwire-test",
            "PrometheusRule podwire",
            "Service podwire-agent",
            "Service podwire-test-server",
            "ServiceMonitor podwire-agent");
    Container agent = pod(rendered).getContainers().get(0);
    assertThat(agent.getPorts()).extracting("containerPort").containsExactly(19464, 19465);
    assertThat(agent.getReadinessProbe().getHttpGet().getHost()).isEqualTo("::1");
    assertThat(pod(rendered).getServiceAccountName()).isEqualTo("network");
  }

  static Stream<String> everyParameter() {
    try {
      return PARAM
          .matcher(Files.readString(Chart.SOURCE.resolve("values.yaml")))
          .results()
          .map(found -> found.group(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyValueIsDocumentedOfTheSchemaAndTested() {
    Set<String> parameters = everyParameter().collect(toSet());

    assertThat(parameters).hasSizeGreaterThan(40);
    assertThat(leaves(Chart.read("values.yaml"), parameters)).isEqualTo(parameters);
    assertThat(leaves(EVERY_VALUE, parameters)).isEqualTo(parameters);
    JsonNode schema = Chart.read("values.schema.json");
    ((ObjectNode) schema.get("properties")).remove("enabled"); // a parent chart's condition
    assertThat(leaves(schemaAsValues(schema), parameters)).isEqualTo(parameters);
  }

  @ParameterizedTest
  @MethodSource("everyParameter")
  void aValueOfAnotherTypeIsRefusedWithItsName(String parameter) {
    boolean list = Chart.read("values.yaml").at(pointer(parameter)).isArray();
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    ObjectNode values = nodes.objectNode();
    put(values, parameter, list ? nodes.stringNode("no list") : nodes.arrayNode().add(7));

    assertRefused(values.toString(), pointer(parameter));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "agent: {mode: maybe}                  | /agent/mode",
        "agent: {mod: opt-in}                  | mod",
        "agents: {mode: opt-in}                | agents",
        "agent: {networkPolicy: drop}          | /agent/networkPolicy",
        "agent: {policyKinds: [NetworkPolicy]} | /agent/policyKinds/0",
        "agent: {probeListen: '0.0.0.0:9465'}  | /agent/probeListen",
        "agent: {listen: '9464'}               | /agent/listen",
        "agent: {resync: soon}                 | /agent/resync",
        "agent: {maxBacklogMemory: 7}          | /agent/maxBacklogMemory",
        "agent: {workloadPairs: 1001}         | /agent/workloadPairs",
        "agent: {yieldTo: ['=app=web']}        | /agent/yieldTo/0",
        "agent: {accept: ['splice,waitall']}   | /agent/accept/0",
        "agent: {pinDir: /var/podwire}         | /agent/pinDir",
        "agent: {resources: {limit: {}}}       | limit",
        "image: {digest: 'sha256:0'}           | /image/digest",
        "image: {pullPolicy: Sometimes}        | /image/pullPolicy",
        "daemonSet: {maxUnavailable: 0}        | /daemonSet/maxUnavailable",
        "daemonSet: {tolerations: [{keys: a}]} | keys",
        "cni: {binDir: bin}                    | /cni/binDir",
        "cni: {conflist: 10-net.conf}          | /cni/conflist",
        "cni: {conflist: ../a.conflist}        | /cni/conflist",
        "cni: {timeout: 11s}                   | /cni/timeout",
        "cni: {timeout: 0s}                    | /cni/timeout",
        "unload: {timeout: ''}                 | /unload/timeout",
        "unload: {timeout: 25h}                | /unload/timeout",
        "unload: {timeout: 1441m}              | /unload/timeout",
        "agent: {resync: 86401s}               | /agent/resync",
        "agent: {mode: null}                   | mode",
        "image: null                           | image",
        "podMonitor: {labels: null}            | labels",
        "agent: {listen: '0.0.0.0:65536'}      | /agent/listen",
        "agent: {probeListen: '127.0.0.1:0'}   | /agent/probeListen",
        "adopter: {resources: {limits: {memory: 12KB}}} | /adopter/resources/limits/memory",
        "daemonSet: {podLabels: {app.kubernetes.io/name: web}} | app.kubernetes.io/name",
        "hooks: {testLabels: {helm.sh/chart: web}} | helm.sh/chart",
        "check: {enabled: false}               | /agent/accept",
        "{podMonitor: {enabled: true}, serviceMonitor: {enabled: true}} | /podMonitor/enabled"
      })
  void aBadValueIsRefusedWithItsName(String values, String name) {
    assertRefused(values, name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "enabled: true", // as a parent chart has it for its condition
        "unload: {timeout: 24h}",
        "cni: {enabled: true, conflist: none, timeout: 10s}",
        "agent: {resync: 86400s, listen: '[::]:65535', probeListen: '127.0.0.1:1'}",
        "adopter: {resources: {requests: {cpu: 1.5, memory: 1e9}, limits: {memory: 0.5Gi}}}",
        "{check: {enabled: false}, agent: {accept: [unchecked]}}",
        "{check: {enabled: false}, agent: {privileged: true}}"
      })
  void aGoodValueIsNotRefused(String values) {
    assertThat(chart.render(values)).isNotEmpty();
  }

  /** Of names that YAML would take for numbers. */
  @Test
  void namesStayTexts() {
    List<JsonNode> rendered = chart.render("1e3", "8080", "serviceAccount: {name: '0123'}");

    assertThat(rendered)
        .allSatisfy(
            object ->
                assertThat(
                        Stream.of("namespace", "app.kubernetes.io/instance", "serviceAccountName")
                            .flatMap(field -> object.findValues(field).stream()))
                    .isNotEmpty()
                    .allMatch(JsonNode::isString));
    assertThat(Manifests.objects(rendered, ServiceAccount.class))
        .extracting(account -> account.getMetadata().getName())
        .containsExactlyInAnyOrder("0123", "podwire-unload");
  }

  @Test
  void theAgentCanBeToldAllThatItReadsOfTheEnvironment() throws IOException {
    List<JsonNode> rendered = chart.render(allValues().toString());
    Set<String> told =
        new HashSet<>(Manifests.objects(rendered, ConfigMap.class).get(0).getData().keySet());
    pod(rendered).getContainers().get(0).getEnv().stream().map(EnvVar::getName).forEach(told::add);
    told.add("PODWIRE_STATE_DIR"); // agent.stateDir is mounted where that is by default

    assertThat(told).containsAll(variables());
    assertThat(pod(rendered).getVolumes())
        .filteredOn("name", "state")
        .extracting(volume -> volume.getHostPath().getPath())
        .containsExactly("/srv/podwire");
  }

  /** A change of the ConfigMap alone would restart no agent. */
  @Test
  void aChangeOfTheConfigurationRollsOut() {
    Function<String, JsonNode> pod =
        values ->
            byName(hooks(chart.render(values), ""))
                .get("DaemonSet podwire-agent")
                .at("/spec/template/metadata");

    assertThat(pod.apply("agent: {resync: 10m}")).isNotEqualTo(pod.apply(""));
    assertThat(pod.apply("unload: {timeout: 10m}")).isEqualTo(pod.apply(""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{podMonitor: {enabled: true}, prometheusRule: {enabled: true}}",
        "{serviceMonitor: {enabled: true}, grafanaDashboard: {enabled: true}}"
      })
  void everyObjectHasTheRecommendedLabelsAndItsPodsThoseThatDoNotChange(String values) {
    List<String> ofPods =
        List.of(
            "app.kubernetes.io/name",
            "app.kubernetes.io/component",
            "app.kubernetes.io/part-of",
            "app.kubernetes.io/instance");

    assertThat(chart.render(values))
        .allSatisfy(
            object -> {
              assertThat(object.at("/metadata/labels").propertyNames())
                  .containsAll(ofPods)
                  .contains(
                      "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart");
              if (object.at("/spec/template").isObject()) {
                assertThat(object.at("/spec/template/metadata/labels").propertyNames())
                    .containsExactlyInAnyOrderElementsOf(ofPods);
              }
            });
  }

  /** Helm waits for Jobs and Pods alone. */
  @Test
  void whatWaitsForTheUnloadComesAfterItAndMayOnlyLook() {
    List<JsonNode> hooks = hooks(chart.render(""), "pre-delete");

    assertThat(hooks)
        .extracting(
            hook -> hook.get("kind").asString() + " " + hook.at("/metadata/name").asString(),
            hook -> annotation(hook, "helm.sh/hook-weight"))
        .containsExactlyInAnyOrder(
            tuple("ServiceAccount podwire-unload", "-2"),
            tuple("Role podwire-unload", "-2"),
            tuple("RoleBinding podwire-unload", "-2"),
            tuple("DaemonSet podwire-agent", "-1"),
            tuple("Job podwire-unload", "0"));
    PodSpec job = Manifests.objects(hooks, Job.class).get(0).getSpec().getTemplate().getSpec();
    assertThat(job.getContainers().get(0).getArgs())
        .containsExactly("await", "podwire-agent", "--namespace=podwire", "--timeout=4m");
    assertThat(job.getServiceAccountName()).isEqualTo("podwire-unload");
    assertThat(Manifests.objects(hooks, Role.class).get(0).getRules())
        .extracting(PolicyRule::getResources, PolicyRule::getResourceNames, PolicyRule::getVerbs)
        .containsExactly(
            tuple(List.of("daemonsets"), List.of("podwire-agent"), List.of("get")),
            tuple(List.of("pods"), List.of(), List.of("list")));
  }

  @Test
  void theAgentMayReadThePoliciesOfTheKindsThatItFollows() {
    List<JsonNode> rendered =
        chart.render(
            "agent: {policyKinds: [cilium.io/v2/CiliumNetworkPolicy,"
                + " projectcalico.org/v3/GlobalNetworkSet]}");

    assertThat(Manifests.objects(rendered, ClusterRole.class).get(0).getRules())
        .extracting(PolicyRule::getApiGroups, PolicyRule::getResources, PolicyRule::getVerbs)
        .contains(
            tuple(
                List.of("cilium.io"),
                List.of("ciliumnetworkpolicies"),
                List.of("get", "list", "watch")),
            tuple(
                List.of("projectcalico.org"),
                List.of("globalnetworksets"),
                List.of("get", "list", "watch")));
  }

  /**
   * Helm deletes a hook of this policy, whoever made the object of its name, before it makes it.
   */
  @Test
  void whatUnloadsTakesTheAgentsPlaceStaysWhereItFailsAndGoesWithTheRelease() {
    List<JsonNode> rendered = chart.render("");
    JsonNode agent = byName(hooks(rendered, "")).get("DaemonSet podwire-agent");
    JsonNode unload = byName(hooks(rendered, "pre-delete")).get("DaemonSet podwire-agent");

    assertThat(unload.at("/spec/selector")).isEqualTo(agent.at("/spec/selector"));
    assertThat(annotation(unload, "helm.sh/hook-delete-policy")).isEqualTo("before-hook-creation");
    assertThat(annotation(unload, "meta.helm.sh/release-name")).isEqualTo("podwire");
    assertThat(annotation(unload, "meta.helm.sh/release-namespace")).isEqualTo("podwire");
  }

  /** Helm does not wait for the agents' pods. The scheduler gives a port of a node to one pod. */
  @ParameterizedTest
  @ValueSource(strings = {"", "agent: {probeListen: '[::1]:19465'}"})
  void noPodUnloadsBesideAnAgent(String values) {
    List<JsonNode> rendered = chart.render(values);
    PodSpec unload = pod(hooks(rendered, "pre-delete"));

    assertThat(unload.getHostNetwork()).isTrue();
    assertThat(unload.getContainers().get(0).getPorts())
        .singleElement()
        .isEqualTo(pod(hooks(rendered, "")).getContainers().get(0).getPorts().get(1));
  }

  @Test
  void whatNeedsNoRightsHasNone() {
    List<JsonNode> rendered = chart.render("");
    List<Container> containers =
        List.of(
            pod(hooks(rendered, "pre-delete")).getContainers().get(0),
            Manifests.objects(rendered, Job.class)
                .get(0)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .get(0),
            server(rendered));

    assertThat(containers).extracting(Container::getName).containsExactly("done", "wait", "server");
    assertThat(containers)
        .extracting(Container::getSecurityContext)
        .allSatisfy(
            context -> {
              assertThat(context.getRunAsNonRoot()).isTrue();
              assertThat(context.getRunAsUser()).isEqualTo(65534);
              assertThat(context.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
              assertThat(context.getCapabilities().getDrop()).containsExactly("ALL");
              assertThat(context.getCapabilities().getAdd()).isEmpty();
            });
  }

  @Test
  void anAccountOfSomebodyElsesIsUsedByAll() {
    List<JsonNode> rendered = chart.render("serviceAccount: {create: false, name: network}");

    assertThat(Manifests.objects(rendered, ServiceAccount.class)).isEmpty();
    assertThat(rendered.toString())
        .contains("\"serviceAccountName\":\"network\"")
        .doesNotContain("\"serviceAccountName\":\"podwire");
  }

  @Test
  void theTestSaysInOneLineWhatItSaw() throws IOException {
    fake("sleep", "until [ -s \"$SAID\" ]; do :; done"); // until the client has said its port
    fake(
        "sockperf",
        """
        echo "$*" >>"$SAID"
        [ "$CONNECTED" ] || exit 1
        echo Warmup
        exec /bin/sleep 60
        """);
    fake(
        "accelctl", // messages go only in the third look at a connection
        """
        echo >>"$SAID.looks"
        [ $(($(wc -l <"$SAID.looks") % 4)) = 3 ] || MESSAGES=0
        port=$(sed -n '$s/.*--client_port \\([0-9]*\\).*/\\1/p' "$SAID")
        echo 'CLIENT  SERVER  DIALLED  CLIENT WORKLOAD  SERVER WORKLOAD  CLIENT > AS IT SEES  SERVER < AS IT SEES  AGE  MESSAGES  BYTES  BACKLOG  STATE'
        flow() {
          echo "10.1.0.$1  10.1.0.4:11111  10.96.0.7:11111  -  -  10.1.0.$1 > 10.96.0.7:11111  10.1.0.4:11111 < 10.1.0.$1  $2"
        }
        flow "5:7$port" "2s  9 9 0  redirected"
        flow "3:$port" "2s  $MESSAGES 7013412 0  $STATE"
        """);

    Completed none =
        new Completed(
            1,
            "not redirected: no connection of 20 between two pods on node worker-1; accelctl pods in its agent's container says why\n",
            "");
    assertThat(runTest(Map.of("STATE", "redirected (1 shift)")))
        .isEqualTo(
            new Completed(
                0,
                "redirected: 250479 messages of the connection 10.1.0.3:20001 > 10.1.0.4:11111 on node worker-1\n",
                ""));
    assertThat(runTest(Map.of("STATE", "retired_duplex"))).isEqualTo(none);
    assertThat(runTest(Map.of("MESSAGES", "0"))).isEqualTo(none);
    assertThat(runTest(Map.of("MESSAGES", "0", "CONNECTED", "")))
        .isEqualTo(
            new Completed(
                1,
                "not tested: the server does not listen, no connection of 20 on node worker-1 opened; see the log of deployment/podwire-test-server\n",
                ""));
    assertThat(directory.resolve("said")).content().contains("-i 10.96.0.7 -p 11111");
    runTest(Map.of("PODWIRE_TEST_SERVER_SERVICE_HOST", "fd00::7"));
    assertThat(directory.resolve("said")).content().contains("-i podwire-test-server -p 11111");
  }

  /** Runs what the container of the test runs, with other programs and two attempts. */
  private Completed runTest(Map<String, String> environment) throws IOException {
    Files.deleteIfExists(directory.resolve("said"));
    Files.deleteIfExists(directory.resolve("said.looks"));
    Pod test = Manifests.objects(chart.render(""), Pod.class).get(0);
    String script =
        script(test.getSpec().getContainers().get(0))
            .replace("/tmp/", directory + "/")
            .replace("-lt 20020", "-lt 20002");
    ProcessBuilder shell = shell(script);
    shell.environment().put("NODE", "worker-1");
    shell.environment().put("PODWIRE_TEST_SERVER_SERVICE_HOST", "10.96.0.7");
    shell.environment().put("SAID", directory.resolve("said").toString());
    shell.environment().put("MESSAGES", "250479");
    shell.environment().put("STATE", "redirected");
    shell.environment().put("CONNECTED", "yes");
    shell.environment().putAll(environment);
    return Completed.of(shell);
  }

  @Test
  void theServerOfTheTestFollowsTheClientAndTheClientAnAgent() {
    List<JsonNode> rendered = chart.render("");
    Pod client = Manifests.objects(rendered, Pod.class).get(0);

    assertThat(followed(serverPod(rendered)))
        .isNotEmpty()
        .satisfies(
            labels -> assertThat(client.getMetadata().getLabels()).containsAllEntriesOf(labels));
    assertThat(followed(client.getSpec())).containsEntry("app.kubernetes.io/component", "agent");
  }

  private static Map<String, String> followed(PodSpec pod) {
    return pod.getAffinity()
        .getPodAffinity()
        .getRequiredDuringSchedulingIgnoredDuringExecution()
        .get(0)
        .getLabelSelector()
        .getMatchLabels();
  }

  @Test
  void theServerOfTheTestListensAtTheAddressOfIpv4() throws IOException {
    fake("sockperf", "echo \"$*\"");

    assertThat(runServer("10.1.0.4"))
        .isEqualTo(new Completed(0, "server --tcp -i 10.1.0.4 -p 11111\n", ""));
    assertThat(runServer("fd00::4,10.1.0.4")).isEqualTo(runServer("10.1.0.4"));
    assertThat(runServer("fd00::4"))
        .isEqualTo(new Completed(1, "no IPv4 address among those of this pod: fd00::4\n", ""));
  }

  private Completed runServer(String addresses) {
    ProcessBuilder shell = shell(script(server(chart.render(""))));
    shell.environment().put("ADDRESSES", addresses);
    return Completed.of(shell);
  }

  private static Container server(List<JsonNode> rendered) {
    return serverPod(rendered).getContainers().get(0);
  }

  private static PodSpec serverPod(List<JsonNode> rendered) {
    return Manifests.objects(rendered, Deployment.class).get(0).getSpec().getTemplate().getSpec();
  }

  private static String script(Container container) {
    return container.getCommand().get(2);
  }

  private ProcessBuilder shell(String script) {
    ProcessBuilder shell = new ProcessBuilder("sh", "-c", script);
    shell.environment().merge("PATH", programs().toString(), (path, first) -> first + ":" + path);
    return shell;
  }

  private void fake(String program, String script) throws IOException {
    Path file = Files.createDirectories(programs()).resolve(program);
    Files.writeString(file, "#!/bin/sh\n" + script);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private Path programs() {
    return directory.resolve("programs");
  }

  @Test
  void theNotesSayWhatToDoNext() {
    assertThat(chart.notes(""))
        .contains(
            "There is no published one",
            "kubectl -n podwire rollout status daemonset/podwire-agent",
            "helm test podwire -n podwire",
            "helm uninstall first sends every connection back to TCP")
        .as("a chart archive has no documentation")
        .doesNotContain(".md");
    assertThat(chart.notes("{image: {registry: registry.example}, unload: {enabled: false}}"))
        .contains("helm uninstall leaves the datapath in the nodes' kernel")
        .doesNotContain("There is no published one", "CNI");
    assertThat(chart.notes("cni: {enabled: true, conflist: 10-calico.conflist}"))
        .contains(
            "/etc/cni/net.d/10-calico.conflist", "kubectl -n podwire logs ds/podwire-agent -c cni");
  }

  /** Same objects, but for labels that the chart has more of, and what Helm makes itself. */
  private static void assertSame(List<JsonNode> rendered, String kustomization) {
    Map<String, JsonNode> chart = byName(hooks(rendered, ""));
    Map<String, JsonNode> kustomize = byName(kustomize(kustomization));
    kustomize.remove("Namespace podwire"); // helm install --create-namespace

    assertThat(chart).containsOnlyKeys(kustomize.keySet());
    kustomize.forEach(
        (name, expected) -> {
          JsonNode actual = chart.get(name);
          for (String metadata : List.of("/metadata", "/spec/template/metadata")) {
            Set<Map.Entry<String, JsonNode>> labels = removeLabels(actual.at(metadata));
            assertThat(labels).as(name).containsAll(removeLabels(expected.at(metadata)));
          }
          if (actual.at("/spec/template/metadata/annotations") instanceof ObjectNode annotations) {
            annotations.remove("checksum/configuration");
          }
          assertThat(actual).as(name).isEqualTo(expected);
        });
  }

  private static Set<Map.Entry<String, JsonNode>> removeLabels(JsonNode metadata) {
    JsonNode labels =
        metadata instanceof ObjectNode object
            ? object.remove("labels")
            : JsonNodeFactory.instance.nullNode(); // an object that makes no pods
    return labels == null ? Set.of() : labels.properties();
  }

  private static List<JsonNode> kustomize(String directory) {
    return Manifests.kustomize(directory).stream()
        .map(object -> HASH.matcher(object.toString()).replaceAll("$1"))
        .map(text -> Serialization.unmarshal(text, JsonNode.class))
        .toList();
  }

  /** The objects that are hooks of an event, or of none. */
  private static List<JsonNode> hooks(List<JsonNode> rendered, String event) {
    Predicate<JsonNode> of =
        object ->
            object
                .at("/metadata/annotations/" + Chart.HOOK.replace("/", "~1"))
                .asString()
                .equals(event);
    return rendered.stream().filter(of).toList();
  }

  private static Map<String, JsonNode> byName(List<JsonNode> objects) {
    return objects.stream()
        .collect(
            toMap(
                object ->
                    object.get("kind").asString() + " " + object.at("/metadata/name").asString(),
                object -> object));
  }

  private static String annotation(JsonNode object, String name) {
    return object.at("/metadata/annotations").path(name).asString();
  }

  /** A pod of their DaemonSet. */
  private static PodSpec pod(List<JsonNode> objects) {
    return Manifests.objects(objects, DaemonSet.class).get(0).getSpec().getTemplate().getSpec();
  }

  private static List<String> images(List<JsonNode> rendered) {
    return rendered.stream()
        .flatMap(object -> object.findValuesAsString("image").stream())
        .toList();
  }

  private void assertRefused(String values, String name) {
    assertThatThrownBy(() -> chart.render(values))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("values don't meet the specifications of the schema")
        .hasMessageContaining("'" + name + "'");
  }

  /** What accelctl reads of the environment, by its sources. */
  private static Set<String> variables() throws IOException {
    Set<String> names = new HashSet<>();
    try (Stream<Path> files = Files.walk(Path.of("../agent/accelctl/src/main/java"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        VARIABLE
            .matcher(Files.readString(file))
            .results()
            .map(found -> found.group(1))
            .forEach(names::add);
      }
    }
    assertThat(names).contains("NODE_NAME", "PODWIRE_MODE", "PODWIRE_PROC", "PODWIRE_PIN_DIR");
    return names;
  }

  /** Every value but one: two monitors would have everything counted twice. */
  private static JsonNode allValues() {
    ObjectNode values = (ObjectNode) EVERY_VALUE.deepCopy();
    put(values, "podMonitor.enabled", JsonNodeFactory.instance.booleanNode(false));
    return values;
  }

  private static JsonNode everyValue() {
    try (InputStream values = ChartTest.class.getResourceAsStream("every-value.yaml")) {
      return Serialization.unmarshal(values, JsonNode.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String pointer(String parameter) {
    return "/" + parameter.replace('.', '/');
  }

  private static void put(ObjectNode values, String parameter, JsonNode value) {
    int dot = parameter.lastIndexOf('.');
    values
        .withObject(pointer(parameter.substring(0, dot)))
        .set(parameter.substring(dot + 1), value);
  }

  /** The paths of values, down to those that are documented: what lies below is one value. */
  private static Set<String> leaves(JsonNode values, Set<String> parameters) {
    Set<String> leaves = new HashSet<>();
    addLeaves("", values, parameters, leaves);
    return leaves;
  }

  private static void addLeaves(
      String path, JsonNode node, Set<String> parameters, Set<String> leaves) {
    if (!node.isObject() || parameters.contains(path)) {
      leaves.add(path);
      return;
    }
    node.properties()
        .forEach(
            child ->
                addLeaves(
                    path.isEmpty() ? child.getKey() : path + "." + child.getKey(),
                    child.getValue(),
                    parameters,
                    leaves));
  }

  /** The properties of a schema as an object that has them. */
  private static JsonNode schemaAsValues(JsonNode schema) {
    return schemaAsValues(schema, schema);
  }

  private static JsonNode schemaAsValues(JsonNode root, JsonNode schema) {
    JsonNode definition =
        schema.has("$ref") ? root.at(schema.get("$ref").asString().substring(1)) : schema;
    JsonNode properties = definition.get("properties");
    if (properties == null) {
      return JsonNodeFactory.instance.nullNode();
    }
    ObjectNode values = JsonNodeFactory.instance.objectNode();
    properties
        .properties()
        .forEach(
            property -> values.set(property.getKey(), schemaAsValues(root, property.getValue())));
    return values;
  }
}
