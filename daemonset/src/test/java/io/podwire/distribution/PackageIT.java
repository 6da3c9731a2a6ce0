package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.podwire.datapath.CgroupV2;
import io.podwire.testbed.Testbed;
import io.podwire.testing.KernelTest;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * The Debian package from its installation to its purge, in a Debian of each test's own: its files
 * and its pins are its own, its kernel and its cgroup this machine's.
 */
@KernelTest
@Execution(ExecutionMode.CONCURRENT) // most of their time goes by unpacking packages
final class PackageIT {

  private static final int PORT = 7000;
  private static final Path MADE = Path.of("target/package").toAbsolutePath();

  /** A distribution without the package, by its name: kept for the next run. */
  private static final Map<String, CompletableFuture<Path>> BASES = new HashMap<>();

  /** Those of {@code make test}; {@code make deb-test} names others. */
  static Stream<String> suites() {
    return Stream.of(System.getProperty("podwire.package.suites", "bookworm,trixie").split(","));
  }

  @BeforeAll
  static void buildThePackage() {
    boolean there =
        Completed.of(
                    List.of(
                        "sh",
                        "-c",
                        "command -v debootstrap && command -v dh && command -v lintian && command -v asciidoctor"))
                .exit()
            == 0;
    // skipped with a word, as a kernel test is, but not where every test has to run
    if (!there && !Boolean.getBoolean("podwire.kernel.required")) {
      System.out.println(
          "skipped the package: it needs debootstrap, debhelper, lintian and asciidoctor");
      assumeTrue(there);
    }
    assertThat(there).as("the tools of make deb and debootstrap are there").isTrue();
    suites().forEach(suite -> BASES.put(suite, CompletableFuture.supplyAsync(() -> base(suite))));
    Completed build = Completed.of(List.of("../tools/deb")); // meanwhile
    assertThat(build.exit()).as("lintian: " + build.out() + build.err()).isZero();
  }

  @ParameterizedTest
  @MethodSource("suites")
  void itInstallsRunsUpgradesAndPurges(String suite) throws Exception {
    Path root = root(suite, suite + "-installs");
    List<String> installs = DocsPage.way("Package");
    try (Testbed node = Testbed.open("pod");
        Chroot debian = new Chroot(root, node.cgroup())) {
      must(debian.run("apt-get -q update"));
      assertThat(installs).hasSize(5).first().isEqualTo("make deb");

      must(debian.run(installs.get(1))); // apt-get install

      assertThat(must(debian.run("accelctl --version")))
          .isEqualTo(BuiltAccelctl.built().run("--version").out());
      assertThat(must(debian.run("JDK_JAVA_OPTIONS=-Xshare:on accelctl status")))
          .as("the archive of classes belongs to this Java")
          .startsWith("absent: nothing is loaded at ");
      for (String file :
          List.of(
              "/usr/share/man/man1/accelctl-enable.1.gz",
              "/usr/share/man/man5/podwire.conf.5.gz",
              "/usr/share/bash-completion/completions/accelctl",
              "/usr/share/zsh/vendor-completions/_accelctl")) {
        assertThat(root.resolve(file.substring(1))).isNotEmptyFile();
      }
      assertThat(Files.exists(root.resolve("usr/bin/gcc"))).as("no compiler").isFalse();

      must(debian.run(installs.get(2))); // accelctl enable --persist
      assertThat(must(debian.run(installs.get(3)))).startsWith("state                     enabled");
      must(debian.run("dpkg -i daemonset/target/podwire_*.deb")); // an upgrade to the same
      assertThat(must(debian.run("accelctl status")))
          .contains("selected                  1 prefix");
      must(debian.run("accelctl unload"));
      assertThat(must(debian.run("accelctl restore"))).startsWith("enabled: 1 prefix selected");

      assertNoJavaWarns(suite, debian);
      must(debian.run(installs.get(4) + " --yes")); // apt-get purge

      assertThat(must(debian.run("ls -A /sys/fs/bpf"))).doesNotContain("podwire");
      must(debian.run("apt-get --yes autoremove --purge"));
      assertThat(must(debian.run(FILES))).isEmpty();
    }
  }

