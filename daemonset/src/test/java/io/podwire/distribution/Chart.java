package io.podwire.distribution;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** The chart as Helm renders it. */
final class Chart {

  static final Path SOURCE = Path.of("chart");

  /** What a hook's annotation is called in the copy that is rendered. */
  static final String HOOK = "podwire.test/hook";

  private final Path copy;
  private final Path values;

  /**
   * Copies the chart, since Helm as a library renders no hooks: in the copy they are none.
   *
   * @param directory where the copy goes; who made it removes it
   */
  Chart(Path directory) {
    copy = directory.resolve("podwire");
    values = directory.resolve("values.yaml");
    try (Stream<Path> files = Files.walk(SOURCE)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path made = copy.resolve(SOURCE.relativize(file));
        Files.createDirectories(made.getParent());
        Files.writeString(made, Files.readString(file).replace("helm.sh/hook:", HOOK + ":"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Skips a test where Helm's library has no native part. */
  static void requireHelm() {
    boolean there = System.getProperty("os.arch").equals("amd64");
    if (!there) {
      System.out.println("skipped: chart: Helm's library has a native part for amd64 only");
    }
    assumeTrue(there, "Helm for this architecture");
  }

  /** What {@code helm lint --strict} says of the chart as it is. */
  static List<String> lint() {
    return new Helm(SOURCE).lint().strict().call().getMessages();
  }

  /** What it says of the chart with other values, which have to be complete. */
  List<String> lint(String yaml) {
    write(copy.resolve("values.yaml"), yaml);
    return new Helm(copy).lint().strict().call().getMessages();
  }

  /** What {@code helm install} prints for operators. */
  String notes(String yaml) {
    write(values, yaml);
    String said =
        new Helm(SOURCE)
            .install()
            .withName("podwire")
            .withNamespace("podwire")
            .withValuesFile(values)
            .dryRun()
            .clientOnly()
            .call()
            .getOutput();
    return said.substring(said.indexOf("NOTES:"));
  }

  /**
   * Every object of a release {@code podwire}, hooks too.
   *
   * @param yaml values other than the default
   * @throws IllegalStateException with what Helm says, where it refuses the values
   */
  List<JsonNode> render(String yaml) {
    return render("podwire", "podwire", yaml);
  }

  /** Every object of a release of another name in another namespace. */
  List<JsonNode> render(String release, String namespace, String yaml) {
    write(values, yaml);
    return Manifests.documents(
        new Helm(copy)
            .template()
            .withName(release)
            .withNamespace(namespace)
            .withValuesFile(values)
            .call());
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file of the chart, read as YAML. */
  static JsonNode read(String file) {
    try {
      return Serialization.unmarshal(Files.readString(SOURCE.resolve(file)), JsonNode.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
