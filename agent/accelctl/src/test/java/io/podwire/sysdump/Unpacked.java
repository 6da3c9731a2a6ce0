package io.podwire.sysdump;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** An archive as an admin sees it, by the system's tar. */
public final class Unpacked {

  private Unpacked() {}

  /** The texts of the files, by their names. */
  public static Map<String, String> of(byte[] archive) throws Exception {
    Path directory = Files.createTempDirectory("unpacked");
    try {
      Path file = Files.write(directory.resolve("archive.tar.gz"), archive);
      Process tar =
          new ProcessBuilder("tar", "xzf", file.toString(), "-C", directory.toString())
              .inheritIO()
              .start();
      assertThat(tar.waitFor()).isZero();
      Files.delete(file);
      return read(directory);
    } finally {
      remove(directory);
    }
  }

  private static Map<String, String> read(Path directory) throws IOException {
    Map<String, String> files = new HashMap<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(directory.relativize(file).toString(), Files.readString(file));
      }
    }
    return files;
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path file : all.sorted((one, other) -> other.compareTo(one)).toList()) {
        Files.delete(file);
      }
    }
  }
}
