package io.podwire.sysdump;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.podwire.cluster.AgentPods;
import io.podwire.cluster.AgentSurvey;
import io.podwire.cluster.Api;
import io.podwire.cluster.RightsPage;
import io.podwire.testbed.Progress;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ClusterPartsTest {

  private static final String SECRET = "s3cr3t-of-a-tenant";

  private final Api api = new Api();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @BeforeEach
  void installBesideATenant() {
    api.createAgent(Api.running("agent"));
    api.client()
        .apps()
        .daemonSets()
        .resource(
            new DaemonSetBuilder()
                .withNewMetadata()
                .withName("podwire-agent")
                .withNamespace("podwire")
                .withUid("of-the-set")
                .withLabels(AgentPods.LABELS)
                .addToAnnotations("kubectl.kubernetes.io/last-applied-configuration", SECRET)
                .endMetadata()
                .withNewSpec()
                .withNewTemplate()
                .withNewSpec()
                .addNewContainer()
                .withName("agent")
                .addNewEnv()
                .withName("PODWIRE_PROC")
                .withValue("/host/proc")
                .endEnv()
                .addNewEnv()
                .withName("HTTPS_PROXY")
                .withValue("http://admin:" + SECRET + "@proxy")
                .endEnv()
                .addNewEnvFrom()
                .withNewConfigMapRef("podwire-agent", false)
                .endEnvFrom()
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build())
        .create();
    api.client()
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName("podwire-agent")
                .withNamespace("podwire")
                .endMetadata()
                .withData(Map.of("PODWIRE_MODE", "opt-out", "TOKEN", SECRET))
                .build())
        .create();
    api.client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName("planted")
                .withNamespace("podwire")
                .endMetadata()
                .addToStringData("password", SECRET)
                .build())
        .create();
    api.client()
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName("tenant")
                .withNamespace("default")
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("tenant")
                .addNewEnv()
                .withName("PODWIRE_PASSWORD")
                .withValue(SECRET)
                .endEnv()
                .endContainer()
                .endSpec()
                .build())
        .create();
    event("default", "Node", Api.NODE, "podwire-agent", "AccelerationEnabled");
    event("podwire", "Pod", "podwire-agent-x", "kubelet", "BackOff");
    event("podwire", "Pod", "tenant", "kubelet", SECRET);
  }

  @AfterEach
  void close() {
    api.close();
  }

  @Test
  void everyPartIsThereAndNoSecretAndNoTenantsEnvironment() throws Exception {
    api.answer((pod, command) -> Optional.of(Api.Said.of(nodesDump())));

    Map<String, String> files = dump(List.of(Api.NODE));

    assertThat(files)
        .containsOnlyKeys(
            "dump/nodes.txt",
            "dump/events.txt",
            "dump/daemonset.yaml",
            "dump/configmap-podwire-agent.yaml",
            "dump/nodes/worker-1/pod.yaml",
            "dump/nodes/worker-1/agent.log",
            "dump/nodes/worker-1/status.json");
    assertThat(files.get("dump/nodes.txt")).startsWith("worker-1, ");
    assertThat(files.get("dump/events.txt"))
        .contains("Node/worker-1: AccelerationEnabled", "Pod/podwire-agent-x: BackOff");
    assertThat(files.get("dump/daemonset.yaml")).contains("/host/proc", "(left out)");
    assertThat(files.get("dump/configmap-podwire-agent.yaml")).contains("opt-out", "(left out)");
    assertThat(files.get("dump/nodes/worker-1/pod.yaml")).contains("Running");
    assertThat(files)
        .containsEntry("dump/nodes/worker-1/agent.log", "log of agent in podwire-agent-x")
        .containsEntry("dump/nodes/worker-1/status.json", "{}");
    assertThat(files.values()).noneMatch(text -> text.contains(SECRET));
  }

  @Test
  void whatItAsksTakesTheRightsThatThePageNames() throws Exception {
    api.answer((pod, command) -> Optional.of(Api.Said.of(nodesDump())));

    new AgentSurvey(api.observed(), Progress.NONE).take(); // for its status.json
    try (Archive archive = new Archive(out, "dump")) {
      List<String> nodes = AgentPods.nodes(api.observed(), List.of());
      new ClusterParts(api.observed(), archive).add(nodes, Progress.NONE);
    }

    assertThat(api.rights()).isEqualTo(RightsPage.of("sysdump --cluster"));
  }

  @Test
  void whatANodeWritesIsWholeAlsoWhereItIsLong() throws Exception {
    // letters at random, which gzip makes little shorter
    String flows =
        new Random(19)
            .ints(3_000_000, 'a', 'z')
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Archive archive = new Archive(bytes, "of-the-node")) {
      archive.add("flows.json", () -> flows);
    }
    api.answer((pod, command) -> Optional.of(Api.Said.of(bytes.toByteArray())));

    assertThat(dump(List.of(Api.NODE)))
        .containsEntry("dump/nodes/worker-1/flows.json", flows)
        .doesNotContainKey("dump/errors.txt");
  }

  @Test
  void aNodeThatDoesNotAnswerIsALineAndItsLogIsThere() throws Exception {
    api.answer((pod, command) -> Optional.of(Api.Said.failure(1, "accelctl: no")));

    Map<String, String> files = dump(List.of(Api.NODE, "worker-9"));

    assertThat(files).containsKey("dump/nodes/worker-1/agent.log");
    assertThat(files.get("dump/errors.txt").lines())
        .containsExactlyInAnyOrder(
            "nodes/worker-1: accelctl in pod podwire/podwire-agent-x failed, exit 1: accelctl: no",
            "nodes/worker-9: no agent runs there");
  }

  @Test
  void whereNoAgentRunsThatIsALineAndWhatTheClusterHasIsThere() throws Exception {
    api.client().pods().inNamespace("podwire").delete();

    Map<String, String> files = dump(AgentPods.nodes(api.client(), List.of()));

    assertThat(files)
        .containsOnlyKeys(
            "dump/nodes.txt",
            "dump/events.txt",
            "dump/daemonset.yaml",
            "dump/configmap-podwire-agent.yaml",
            "dump/errors.txt")
        .containsEntry(
            "dump/errors.txt", "nodes: no agent runs: no node of this cluster has a pod of one\n");
    assertThat(files.get("dump/events.txt")).contains("Pod/podwire-agent-x: BackOff");
  }

  @Test
  void whatTheApiServerForbidsIsALine() throws Exception {
    api.answer((pod, command) -> Optional.of(Api.Said.of(nodesDump())));
    api.forbid("GET /api/v1/nodes");

    assertThat(dump(List.of(Api.NODE)).get("dump/errors.txt"))
        .startsWith("nodes.txt: not allowed: forbidden: GET /api/v1/nodes");
  }

  private Map<String, String> dump(List<String> nodes) throws Exception {
    try (Archive archive = new Archive(out, "dump")) {
      new ClusterParts(api.client(), archive).add(nodes, Progress.NONE);
    }
    return Unpacked.of(out.toByteArray());
  }

  private static byte[] nodesDump() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Archive archive = new Archive(bytes, "of-the-node")) {
      archive.add("status.json", () -> "{}");
    }
    return bytes.toByteArray();
  }

  private void event(String namespace, String kind, String name, String source, String message) {
    api.client()
        .v1()
        .events()
        .inNamespace(namespace)
        .resource(
            new EventBuilder()
                .withNewMetadata()
                .withName(name + "." + message.length())
                .withNamespace(namespace)
                .endMetadata()
                .withNewInvolvedObject()
                .withKind(kind)
                .withName(name)
                .endInvolvedObject()
                .withNewSource(source, Api.NODE)
                .withMessage(message)
                .build())
        .create();
  }
}
