package io.podwire.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryTest {

  @Test
  void theVerifiersObjectionIsItsLastLineButTheStatistics() {
    String log =
        """
        libbpf: prog 'redirect': -- BEGIN PROG LOAD LOG --
        1: (61) r1 = *(u32 *)(r6 +0)
        R1 is not a scalar
        processed 76 insns (limit 1000000) max_states_per_insn 0
        -- END PROG LOAD LOG --
        """;

    assertThat(Library.verifierLine(log)).isEqualTo("R1 is not a scalar");
  }

  @Test
  void aMissingLibbpfIsNamedWithItsPackage(@TempDir Path libraries) throws Exception {
    Files.writeString(libraries.resolve("libbpf.so.1"), "no library");
    Files.writeString(libraries.resolve("libbpf.so.0"), "no library");

    assertThat(messageWith(libraries)).startsWith("libbpf is not installed: install libbpf 0.5");
  }

  @Test
  void anOldLibbpfIsNamedAsSuch(@TempDir Path libraries) throws Exception {
    Path source =
        Files.writeString(
            libraries.resolve("old.c"), "int libbpf_num_possible_cpus(void) { return 1; }");
    new ProcessBuilder(
            "cc",
            "-shared",
            "-fPIC",
            "-o",
            libraries.resolve("libbpf.so.1").toString(),
            source.toString())
        .inheritIO()
        .start()
        .waitFor();

    assertThat(messageWith(libraries)).startsWith("the system's libbpf is too old");
  }

  private static String messageWith(Path libraries) throws IOException {
    ProcessBuilder java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LibraryUser.class.getName())
            .redirectErrorStream(true);
    java.environment().put("LD_LIBRARY_PATH", libraries.toString());
    try (InputStream output = java.start().getInputStream()) {
      return new String(output.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Prints what a user of the binding is told. */
  static final class LibraryUser {
    public static void main(String[] arguments) {
      try {
        Library.get();
      } catch (BpfException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @Test
  void otherFailuresHaveNoVerifierLine() {
    assertThat(Library.verifierLine("libbpf: failed to find valid kernel BTF")).isEmpty();
  }
}
