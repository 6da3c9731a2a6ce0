package io.podwire.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The table of rights in {@code docs/accelctl.md}. */
public final class RightsPage {

  private static final Pattern RIGHT = Pattern.compile("`([a-z]+ [a-z/]+)`");

  private RightsPage() {}

  /** The rights of a verb, such as {@code get pods/log}. */
  public static Set<String> of(String verb) throws IOException {
    String row =
        Files.readAllLines(Path.of("../../docs/accelctl.md")).stream()
            .filter(line -> line.startsWith("| `" + verb + "` | `"))
            .findFirst()
            .orElseThrow();
    return RIGHT
        .matcher(row.substring(row.indexOf(" | ")))
        .results()
        .map(right -> right.group(1))
        .collect(Collectors.toSet());
  }
}
