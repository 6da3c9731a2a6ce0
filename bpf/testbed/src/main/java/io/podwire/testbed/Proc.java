package io.podwire.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The text files of {@code /proc} and {@code /sys}. */
public final class Proc {

  private Proc() {}

  /** The first line of a file; empty where the machine has none. */
  public static Optional<String> line(String file) {
    List<String> lines = read(file);
    return lines.isEmpty() ? Optional.empty() : Optional.of(lines.get(0).strip());
  }

  /**
   * What follows the colon of the first line that begins with a name; {@code unknown} where there
   * is none.
   */
  public static String value(String file, String name) {
    return read(file).stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("unknown");
  }

  /**
   * All lines of a file; none where it cannot be read, as many of these files only exist on some
   * machines.
   */
  public static List<String> read(String file) {
    try {
      return Files.readAllLines(Path.of(file));
    } catch (IOException e) {
      return List.of();
    }
  }
}
