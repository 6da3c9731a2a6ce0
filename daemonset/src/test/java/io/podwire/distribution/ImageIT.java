package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.podwire.testbed.Testbed;
import io.podwire.testing.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The image, built of this distribution's packages and run without a container runtime: its files
 * are its own, its kernel and its processes this machine's.
 */
@KernelTest
final class ImageIT {

  private static final String IMAGE = "localhost/podwire:test";

  /** Bytes: a tenth more than docs/install.md states. */
  private static final long MOST_PULLED = 100_000_000;

  private static final Path MADE = Path.of("target/image").toAbsolutePath();

  @TempDir private static Path directory;

  private static String container;

  @BeforeAll
  static void buildTheImage() {
    boolean there =
        Completed.of(List.of("sh", "-c", "command -v buildah && command -v debootstrap")).exit()
            == 0;
    // as for the kernel itself: skipped with a word, but where everything has to run
    if (!there && !Boolean.getBoolean("podwire.kernel.required")) {
      System.out.println("skipped the image: it needs buildah and debootstrap: tools/deps image");
      assumeTrue(there);
    }
    assertThat(there).as("buildah and debootstrap are there (tools/deps image)").isTrue();
    Path archive = directory.resolve("podwire.tar");
    Completed build =
        Completed.of(
            List.of("env", "BASE=debootstrap", "../tools/image", IMAGE, archive.toString()));
    assertThat(build.exit()).as(build.err()).isZero();
    assertThat(archive).isNotEmptyFile();
    // Its default filter of system calls knows no capability BPF.
    container =
        buildah("from", "--pull-never", "--security-opt", "seccomp=unconfined", IMAGE)
            .out()
            .strip();
  }

  @AfterAll
  static void removeTheContainer() {
    buildah("rm", container);
  }

  @Test
  void accelctlRunsOnARuntimeOfNothingButItsModules() {
    assertThat(run("accelctl", "--version").out()).startsWith("accelctl ");
    assertThat(run("java", "--list-modules").out())
        .contains("java.net.http@17", "jdk.management@17")
        .doesNotContain("java.desktop", "jdk.compiler");
  }

  @Test
  void theArchiveOfClassesBelongsToTheRuntimeOfTheImage() {
    Completed archived =
        run("env", "JDK_JAVA_OPTIONS=-Xshare:on", "accelctl", "status", "--pin-dir", "/tmp/none");

    assertThat(archived.out()).isEqualTo("absent: nothing is loaded at /tmp/none\n");
  }

  /** The layers as a registry keeps them. docs/install.md states their size. */
  @Test
  void whatANodePullsDoesNotGrowUnnoticed() throws IOException {
    Path registry = directory.resolve("registry");
    assertThat(buildah("push", "--quiet", IMAGE, "oci:" + registry).exit()).isZero();

    long bytes = 0;
    try (Stream<Path> blobs = Files.list(registry.resolve("blobs/sha256"))) {
      for (Path blob : blobs.toList()) {
        bytes += Files.size(blob);
      }
    }
    assertThat(bytes).isBetween(1L << 20, MOST_PULLED);
  }

  @Test
  void theDatapathIsLoadedAndUnloadedWithTheLibrariesOfTheImage() {
    try (Testbed node = Testbed.open("pod")) {
      Completed enabled = on(node, "enable", "--address", "10.6.1.2", "--accept", "unchecked");
      assertThat(enabled.out()).as(enabled.err()).startsWith("enabled: 1 prefix selected");
      assertThat(on(node, "status").out()).startsWith("state                     enabled\n");
      assertThat(on(node, "unload").out()).isEqualTo("unloaded\n");
    }
  }

  @Test
  void anAgentThatLacksACapabilityEndsWithALineThatNamesIt() {
    try (Testbed node = Testbed.open("pod")) {
      Completed agent =
          buildah(
              "run",
              "--cap-add=CAP_BPF",
              "--cap-add=CAP_NET_ADMIN",
              container,
              "--",
              "accelctl",
              "agent",
              "--listen",
              "127.0.0.1:0",
              "--probe-listen",
              "127.0.0.1:0",
              "--cgroup",
              node.cgroup().toString());

      assertThat(agent.exit()).isEqualTo(1);
      assertThat(agent.err())
          .contains(
              "accelctl: loading BPF programs needs the capability PERFMON: run as root (sudo), or"
                  + " add it to the container\n");
    }
  }

  @Test
  void whatTheCheckAndItsReadersRunIsThere() {
    for (String tool :
        List.of("ip", "iptables", "nsenter", "taskset", "find", "unshare", "sockperf")) {
      assertThat(run("sh", "-c", "command -v " + tool).exit()).as(tool).isZero();
    }
  }

  private static Completed on(Testbed node, String verb, String... arguments) {
    List<String> words = new ArrayList<>(List.of("accelctl", verb));
    words.addAll(List.of(arguments));
    words.addAll(List.of("--cgroup", node.cgroup().toString()));
    words.addAll(List.of("--pin-dir", node.pinDir().toString()));
    return run(words.toArray(String[]::new));
  }

  private static Completed run(String... command) {
    // The agent's capabilities, and the one that reaches the testbed's file system of pins.
    List<String> words = new ArrayList<>(List.of("run"));
    for (String capability : List.of("BPF", "PERFMON", "NET_ADMIN", "SYS_PTRACE")) {
      words.add("--cap-add=CAP_" + capability);
    }
    words.addAll(List.of(container, "--"));
    words.addAll(List.of(command));
    return buildah(words.toArray(String[]::new));
  }

  private static Completed buildah(String... arguments) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "env",
                "BUILDAH_ISOLATION=chroot",
                "buildah",
                "--root",
                MADE.resolve("storage").toString(),
                "--runroot",
                MADE.resolve("run").toString()));
    words.addAll(List.of(arguments));
    return Completed.of(words);
  }
}
