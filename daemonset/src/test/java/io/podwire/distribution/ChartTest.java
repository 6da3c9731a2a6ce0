package io.podwire.distribution;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
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
    assertThat(Chart.lint()).containsExactly("[INFO] Chart.yaml: icon is recommended");
  }

  @Test
  void theChartAndTheImageAreOfThisVersion() {
    String version = System.getProperty("podwire.version");

    assertThat(Chart.read("Chart.yaml").get("version").asText()).isEqualTo(version);
    assertThat(Chart.read("Chart.yaml").get("appVersion").asText()).isEqualTo(version);
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
        Manifests.withoutAdoption("overlays/spiderpool"));
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

  @Test
  void thePodThatUnloadsIsThatOfKustomize() {
    Manifests.requireKubectl();
    JsonNode uninstall = byName(kustomize("overlays/uninstall")).get("DaemonSet podwire-agent");

    assertThat(spec(hooks(chart.render(""), "pre-delete"), "DaemonSet podwire-unload"))
        .isEqualTo(uninstall.at("/spec/template/spec"));
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
    ObjectNode with = without.deepCopy();
    put(with, parameter, EVERY_VALUE.at(pointer(parameter)));

    List<JsonNode> rendered = chart.render(with.toString());

    assertThat(rendered).isNotEqualTo(chart.render(without.toString()));
    rendered.forEach(Manifests::requireKnownFields);
  }

  @Test
  void allValuesTogetherAreRendered() {
    List<JsonNode> rendered = chart.render(EVERY_VALUE.toString());

    rendered.forEach(Manifests::requireKnownFields);
    assertThat(images(rendered))
        .containsOnly("mirror.example/network/podwire@" + EVERY_VALUE.at("/image/digest").asText());
    assertThat(byName(rendered).keySet())
        .as("no roles, accounts and unload")
        .containsExactlyInAnyOrder(
            "ConfigMap podwire-agent",
            "ConfigMap podwire-dashboard",
            "DaemonSet podwire-agent",
            "Deployment podwire-test",
            "Pod podwire-test",
            "PodMonitor podwire-agent",
            "PrometheusRule podwire",
            "Service podwire-agent",
            "Service podwire-test",
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
    assertThat(leaves(schemaAsValues(Chart.read("values.schema.json")), parameters))
        .isEqualTo(parameters);
  }

  @ParameterizedTest
  @MethodSource("everyParameter")
  void aValueOfAnotherTypeIsRefusedWithItsName(String parameter) {
    boolean list = Chart.read("values.yaml").at(pointer(parameter)).isArray();
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    ObjectNode values = nodes.objectNode();
    put(values, parameter, list ? nodes.textNode("no list") : nodes.arrayNode().add(7));

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
        "agent: {probeListen: '0.0.0.0:9465'}  | /agent/probeListen",
        "agent: {listen: '9464'}               | /agent/listen",
        "agent: {resync: soon}                 | /agent/resync",
        "agent: {maxBacklogMemory: 7}          | /agent/maxBacklogMemory",
        "agent: {accept: ['splice,waitall']}   | /agent/accept/0",
        "agent: {pinDir: /var/podwire}         | /agent/pinDir",
        "agent: {resources: {limit: {}}}       | limit",
        "image: {digest: 'sha256:0'}           | /image/digest",
        "image: {pullPolicy: Sometimes}        | /image/pullPolicy",
        "daemonSet: {maxUnavailable: 0}        | /daemonSet/maxUnavailable",
        "daemonSet: {tolerations: [{keys: a}]} | keys",
        "unload: {timeout: ''}                 | /unload/timeout"
      })
  void aBadValueIsRefusedWithItsName(String values, String name) {
    assertRefused(values, name);
  }

  @Test
  void theAgentCanBeToldAllThatItReadsOfTheEnvironment() throws IOException {
    List<JsonNode> rendered = chart.render(EVERY_VALUE.toString());
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
            byName(chart.render(values))
                .get("DaemonSet podwire-agent")
                .at("/spec/template/metadata");

    assertThat(pod.apply("agent: {resync: 10m}")).isNotEqualTo(pod.apply(""));
    assertThat(pod.apply("unload: {timeout: 10m}")).isEqualTo(pod.apply(""));
  }

  @Test
  void everyObjectHasTheRecommendedLabels() {
    assertThat(chart.render(""))
        .allSatisfy(
            object ->
                assertThat(object.at("/metadata/labels").fieldNames())
                    .toIterable()
                    .contains(
                        "app.kubernetes.io/name",
                        "app.kubernetes.io/component",
                        "app.kubernetes.io/part-of",
                        "app.kubernetes.io/instance",
                        "app.kubernetes.io/version",
                        "app.kubernetes.io/managed-by",
                        "helm.sh/chart"));
  }

  /** Helm waits for Jobs and Pods alone. */
  @Test
  void whatWaitsForTheUnloadComesAfterItAndMayOnlyLook() {
    List<JsonNode> hooks = hooks(chart.render(""), "pre-delete");

    assertThat(byName(hooks).keySet())
        .containsExactlyInAnyOrder(
            "ServiceAccount podwire-unload",
            "Role podwire-unload",
            "RoleBinding podwire-unload",
            "DaemonSet podwire-unload",
            "Job podwire-unload");
    assertThat(hooks)
        .allSatisfy(
            hook -> {
              boolean waits = hook.get("kind").asText().equals("Job");
              assertThat(hook.at("/metadata/annotations/helm.sh~1hook-weight").asText())
                  .isEqualTo(waits ? "0" : "-1");
            });
    PodSpec job = Manifests.objects(hooks, Job.class).get(0).getSpec().getTemplate().getSpec();
    assertThat(job.getContainers().get(0).getArgs())
        .containsExactly("await", "podwire-unload", "--namespace=podwire", "--timeout=5m");
    assertThat(job.getServiceAccountName()).isEqualTo("podwire-unload");
    assertThat(byName(hooks).get("Role podwire-unload").get("rules"))
        .singleElement()
        .satisfies(
            rule ->
                assertThat(rule.get("verbs")).extracting(JsonNode::asText).containsExactly("get"));
  }

  @Test
  void anAccountOfSomebodyElsesIsUsedByAll() {
    List<JsonNode> rendered = chart.render("serviceAccount: {create: false, name: network}");

    assertThat(Manifests.objects(rendered, ServiceAccount.class)).isEmpty();
    assertThat(byName(rendered).toString())
        .contains("\"serviceAccountName\":\"network\"")
        .doesNotContain("\"serviceAccountName\":\"podwire");
  }

  @Test
  void theTestSaysInOneLineWhatItSaw() throws IOException {
    fake("sleep", "until [ -s \"$SAID\" ]; do :; done"); // until the client has said its port
    fake("sockperf", "echo \"$*\" >>\"$SAID\"");
    fake(
        "accelctl",
        """
        port=$(sed -n '$s/.*--client_port \\([0-9]*\\).*/\\1/p' "$SAID")
        echo 'CLIENT > AS IT SEES  SERVER < AS IT SEES  AGE  MESSAGES  BYTES  BACKLOG  STATE'
        echo "10.1.0.5:7$port > 10.96.0.7:11111  10.1.0.4:11111 < 10.1.0.5:7$port  2 s  9 9 0  redirected"
        echo "10.1.0.3:$port > 10.96.0.7:11111  10.1.0.4:11111 < 10.1.0.3:$port  2 s  $MESSAGES 7013412 0  $STATE"
        """);

    Completed none =
        new Completed(
            1,
            "not redirected: no connection of 30 between two pods on node worker-1; accelctl pods in its agent's container says why\n",
            "");
    assertThat(runTest("250479", "redirected (1 shift)"))
        .isEqualTo(
            new Completed(
                0,
                "redirected: 250479 messages of the connection 10.1.0.3:20001 > 10.1.0.4:11111 on node worker-1\n",
                ""));
    assertThat(runTest("250479", "retired_duplex")).isEqualTo(none);
    assertThat(runTest("0", "redirected")).isEqualTo(none);
  }

  /** Runs what the container of the test runs, with other programs and two attempts. */
  private Completed runTest(String messages, String state) {
    Pod test = Manifests.objects(chart.render(""), Pod.class).get(0);
    String script =
        test.getSpec()
            .getContainers()
            .get(0)
            .getCommand()
            .get(2)
            .replace("/tmp/", directory + "/")
            .replace("-lt 20030", "-lt 20002");
    ProcessBuilder shell = new ProcessBuilder("sh", "-c", script);
    shell.environment().merge("PATH", programs().toString(), (path, first) -> first + ":" + path);
    shell.environment().put("NODE", "worker-1");
    shell.environment().put("PODWIRE_TEST_SERVICE_HOST", "10.96.0.7");
    shell.environment().put("SAID", directory.resolve("said").toString());
    shell.environment().put("MESSAGES", messages);
    shell.environment().put("STATE", state);
    return Completed.of(shell);
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
    assertThat(Chart.notes())
        .contains(
            "There is no published one",
            "kubectl -n podwire rollout status daemonset/podwire-agent",
            "helm test podwire -n podwire",
            "helm uninstall sends every connection back to TCP");
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
          Set<Map.Entry<String, JsonNode>> labels = removeLabels(actual);
          assertThat(labels).as(name).containsAll(removeLabels(expected));
          if (actual.at("/spec/template/metadata/annotations") instanceof ObjectNode annotations) {
            annotations.remove("checksum/configuration");
          }
          assertThat(actual).as(name).isEqualTo(expected);
        });
  }

  private static Set<Map.Entry<String, JsonNode>> removeLabels(JsonNode object) {
    JsonNode labels = ((ObjectNode) object.get("metadata")).remove("labels");
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
                .asText()
                .equals(event);
    return rendered.stream().filter(of).toList();
  }

  private static Map<String, JsonNode> byName(List<JsonNode> objects) {
    return objects.stream()
        .collect(
            toMap(
                object -> object.get("kind").asText() + " " + object.at("/metadata/name").asText(),
                object -> object));
  }

  private static JsonNode spec(List<JsonNode> objects, String name) {
    return byName(objects).get(name).at("/spec/template/spec");
  }

  private static PodSpec pod(List<JsonNode> rendered) {
    return Manifests.objects(hooks(rendered, ""), DaemonSet.class)
        .get(0)
        .getSpec()
        .getTemplate()
        .getSpec();
  }

  private static List<String> images(List<JsonNode> rendered) {
    return rendered.stream().flatMap(object -> object.findValuesAsText("image").stream()).toList();
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
        schema.has("$ref") ? root.at(schema.get("$ref").asText().substring(1)) : schema;
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
