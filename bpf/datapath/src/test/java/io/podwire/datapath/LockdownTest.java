package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What lockdown is known by, and what the programs may call there. */
class LockdownTest {

  private static final Path OBJECTS = Path.of("target/classes/io/podwire/bpf");

  private static final int BYTES_OF_INSTRUCTION = 8;
  private static final byte CALL = (byte) 0x85;

  /** bpf_probe_read, _str, _kernel and _kernel_str, by their numbers in linux/bpf.h. */
  private static final Set<Integer> READS = Set.of(4, 45, 113, 115);

  private static final int WRITES_USER = 36;

  static Stream<Path> objectsFrom62() throws IOException {
    try (Stream<Path> files = Files.list(OBJECTS)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".6.2.bpf.o"))
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("objectsFrom62")
  void from62OnNoProgramReadsByWhatLockdownForConfidentialityRefuses(Path object) {
    Elf elf = Elf.of(object);

    assertThat(elf.programs()).isNotEmpty();
    assertThat(elf.programs())
        .allSatisfy(
            (section, code) ->
                assertThat(helpers(code)).as(section).doesNotContainAnyElementsOf(READS));
  }

  @ParameterizedTest
  @MethodSource("objectsFrom62")
  void theGuardOfFionreadAloneWritesWhatLockdownRefuses(Path object) {
    List<String> writers =
        Elf.of(object).programs().entrySet().stream()
            .filter(section -> helpers(section.getValue()).contains(WRITES_USER))
            .map(section -> section.getKey())
            .toList();

    assertThat(writers).isSubsetOf("fexit/sock_ioctl");
  }

  /** So the test above finds what it looks for. */
  @Test
  void buildsForOlderKernelsReadByHelper() {
    Path object = OBJECTS.resolve("podwire.x86.5.15.bpf.o");

    assertThat(helpers(Elf.of(object).section("sk_msg"))).contains(113);
  }

  @Test
  void itIsReadAsTheKernelWritesIt(@TempDir Path root) throws IOException {
    assertThat(Lockdown.in(root)).isEqualTo(Lockdown.NONE);

    Path file = root.resolve("sys/kernel/security/lockdown");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "[none] integrity confidentiality\n");
    assertThat(Lockdown.in(root).consequence()).isEmpty();
    Files.writeString(file, "none [integrity] confidentiality\n");
    assertThat(Lockdown.in(root).consequence())
        .contains("integrity refuses the guard fionread: no gears but by --gears on");
  }

  /** The helpers that code calls: not kfuncs, nor functions of its own. */
  private static Set<Integer> helpers(ByteBuffer code) {
    Set<Integer> helpers = new TreeSet<>();
    for (int at = 0; at < code.limit(); at += BYTES_OF_INSTRUCTION) {
      if (code.get(at) == CALL && code.get(at + 1) >> 4 == 0) {
        helpers.add(code.getInt(at + 4));
      }
    }
    return helpers;
  }
}
