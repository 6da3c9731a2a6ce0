package io.podwire.clusterbench;

import io.podwire.cluster.Container;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Files of {@code /proc} and {@code /sys} of the node, read in one of its pods. */
final class NodeFiles {

  private static final String SCRIPT = "grep -rs '' \"$@\" || true";

  private final Map<String, List<String>> lines = new LinkedHashMap<>();

  /**
   * Reads them, and what is in directories; those that are missing are empty.
   *
   * @param files absolute paths without a colon
   */
  static NodeFiles read(Container pod, String... files) {
    List<String> command = new ArrayList<>(List.of("sh", "-c", SCRIPT, "sh", "/dev/null"));
    command.addAll(List.of(files));
    NodeFiles read = new NodeFiles();
    for (String line : pod.run(command.toArray(String[]::new)).split("\n")) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        read.lines
            .computeIfAbsent(line.substring(0, colon), file -> new ArrayList<>())
            .add(line.substring(colon + 1));
      }
    }
    return read;
  }

  List<String> lines(String file) {
    return lines.getOrDefault(file, List.of());
  }

  /** The first line; empty where the node has no such file. */
  Optional<String> line(String file) {
    return lines(file).stream().findFirst().map(String::strip);
  }

  /**
   * What follows the colon of the first line that begins with a name; empty where there is none.
   */
  Optional<String> value(String file, String name) {
    return lines(file).stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst();
  }

  /** The files of a directory that were read, by their names, with their first lines. */
  Map<String, String> directory(String directory) {
    Map<String, String> files = new LinkedHashMap<>();
    lines.forEach(
        (file, text) -> {
          if (file.startsWith(directory + "/")) {
            files.put(file.substring(directory.length() + 1), text.get(0).strip());
          }
        });
    return files;
  }
}
