package io.podwire.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.podwire.testing.KernelTest;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@KernelTest
class TestbedTest {

  @Test
  void whatATestbedLeftWhoseNodeWasKilledIsRemovedByALaterOne() throws IOException {
    Path stale = Testbed.cgroupRoot().resolve("podwire-testbed-0-" + System.nanoTime());
    Files.createDirectories(stale.resolve("node/node"));
    Files.setLastModifiedTime(stale, FileTime.from(Instant.now().minusSeconds(150)));

    try (Testbed bed = Testbed.open("pod")) {
      assertThat(stale).doesNotExist();
      assertThat(bed.cgroup()).exists();
    }
  }

  @Test
  void podsReachEachOtherTheNodeAndTheOutside() {
    try (Testbed bed = Testbed.open("client", "server")) {
      Place client = bed.pod("client");
      assertReaches(client, bed.pod("server").addresses());
      assertReaches(client, bed.outside().addresses());
      assertReaches(bed.node(), List.of(client.routedIpv4(), client.routedIpv6()));
      assertReaches(bed.node(), bed.outside().addresses());
    }
  }

  @Test
  void testbedsDoNotMeet() {
    try (Testbed one = Testbed.open("client", "server");
        Testbed other = Testbed.open("client")) {
      InetAddress server = one.pod("server").ipv4();
      assertReaches(one.pod("client"), List.of(server));
      assertThatThrownBy(() -> connect(other.pod("client"), server))
          .hasMessageContaining("exit 124"); // of timeout(1)
      assertThat(one.cgroup()).isNotEqualTo(other.cgroup());
      assertThat(one.pinDir()).isNotEqualTo(other.pinDir());
    }
  }

  @Test
  void onlyTheOutsideRunsOutsideTheNodesCgroup() {
    try (Testbed bed = Testbed.open("client")) {
      String node = bed.cgroup().getParent().getFileName() + "/" + bed.cgroup().getFileName();
      assertThat(bed.pod("client").run("cat", "/proc/self/cgroup")).contains(node);
      assertThat(bed.node().run("cat", "/proc/self/cgroup")).contains(node);
      assertThat(bed.outside().run("cat", "/proc/self/cgroup")).doesNotContain(node);
    }
  }

  @Test
  void theCpuTimeOfEachPlaceIsItsOwn() {
    try (Testbed bed = Testbed.open("client", "server")) {
      long ofClient = bed.pod("client").cpuMicros();
      long ofServer = bed.pod("server").cpuMicros();

      bed.pod("client").run("sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done");

      assertThat(bed.pod("client").cpuMicros()).isGreaterThan(ofClient);
      assertThat(bed.pod("server").cpuMicros()).isEqualTo(ofServer);
    }
  }

  @Test
  void commandsStayOnTheirCpu() {
    try (Testbed bed = Testbed.open("client")) {
      assertThat(bed.pod("client").onCpu(0).run("grep", "Cpus_allowed_list", "/proc/self/status"))
          .endsWith("\t0\n");
    }
  }

  @Test
  void aCommandThatFailsIsNamedWithItsPlaceAndWhatItSaid() {
    try (Testbed bed = Testbed.open("client")) {
      assertThatThrownBy(() -> bed.pod("client").run("ls", "/no/such/file"))
          .isInstanceOf(TestbedException.class)
          .hasMessageContainingAll("ls /no/such/file", "client", "exit 2", "No such file");
    }
  }

  @Test
  void anUnknownPodIsRefused() {
    try (Testbed bed = Testbed.open("client")) {
      assertThatThrownBy(() -> bed.pod("node"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no pod node");
    }
  }

  @Test
  void closingEndsWhatStillRunsAndRemovesEverything() throws Exception {
    String mounts = Files.readString(Path.of("/proc/self/mounts"));
    Process process;
    List<ProcessHandle> processes;
    Path cgroup;
    try (Testbed bed = Testbed.open("client")) {
      process = bed.pod("client").command("sleep", "1000").start();
      cgroup = bed.cgroup().getParent();
      processes = processesOf(cgroup);
      assertThat(processes).isNotEmpty();
    }

    assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
    assertThat(cgroup).doesNotExist();
    assertThat(processes).noneMatch(ProcessHandle::isAlive);
    assertThat(Files.readString(Path.of("/proc/self/mounts"))).isEqualTo(mounts);
  }

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "INT", "TERM"})
  void nothingIsLeftWhenTheJvmIsEndedByASignal(String signal) throws Exception {
    String mounts = Files.readString(Path.of("/proc/self/mounts"));
    // a shell's background job ignores SIGINT, and so would the JVM in it
    Process jvm =
        new ProcessBuilder(
                "env",
                "--default-signal=INT",
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                OpenTestbed.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader lines = jvm.inputReader(StandardCharsets.UTF_8);
    Path cgroup = Path.of(lines.readLine());
    Path pinDir = Path.of(lines.readLine());
    List<ProcessHandle> processes =
        await().until(() -> processesOf(cgroup), all -> all.size() == 4); // 2 holders, 2 commands
    assertThat(pinDir).isNotEmptyDirectory();

    new ProcessBuilder("kill", "-" + signal, Long.toString(jvm.pid())).start().waitFor();

    jvm.waitFor();
    await()
        .untilAsserted(
            () -> {
              assertThat(cgroup).doesNotExist();
              assertThat(pinDir).doesNotExist();
              assertThat(processes).noneMatch(ProcessHandle::isAlive);
            });
    assertThat(Files.readString(Path.of("/proc/self/mounts"))).isEqualTo(mounts);
  }

  @Test
  void aMissingToolIsNamedWithItsPackage() throws Exception {
    String script =
        new String(
            Testbed.class.getResourceAsStream("node.sh").readAllBytes(), StandardCharsets.UTF_8);
    ProcessBuilder node =
        new ProcessBuilder("/bin/bash", "-c", script, "node.sh", "/nowhere", "pods", "0");
    node.environment().put("PATH", "/nowhere"); // without nsenter, which is in /usr/bin

    Process process = node.redirectErrorStream(true).start();

    assertThat(process.inputReader().readLine())
        .isEqualTo("nsenter is missing: apt-get install util-linux");
    assertThat(process.waitFor()).isEqualTo(1);
  }

  /** Nothing listens there: who reaches the address is refused at once. */
  private static void assertReaches(Place from, List<InetAddress> addresses) {
    for (InetAddress address : addresses) {
      assertThatThrownBy(() -> connect(from, address)).hasMessageContaining("Connection refused");
    }
  }

  private static void connect(Place from, InetAddress address) {
    String port = "/dev/tcp/" + address.getHostAddress() + "/9";
    from.run("timeout", "1", "bash", "-c", "exec 3<>" + port);
  }

  private static List<ProcessHandle> processesOf(Path cgroup) throws IOException {
    List<ProcessHandle> processes = new ArrayList<>();
    try (Stream<Path> groups = Files.walk(cgroup)) {
      for (Path group : groups.filter(Files::isDirectory).toList()) {
        for (String pid : Files.readAllLines(group.resolve("cgroup.procs"))) {
          ProcessHandle.of(Long.parseLong(pid)).ifPresent(processes::add);
        }
      }
    }
    return processes;
  }
}