  /** As a host does it by systemd, which no chroot has: what postinst restarts is run behind it. */
  @Test
  void openFlowsGoOnAndNewOnesJoinTheProgramsOfAnUpgradeAndOfADowngrade() throws Exception {
    String other = MADE.resolve("next/podwire").toString();
    must(Completed.of(List.of("mkdir", "-p", MADE.resolve("next").toString())));
    must(Completed.of(List.of("../tools/another-build", "target/podwire", other)));
    must(Completed.of(List.of("../tools/deb", other, "99")));
    String suite = suites().findFirst().orElseThrow();
    Path root = root(suite, suite + "-upgrades");
    Files.copy(
        MADE.resolve("next/podwire_99-1_" + architecture() + ".deb"),
        root.resolve("root/next.deb"),
        StandardCopyOption.REPLACE_EXISTING);
    try (Testbed bed = Testbed.open("client", "server");
        Chroot debian = new Chroot(root, bed.cgroup())) {
      InetAddress server = bed.pod("server").ipv4();
      must(debian.run("apt-get -q update"));
      must(debian.run(DocsPage.way("Package").get(1))); // apt-get install
      must(
          debian.run(
              "accelctl enable --persist --break-even 0 --accept unchecked --address %s --address %s"
                  .formatted(server.getHostAddress(), bed.pod("client").ipv4().getHostAddress())));
      final JsonNode first = status(debian).get("build");
      HeldFlows.serve(bed.pod("server"), server, PORT);
      HeldFlows held = HeldFlows.open(bed.pod("client"), server, PORT, 5);

      must(debian.run("dpkg -i next.deb && accelctl restore"));

      assertThat(status(debian).get("build")).isNotEqualTo(first);
      assertThat(status(debian).at("/draining/0/build")).isEqualTo(first);
      assertThat(status(debian).at("/draining/0/flows").asInt()).isEqualTo(5);
      held.exchange();
      HeldFlows upgraded = HeldFlows.open(bed.pod("client"), server, PORT, 3);
      assertThat(status(debian).get("flows").asInt()).isEqualTo(3);

      must(debian.run("dpkg -i daemonset/target/podwire_*.deb && accelctl restore"));

      assertThat(status(debian).get("build")).isEqualTo(first);
      held.exchange();
      upgraded.exchange();
      HeldFlows last = HeldFlows.open(bed.pod("client"), server, PORT, 2).exchange();
      assertThat(status(debian).get("flows").asInt()).isEqualTo(5 + 2);
      assertThat(status(debian).at("/draining/0/flows").asInt()).isEqualTo(3);
      held.close();
      upgraded.close();
      last.close();
      must(debian.run("apt-get purge --yes podwire"));
    }
  }

  private static String architecture() {
    return must(Completed.of(List.of("dpkg", "--print-architecture"))).strip();
  }

  private static JsonNode status(Chroot debian) {
    return new ObjectMapper().readTree(must(debian.run("accelctl status -o json")));
  }

  /** Of those that this Debian has, from 17 on. */
  private static void assertNoJavaWarns(String suite, Chroot debian) {
    if (suite.equals("trixie")) { // its default is 21
      must(debian.run("apt-get install --yes --no-install-recommends openjdk-25-jre-headless"));
    }
    String javas = must(debian.run("ls -d /usr/lib/jvm/java-[1-9]?-openjdk-*"));
    assertThat(javas).hasLineCount(suite.equals("trixie") ? 2 : 1);
    for (String java : javas.split("\n")) {
      Completed status = debian.run("JAVA_HOME=" + java + " accelctl status");
      assertThat(status.out()).startsWith("state                     enabled");
      assertThat(status.err()).as(java).isEmpty();
    }
  }

