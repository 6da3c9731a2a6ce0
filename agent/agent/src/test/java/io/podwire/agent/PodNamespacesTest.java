package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Prefix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PodNamespacesTest {

  private static final String UID = "0f1e2d3c-aaaa-bbbb-cccc-0123456789ab";
  private static final String OTHER = "ffffffff-aaaa-bbbb-cccc-0123456789ab";
  private static final String POD = "/kubepods/besteffort/pod" + UID;

  private final AtomicLong clock = new AtomicLong();
  private FakeProc proc;
  private PodNamespaces namespaces;

  @BeforeEach
  void open(@TempDir Path directory) {
    proc = new FakeProc(directory);
    namespaces = new PodNamespaces(directory, clock::get, () -> 0);
  }

  @Test
  void aPodHasTheAddressesOfItsNetworkNamespaceInBothFamilies() {
    proc.process(17, "/system.slice/sshd.service", 1, "10.9.9.9");
    proc.process(18, POD + "/1234", 5, "10.6.0.1", "fd06::1");

    assertThat(namespaces.addresses(UID))
        .contains(FakeCluster.prefixes("127.0.0.1", "::1", "10.6.0.1", "fd06::1"));
    assertThat(namespaces.addresses(OTHER)).isEmpty();
    assertThat(namespaces.addresses("")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podUID.slice/cri-containerd-12.scope",
        "/kubepods.slice/kubepods-podUID.slice/crio-12.scope",
        "/k8s-n1/kubepods/podUID/12",
        "/../../podUID/12",
        "/../../kubepods-besteffort-podUID.slice",
      })
  void itsCgroupIsFoundUnderEveryDriver(String cgroup) {
    boolean systemd = cgroup.contains(".slice");
    proc.process(18, cgroup.replace("UID", systemd ? UID.replace('-', '_') : UID), 5, "10.6.0.1");

    assertThat(addresses()).contains(Prefix.address("10.6.0.1"));
  }

  @Test
  void aCgroupThatAPodMakesItselfIsNoOtherPods() {
    proc.process(18, "/kubepods/pod" + OTHER + "/12/pod" + UID, 5, "10.9.9.9");

    assertThat(namespaces.addresses(UID)).isEmpty();
  }

  @Test
  void aNetworkNamespaceThatAProcessOfThePodMadeItselfDoesNotCount() {
    proc.process(400, POD + "/a", 70, "10.9.9.9");
    proc.process(500, POD + "/pause", 60, "10.6.0.1");
    proc.process(600, POD + "/a", 80, "10.9.9.9");

    assertThat(addresses()).isEqualTo(FakeCluster.prefixes("127.0.0.1", "::1", "10.6.0.1"));
  }

  @Test
  void ofProcessesThatStartedTogetherOnlyWhatAllOfThemSeeCounts() {
    proc.process(500, POD + "/pause", 60, "10.6.0.1");
    proc.process(501, POD + "/a", 60, "10.9.9.9", "10.6.0.1");

    assertThat(addresses()).isEqualTo(FakeCluster.prefixes("127.0.0.1", "::1", "10.6.0.1"));
  }

  @Test
  void theNodesNamespaceIsNoPods() throws Exception {
    proc.process(18, POD, 5, "10.6.0.1");
    Files.createSymbolicLink(proc.directory().resolve("self"), Path.of("18"));

    assertThat(addresses()).isEmpty();
  }

  @Test
  void aProcessThatEndedIsLookedForAnewAndAPidThatIsUsedAgainIsSeen() {
    proc.process(18, POD, 5, "10.6.0.1");
    assertThat(addresses()).hasSize(3);

    proc.end(18);
    proc.process(18, "/kubepods/pod" + OTHER, 90, "10.9.9.9");
    assertThat(namespaces.addresses(UID)).isEmpty();

    proc.process(19, POD, 95, "10.6.0.2");
    assertThat(addresses()).contains(Prefix.address("10.6.0.2"));
  }

  @Test
  void lookingThroughAllProcessesIsFollowedByALongRest() {
    long walk = Duration.ofMillis(10).toNanos();
    AtomicLong worked = new AtomicLong();
    namespaces = new PodNamespaces(proc.directory(), clock::get, () -> worked.getAndAdd(walk));
    assertThat(namespaces.addresses(UID)).isEmpty();
    proc.process(18, POD, 5, "10.6.0.1");

    clock.addAndGet(50 * walk - 1);
    assertThat(namespaces.addresses(UID)).isEmpty();
    clock.addAndGet(1);
    assertThat(addresses()).hasSize(3);
  }

  @Test
  void aTableOfMillionsOfRoutesIsNotRead() {
    proc.process(18, POD, 5, "10.6.0.1");
    proc.write(18, "net/fib_trie", "     |-- 10.6.0.1\n".repeat(100_000));

    assertThat(namespaces.addresses(UID)).isEmpty();
  }

  @Test
  void whereThereIsNoProcNothingIsSeen() {
    assertThat(new PodNamespaces(Path.of("/nowhere")).addresses(UID)).isEmpty();
  }

  private Set<Prefix> addresses() {
    return namespaces.addresses(UID).orElseThrow();
  }
}
