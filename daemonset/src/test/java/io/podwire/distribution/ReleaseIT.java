package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What {@code make release} does, but for what takes it minutes: builds and images. */
final class ReleaseIT {

  private static final Path TOOLS = Path.of("../tools").toAbsolutePath();
  private static final String VERSION = System.getProperty("podwire.version");

  @TempDir private Path directory;

  private Path clone;

  @BeforeEach
  void nameTheClone() {
    clone = directory.resolve("clone");
  }

  @Test
  void theTarballHasTheSameBytesWhoeverMadeItsFilesAndWhen() throws IOException {
    Path first = pack("first.tar.gz", "podwire-" + VERSION, "target/podwire");
    Path copy = copied("target/podwire");

    assertThat(pack("second.tar.gz", "podwire-" + VERSION, copy.toString()))
        .hasSameBinaryContentAs(first);
  }

  @Test
  void theChartHasTheSameBytesWhoeverMadeItsFilesAndWhen() throws IOException {
    Path first = pack("first.tgz", "podwire", "chart");
    Path copy = copied("chart");

    assertThat(pack("second.tgz", "podwire", copy.toString())).hasSameBinaryContentAs(first);
  }

  @Test
  void whatIsUnpackedFromTheTarballRunsWithoutTheArchiveOfClasses() {
    Path tarball = pack("podwire.tar.gz", "podwire-" + VERSION, "target/podwire");
    succeeds("tar", "-xf", tarball.toString(), "-C", directory.toString());
    Path unpacked = directory.resolve("podwire-" + VERSION);

    assertThat(unpacked.resolve("lib/accelctl.jsa")).doesNotExist();
    assertThat(BuiltAccelctl.at(unpacked.resolve("bin/accelctl")).run("--version"))
        .isEqualTo(BuiltAccelctl.built().run("--version"))
        .satisfies(run -> assertThat(run.out()).startsWith("accelctl " + VERSION + " (commit "));
  }

  @Test
  void helmInstallsTheArchiveOfTheChart() {
    Chart.requireHelm();
    Path archive = pack("podwire.tgz", "podwire", "chart");

    assertThat(new Helm(archive).template().withName("podwire").call())
        .contains("image: \"localhost/podwire:" + VERSION + "\"");
  }

  @Test
  void theDocumentOfAnImageHasItsPackagesAndWhatItsJavaWasMadeOf() throws IOException {
    write("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n");
    write("opt/java/package", "openjdk-17-jre-headless 17.0.21.1+2-1~deb12u1 arm64 openjdk-17\n");
    write(
        "var/lib/dpkg/status",
        """
        Package: libc6
        Status: install ok installed
        Architecture: arm64
        Source: glibc
        Version: 2.36-9+deb12u14
        Description: none
        Maintainer: none

        Package: iproute2
        Status: install ok installed
        Architecture: arm64
        Version: 1:6.1.0-3
        Description: none
        Maintainer: none
        """);

    JsonNode document =
        Serialization.unmarshal(
            succeeds(tool("sbom"), directory.toString(), "podwire", VERSION), JsonNode.class);

    assertThat(document.at("/metadata/timestamp").asString()).isEqualTo("2026-12-01T00:00:00Z");
    assertThat(document.at("/metadata/component/version").asString()).isEqualTo(VERSION);
    assertThat(document.get("components").findValuesAsString("purl"))
        .containsExactly(
            "pkg:deb/debian/iproute2@1%3A6.1.0-3?arch=arm64&distro=debian-12&upstream=iproute2",
            "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=arm64&distro=debian-12&upstream=glibc",
            "pkg:deb/debian/openjdk-17-jre-headless@17.0.21.1%2B2-1~deb12u1"
                + "?arch=arm64&distro=debian-12&upstream=openjdk-17");
  }

  @Test
  void aReleaseOfWhatIsNoCommitOrByWhatIsNoKeyIsRefused() throws IOException {
    succeeds("git", "init", "--quiet", clone.toString());
    assertThat(release(""))
        .isEqualTo("'?? tools/': a release is made of a commit: commit what changed, or stash it");

    git("add", ".");
    git("-c", "user.name=a", "-c", "user.email=a@example", "commit", "--quiet", "-m", "all");
    assertThat(release("pom.xml"))
        .isEqualTo("KEY=pom.xml does not sign: it has to be a private key in PEM, EC or RSA");
  }

  @Test
  void aTreeThatIsNoCloneIsOfNoKnownCommitAndMakesNoRelease() {
    assertThat(release("")).isEqualTo(clone + " is no clone: a release is made of a commit");
    assertThat(succeeds(clone.resolve("tools/commit").toString())).isEqualTo("unknown\n");
  }

  /** What {@code make release} says first, in a directory with nothing but the tools. */
  private String release(String key) {
    succeeds("mkdir", "-p", clone.resolve("tools").toString());
    succeeds("cp", tool("commit"), tool("release"), clone.resolve("tools").toString());
    Completed run =
        Completed.of(
            List.of("env", "KEY=" + key, clone.resolve("tools/release").toString(), "/proc/none"));
    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).hasLineCount(1).startsWith("release: ");
    return run.err().strip().substring("release: ".length());
  }

  private void git(String... arguments) {
    succeeds(
        Stream.concat(Stream.of("git", "-C", clone.toString()), Stream.of(arguments))
            .toArray(String[]::new));
  }

  private Path pack(String archive, String name, String files) {
    Path made = directory.resolve(archive);
    succeeds(tool("pack"), made.toString(), name, files);
    return made;
  }

  /** The same files, made later, that others of the group may write to. */
  private Path copied(String files) {
    Path copy = directory.resolve("copy");
    succeeds("cp", "--recursive", files, copy.toString());
    succeeds("chmod", "--recursive", "g+w", copy.toString());
    return copy;
  }

  private void write(String file, String text) throws IOException {
    Path path = directory.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private static String tool(String name) {
    return TOOLS.resolve(name).toString();
  }

  private static String succeeds(String... command) {
    ProcessBuilder process = new ProcessBuilder(command);
    process.environment().put("SOURCE_DATE_EPOCH", "1796083200");
    Completed run = Completed.of(process);
    assertThat(run.exit()).as(run.err()).isZero();
    return run.out();
  }
}