  /** Everything that could be the package's. */
  private static final String FILES =
      "find / -xdev -path /root -prune -o -path /var/lib/dpkg -prune -o -path /var/log -prune -o"
          + " \\( -iname '*podwire*' -o -iname '*accelctl*' \\) -print";

  /** A distribution of a test's own with the package's file. */
  private static Path root(String suite, String name) throws IOException {
    Path base = BASES.get(suite).join();
    Path root = MADE.resolve(name);
    must(Completed.of(List.of("rm", "-rf", root.toString())));
    must(Completed.of(List.of("cp", "--archive", base.toString(), root.toString())));
    Path built = root.resolve("root/daemonset/target");
    Files.createDirectories(built);
    try (Stream<Path> packages = Files.list(Path.of("target"))) {
      for (Path file : packages.filter(p -> p.toString().endsWith(".deb")).toList()) {
        Files.copy(file, built.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return root;
  }

  private static Path base(String suite) {
    Path base = MADE.resolve(suite);
    Path complete = MADE.resolve(suite + ".complete");
    if (!Files.exists(complete)) {
      must(Completed.of(List.of("rm", "-rf", base.toString())));
      must(Completed.of(List.of("mkdir", "-p", MADE.toString())));
      List<String> make = new ArrayList<>(List.of("debootstrap", "--variant=minbase"));
      if (Files.exists(Path.of("/usr/share/debootstrap/scripts", suite))) {
        make.addAll(List.of(suite, base.toString()));
      } else { // one of Ubuntu, newer than this debootstrap; no Debian 12 has a package of its keys
        make.addAll(
            List.of(
                "--components=main,universe",
                "--no-check-gpg",
                suite,
                base.toString(),
                "http://archive.ubuntu.com/ubuntu",
                "gutsy"));
      }
      must(Completed.of(make));
      must(Completed.of(List.of("touch", complete.toString())));
    }
    return base;
  }

  private static String must(Completed run) {
    assertThat(run.exit()).as(run.out() + run.err()).isZero();
    return run.out();
  }

  /** A process that holds the mounts of a root: they are gone with it. */
  private static final class Chroot implements AutoCloseable {

    private final Path root;
    private final Path cgroup;
    private final Process holder;

    Chroot(Path root, Path cgroup) throws IOException {
      this.root = root;
      this.cgroup = Path.of("/sys/fs/cgroup").resolve(CgroupV2.root().relativize(cgroup));
      // unshare wants the root to be a mount, and heeds no SIGTERM: all ends with this process,
      // which has the other end of cat's input
      String mounts =
          "mount --bind . . && cd \"$PWD\" && mount -t proc proc proc && mount -t sysfs sysfs sys && mount -t cgroup2 cgroup sys/fs/cgroup"
              + " && mount -t bpf bpf sys/fs/bpf && echo mounted && exec cat";
      holder =
          new ProcessBuilder(
                  "unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", mounts)
              .directory(root.toFile())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      assertThat(holder.inputReader().readLine()).isEqualTo("mounted");
    }

    Completed run(String command) {
      long init = holder.children().findFirst().orElseThrow().pid();
      List<String> words =
          new ArrayList<>(
              List.of("nsenter", "--target", "" + init, "--mount", "--pid", "chroot", "" + root));
      words.addAll(List.of("sh", "-c", "cd /root && " + command));
      ProcessBuilder process = new ProcessBuilder(words);
      process
          .environment()
          .putAll(
              Map.of(
                  "DEBIAN_FRONTEND",
                  "noninteractive",
                  "HOME",
                  "/root",
                  "PODWIRE_CGROUP",
                  cgroup.toString()));
      return Completed.of(process);
    }

    @Override
    public void close() {
      holder.descendants().forEach(ProcessHandle::destroyForcibly);
      holder.destroyForcibly();
    }
  }
}
