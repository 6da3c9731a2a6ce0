package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What kubectl makes of the manifests, read with the model of the Kubernetes client. */
final class ManifestsTest {

  @BeforeAll
  static void requireKubectl() {
    Manifests.requireKubectl();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".",
        "base",
        "overlays/spiderpool",
        "overlays/opt-in",
        "overlays/privileged",
        "overlays/uninstall",
        "monitoring"
      })
  void everyFieldIsOneThatKubernetesKnows(String directory) {
    Manifests.kustomize(directory).forEach(Manifests::requireKnownFields);
  }

  @Test
  void theImageIsOfThisVersion() {
    String version = System.getProperty("podwire.version");

    Stream<String> directories =
        Stream.of(
            Manifests.with("cni", "base"), Manifests.with("cni-removal", "overlays/uninstall"));

    assertThat(directories.flatMap(directory -> containers(pod(directory))))
        .extracting(Container::getImage)
        .containsOnly("localhost/podwire:" + version);
  }

  @Test
  void theAgentHasThreeCapabilitiesAndWritesNothingButPins() {
    Container agent = pod("base").getContainers().get(0);

    assertThat(agent.getSecurityContext().getPrivileged()).isNull();
    assertThat(agent.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(agent.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    assertThat(agent.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(agent.getSecurityContext().getCapabilities().getAdd())
        .containsExactly("BPF", "PERFMON", "NET_ADMIN");
    assertThat(agent.getVolumeMounts())
        .filteredOn(mount -> !Boolean.TRUE.equals(mount.getReadOnly()))
        .extracting("mountPath")
        .containsExactlyInAnyOrder("/sys/fs/bpf", "/tmp");
  }

  /** SYS_ADMIN stands for BPF, PERFMON and NET_ADMIN where programs are loaded. */
  @Test
  void theAdopterHasTwoCapabilitiesAndWritesNothingButPins() {
    Container adopter = pod("base").getContainers().get(1);

    assertThat(adopter.getArgs()).containsExactly("adopt", "--follow");
    assertThat(adopter.getSecurityContext().getPrivileged()).isNull();
    assertThat(adopter.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(adopter.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    assertThat(adopter.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(adopter.getSecurityContext().getCapabilities().getAdd())
        .containsExactly("SYS_ADMIN", "SYS_PTRACE");
    assertThat(adopter.getEnv())
        .filteredOn("name", "PODWIRE_PROC")
        .extracting("value")
        .containsExactly("/host/proc");
    assertThat(adopter.getVolumeMounts())
        .filteredOn(mount -> !Boolean.TRUE.equals(mount.getReadOnly()))
        .extracting("mountPath")
        .containsExactlyInAnyOrder("/sys/fs/bpf", "/tmp");
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "overlays/spiderpool", "overlays/opt-in", "overlays/privileged"})
  void aComponentTakesTheAdopterAwayAndLeavesTheRest(String overlay) {
    PodSpec without = pod(Manifests.with("without-adoption", overlay));

    PodSpec with = pod(overlay);
    assertThat(without.getContainers()).containsExactly(with.getContainers().get(0));
    assertThat(without.getInitContainers()).isEqualTo(with.getInitContainers());
    assertThat(without.getVolumes()).isEqualTo(with.getVolumes());
    assertThat(without.getHostPID()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "overlays/spiderpool", "overlays/opt-in", "overlays/privileged"})
  void aComponentInstallsTheCniPluginAndGivesTheAgentNothingButItsSocket(String overlay) {
    PodSpec with = pod(Manifests.with("cni", overlay));

    PodSpec without = pod(overlay);
    Container cni = with.getInitContainers().get(0);
    assertThat(cni.getArgs()).startsWith("cni", "--bin-dir=/opt/cni/bin");
    assertThat(cni.getSecurityContext().getCapabilities().getAdd()).containsExactly("DAC_OVERRIDE");
    assertThat(cni.getSecurityContext().getPrivileged()).isNull();
    assertThat(cni.getVolumeMounts())
        .extracting("mountPath")
        .containsExactly("/opt/cni/bin", "/etc/cni/net.d", "/tmp");
    assertThat(with.getInitContainers())
        .extracting(Container::getName)
        .containsExactly("cni", "check");
    Container agent = with.getContainers().get(0);
    assertThat(agent.getSecurityContext())
        .isEqualTo(without.getContainers().get(0).getSecurityContext());
    assertThat(agent.getVolumeMounts())
        .filteredOn(mount -> !without.getContainers().get(0).getVolumeMounts().contains(mount))
        .extracting("mountPath")
        .containsExactly("/run/podwire");
    assertThat(objects(Manifests.with("cni", overlay), ConfigMap.class).get(0).getData())
        .containsEntry("PODWIRE_CNI_SOCKET", "/run/podwire/cni.sock")
        .containsKey("PODWIRE_MODE");
  }

  @Test
  void theCniPluginIsTakenOutBeforeTheDatapathIsUnloaded() {
    assertThat(pod(Manifests.with("cni-removal", "overlays/uninstall")).getInitContainers())
        .extracting(Container::getName)
        .containsExactly("cni", "unload");
  }

  @Test
  void probesAskTheNodesLoopbackAndMetricsHaveAPortOfTheirOwn() {
    for (String overlay : List.of("base", "overlays/privileged", "overlays/opt-in")) {
      Container agent = pod(overlay).getContainers().get(0);

      assertThat(
              List.of(agent.getStartupProbe(), agent.getLivenessProbe(), agent.getReadinessProbe()))
          .extracting(Probe::getHttpGet)
          .allSatisfy(
              get -> {
                assertThat(get.getHost()).isEqualTo("127.0.0.1");
                assertThat(get.getPort().getStrVal()).isEqualTo("probes");
              });
      assertThat(agent.getPorts())
          .extracting(ContainerPort::getName, ContainerPort::getContainerPort)
          .containsExactly(tuple("metrics", 9464), tuple("probes", 9465));
    }
  }

  @Test
  void theHostsDirectoriesArePinsCgroupsProcessesAndTheKeptCheck() {
    assertThat(pod("base").getVolumes())
        .filteredOn(volume -> volume.getHostPath() != null)
        .extracting(volume -> volume.getHostPath().getPath())
        .containsExactlyInAnyOrder("/sys/fs/bpf", "/sys/fs/cgroup", "/proc", "/var/lib/podwire");
  }

  @Test
  void theAgentLooksForProcessesWhereThoseOfTheHostAreMounted() {
    Container agent = pod("base").getContainers().get(0);

    assertThat(agent.getEnv())
        .filteredOn("name", "PODWIRE_PROC")
        .extracting("value")
        .containsExactly("/host/proc");
    assertThat(agent.getVolumeMounts())
        .filteredOn("mountPath", "/host/proc")
        .singleElement()
        .satisfies(mount -> assertThat(mount.getReadOnly()).isTrue());
    assertThat(pod("base").getHostPID()).isNull();
  }

  @Test
  void theAgentReadsAndWritesNothingButEvents() {
    assertThat(objects("base", ClusterRole.class).get(0).getRules())
        .filteredOn(rule -> !rule.getVerbs().equals(List.of("get", "list", "watch")))
        .singleElement()
        .satisfies(
            rule -> {
              assertThat(rule.getResources()).containsExactly("events");
              assertThat(rule.getVerbs()).containsExactly("create");
            });
  }

  @Test
  void theSpiderpoolOverlayAlsoReadsItsEndpoints() {
    assertThat(objects("overlays/spiderpool", ClusterRole.class))
        .flatExtracting(ClusterRole::getRules)
        .flatExtracting("resources")
        .containsExactlyInAnyOrder(
            "pods",
            "namespaces",
            "nodes",
            "services",
            "networkpolicies",
            "events",
            "spiderendpoints");
  }

  @Test
  void theOptInOverlaySelectsNothingByItself() {
    assertThat(objects("overlays/opt-in", ConfigMap.class).get(0).getData())
        .containsEntry("PODWIRE_MODE", "opt-in")
        .containsKey("PODWIRE_EXCLUDED_NAMESPACES");
  }

  @Test
  void thePrivilegedOverlayIsPrivilegedInPlaceOfCapabilities() {
    Container agent = pod("overlays/privileged").getContainers().get(0);

    assertThat(agent.getName()).isEqualTo("agent");
    assertThat(agent.getSecurityContext().getPrivileged()).isTrue();
    assertThat(agent.getSecurityContext().getCapabilities()).isNull();
    assertThat(agent.getResources().getLimits().get("memory").toString()).isEqualTo("1536Mi");
    assertThat(agent.getResources().getRequests()).as("is merged").containsKey("cpu");
    assertThat(agent.getReadinessProbe()).isNotNull();
  }

  @Test
  void theUninstallOverlayUnloadsWhereTheAgentRan() {
    PodSpec pod = pod("overlays/uninstall");

    assertThat(containers(pod))
        .extracting(Container::getName)
        .containsExactlyInAnyOrder("unload", "done");
    assertThat(pod.getInitContainers().get(0).getCommand().get(2))
        .endsWith("exec accelctl unload --timeout=10s");
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
  }

  private static Stream<Container> containers(PodSpec pod) {
    return Stream.concat(pod.getInitContainers().stream(), pod.getContainers().stream());
  }

  private static PodSpec pod(String directory) {
    return objects(directory, DaemonSet.class).get(0).getSpec().getTemplate().getSpec();
  }

  private static <T extends HasMetadata> List<T> objects(String directory, Class<T> kind) {
    return Manifests.objects(Manifests.kustomize(directory), kind);
  }
}
