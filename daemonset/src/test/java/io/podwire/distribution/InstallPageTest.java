package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * The ways to install that docs/install.md begins with, as far as they need no cluster and no
 * registry. {@link PackageIT} has the third.
 */
final class InstallPageTest {

  /** The image that nodes pull. */
  private static final String IMAGE =
      "registry.example/podwire:" + System.getProperty("podwire.version");

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"Chart", "Kustomize"})
  void aClusterPullsTheImageThatWasPushed(String way) {
    assertThat(DocsPage.way(way))
        .hasSize(5)
        .startsWith(
            "make image",
            "skopeo copy docker-archive:daemonset/target/podwire-image.tar docker://" + IMAGE);
  }

  @Test
  void theValuesOfTheChartMakeNodesPullThatImage() {
    Chart.requireHelm();
    List<String> install = List.of(DocsPage.way("Chart").get(2).split(" "));
    assertThat(install.subList(0, 7))
        .containsExactly(
            "helm",
            "install",
            "podwire",
            "daemonset/chart",
            "--namespace",
            "podwire",
            "--create-namespace");
    assertThat(install.get(7)).isEqualTo("--set");
    String[] set = install.get(8).split("=");
    assertThat(set[0]).isEqualTo("image.registry");

    List<JsonNode> objects = new Chart(directory).render("image: {registry: %s}".formatted(set[1]));

    assertImages(objects);
  }

  @Test
  void theKustomizationMakesNodesPullThatImage() throws Exception {
    Manifests.requireKubectl();
    List<String> way = DocsPage.way("Kustomize");
    assertThat(way.get(3)).isEqualTo("kubectl apply -k podwire");
    copyManifests();

    Completed made =
        Completed.of(
            new ProcessBuilder("sh", "-e", "-c", way.get(2) + "\nkubectl kustomize podwire")
                .directory(directory.toFile()));

    assertThat(made.exit()).as(made.err()).isZero();
    assertImages(Manifests.documents(made.out()));
  }

  /** Its commands write beside it. */
  private void copyManifests() throws IOException, InterruptedException {
    Path copy = Files.createDirectory(directory.resolve("daemonset"));
    for (String part : List.of("base", "overlays")) {
      assertThat(new ProcessBuilder("cp", "-R", part, copy.toString()).start().waitFor()).isZero();
    }
  }

  private static void assertImages(List<JsonNode> objects) {
    objects.forEach(Manifests::requireKnownFields);
    assertThat(objects.stream().flatMap(object -> object.findValuesAsString("image").stream()))
        .isNotEmpty()
        .containsOnly(IMAGE);
  }
}
