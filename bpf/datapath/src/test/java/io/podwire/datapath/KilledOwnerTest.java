package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podwire.testbed.Testbed;
import io.podwire.testing.KernelTest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who makes a testbed and loads a datapath into it can be killed: nothing of either is left. */
@KernelTest
class KilledOwnerTest {

  /** What another JVM runs until it is killed. */
  static final class Owner {

    private Owner() {}

    public static void main(String[] args) throws IOException {
      try (Testbed bed = Testbed.open("client");
          Datapath datapath = KernelDatapath.at(bed.pinDir(), bed.cgroup())) {
        datapath.enable();
        System.out.println(bed.cgroup().getParent());
        System.out.println(bed.pinDir());
        System.in.read();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "KILL"})
  void theDatapathGoesWithTheTestbed(String signal) throws Exception {
    Process owner =
        new ProcessBuilder(
                "env",
                "--default-signal=INT",
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                Owner.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader lines = owner.inputReader(StandardCharsets.UTF_8);
    Path cgroup = Path.of(lines.readLine());
    Path pinDir = Path.of(lines.readLine());
    assertThat(pinDir.resolve(Build.carried().toString())).isNotEmptyDirectory();

    new ProcessBuilder("kill", "-" + signal, Long.toString(owner.pid())).start().waitFor();

    owner.waitFor();
    await()
        .untilAsserted(
            () -> {
              assertThat(cgroup).doesNotExist();
              assertThat(pinDir).doesNotExist();
            });
  }
}
