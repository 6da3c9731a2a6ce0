package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares what a compilation noted of its objects with the objects. */
class CompiledObjectsTest {

  /** All objects, also those of the tests. */
  static Stream<Path> objects() throws IOException {
    Stream.Builder<Path> objects = Stream.builder();
    for (String classes : List.of("target/classes", "target/test-classes")) {
      try (Stream<Path> files = Files.walk(Path.of(classes, "io/podwire/bpf"))) {
        files.filter(file -> file.toString().endsWith(".bpf.o")).forEach(objects);
      }
    }
    return objects.build();
  }

  @ParameterizedTest
  @MethodSource("objects")
  void theHashThatIsNotedOfAnObjectIsItsOwn(Path object) throws Exception {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(object));

    assertThat(Path.of(object + ".sha256")).hasContent(HexFormat.of().formatHex(hash));
  }
}
