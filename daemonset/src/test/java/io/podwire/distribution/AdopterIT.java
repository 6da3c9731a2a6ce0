package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.podwire.datapath.RunningKernel;
import io.podwire.testbed.Place;
import io.podwire.testbed.Testbed;
import io.podwire.testing.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code accelctl adopt --follow} as a process with the rights that the manifests give it. */
@KernelTest
final class AdopterIT {

  private static final int PORT = 7000;
  private static final int CONNECTIONS = 20;

  /** Of daemonset/base/daemonset.yaml. */
  private static final String RIGHTS = "+sys_admin,+sys_ptrace";

  private final BuiltAccelctl accelctl = BuiltAccelctl.built();
  private Testbed node;
  private Path log;
  private Process adopter;

  @BeforeEach
  void openTestbed() throws IOException {
    assumeThat(RunningKernel.adopts()).as("this kernel can adopt").isTrue();
    node = Testbed.open("client", "server");
    log = Files.createTempFile("adopter", ".log");
  }

  @AfterEach
  void closeTestbed() throws IOException {
    if (adopter != null) {
      adopter.destroyForcibly();
    }
    if (node != null) {
      accelctl("unload", "--force", "--timeout", "5s");
      node.close();
      Files.delete(log);
    }
  }

  @Test
  void whatIsOpenIsAdoptedOnceItIsSelectedAndSigtermEndsIt() throws Exception {
    HeldFlows.serve(server(), server().ipv4(), PORT);
    HeldFlows flows = HeldFlows.open(client(), server().ipv4(), PORT, CONNECTIONS);
    follow();
    await().untilAsserted(() -> assertThat(log).content().contains("INFO adopter starting"));

    enable(client());
    assertThat(accelctl("status").out()).contains("flows                     0\n");
    enable(server());

    await()
        .atMost(Duration.ofMinutes(2)) // what is busy is tried again, more and more seldom
        .untilAsserted(
            () ->
                assertThat(accelctl("status").out())
                    .contains("flows                     " + CONNECTIONS + "\n"));
    flows.exchange().exchange();
    assertThat(accelctl("flows").out()).contains("redirected (adopted");
    assertThat(log).content().containsPattern("INFO connections joined adopted=\\d+ returned=0");

    accelctl("disable", "--now");
    flows.exchange(); // who sleeps in the recv() of a joined socket comes back from it
    enable(server());

    await()
        .atMost(Duration.ofMinutes(2)) // what is busy is tried again, more and more seldom
        .untilAsserted(
            () ->
                assertThat(accelctl("status").out())
                    .contains("flows                     " + CONNECTIONS + "\n"));
    flows.exchange().exchange();

    adopter.destroy();

    assertThat(adopter.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(adopter.exitValue()).isEqualTo(143);
    assertThat(log).content().doesNotContain("ERROR", "Exception", "accelctl:");
  }

  @Test
  void itSaysOnceWhichRightItLacksAndGoesOn() throws Exception {
    adopter = start("+sys_admin");

    await()
        .untilAsserted(
            () ->
                assertThat(log)
                    .content()
                    .contains("WARN nothing is adopted on this node: ", "capability SYS_PTRACE:"));
    assertThat(adopter.isAlive()).isTrue();
    assertThat(log).content().hasLineCount(1);
  }

  private void follow() throws IOException {
    adopter = start(RIGHTS);
  }

  private Process start(String rights) throws IOException {
    ProcessBuilder command =
        new ProcessBuilder(
            List.of(
                "setpriv",
                "--no-new-privs",
                "--inh-caps=-all," + rights,
                "--bounding-set=-all," + rights,
                Path.of("target/podwire/bin/accelctl").toAbsolutePath().toString(),
                "adopt",
                "--follow",
                "--cgroup",
                node.cgroup().toString(),
                "--pin-dir",
                node.pinDir().toString()));
    command.environment().put("PODWIRE_ACCEPT", "tcp-iterator");
    return command.redirectErrorStream(true).redirectOutput(log.toFile()).start();
  }

  private void enable(Place pod) {
    Completed enable =
        accelctl(
            "enable",
            "--accept",
            "unchecked",
            "--gears",
            "on",
            "--break-even",
            "0",
            "--address",
            pod.ipv4().getHostAddress());
    assertThat(enable.exit()).as(enable.err()).isZero();
  }

  private Completed accelctl(String verb, String... options) {
    String[] words = new String[options.length + 5];
    words[0] = verb;
    System.arraycopy(options, 0, words, 1, options.length);
    words[options.length + 1] = "--cgroup";
    words[options.length + 2] = node.cgroup().toString();
    words[options.length + 3] = "--pin-dir";
    words[options.length + 4] = node.pinDir().toString();
    return accelctl.run(Map.of(), List.of(), words);
  }

  private Place client() {
    return node.pod("client");
  }

  private Place server() {
    return node.pod("server");
  }
}
