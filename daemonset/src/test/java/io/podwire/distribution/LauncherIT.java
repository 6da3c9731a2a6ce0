package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes.Name;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class LauncherIT {

  private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"(\\d+)");

  @TempDir private Path directory;

  @Test
  void runsThroughASymbolicLink() throws IOException {
    Path link =
        Files.createSymbolicLink(
            directory.resolve("accelctl"), Path.of("target/podwire/bin/accelctl").toAbsolutePath());

    Completed run = BuiltAccelctl.at(link).run("--version");
    Files.delete(link);

    assertThat(run.out()).startsWith("accelctl ");
    assertThat(run.exit()).isZero();
  }

  @Test
  void ignoresAnArchiveOfClassesThatIsNotJavasOwnWithoutAWord() throws Exception {
    copyDistribution();
    Path archive = directory.resolve("podwire/lib/accelctl.jsa");
    Files.setPosixFilePermissions(archive, PosixFilePermissions.fromString("rw-r--r--"));
    Files.writeString(archive, "no archive");

    Completed run = BuiltAccelctl.at(directory.resolve("podwire/bin/accelctl")).run("--version");

    assertThat(run.out()).startsWith("accelctl ").hasLineCount(2);
    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isZero();
  }

  /** A class that no jar has is looked for in all of them. */
  @Test
  void theClassPathHasNoHttpClientBesideJavasOwn() throws IOException {
    try (JarFile accelctl = new JarFile("target/podwire/lib/accelctl.jar")) {
      String path = accelctl.getManifest().getMainAttributes().getValue(Name.CLASS_PATH);

      assertThat(path).contains("kubernetes-httpclient-jdk").doesNotContain("vertx", "netty");
    }
  }

  @Test
  void saysThatThereIsNoJavaWhereJavaHomePointsTo() {
    assertThat(withJavaHome(directory))
        .isEqualTo(
            new Completed(
                1,
                "",
                "accelctl: no java in JAVA_HOME="
                    + directory
                    + ": set it to a Java 17 or newer, or unset it\n"));
  }

  @Test
  void saysThatJavaIsTooOld() throws IOException {
    Path java = Files.createDirectory(directory.resolve("bin")).resolve("java");
    Files.createFile(
        java, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Files.writeString(directory.resolve("release"), "JAVA_VERSION=\"11.0.2\"\n");

    Completed run = withJavaHome(directory);

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err())
        .isEqualTo(
            "accelctl: " + java + " is Java 11.0.2: Java 17 or newer is needed, set JAVA_HOME\n");
  }

  /** A pin that is none: the answer is the kernel's, so native code was called. */
  @ParameterizedTest
  @MethodSource("javas")
  void callsTheKernelWithoutAWarningOfJava(Path java) throws IOException {
    String programs = BuiltAccelctl.built().run("--version").out().split("programs ")[1];
    Path pins = directory.resolve(programs.split(" ")[0]);
    Files.createFile(Files.createDirectories(pins).resolve("link"));

    Completed run =
        BuiltAccelctl.built()
            .run(
                Map.of("JAVA_HOME", java.toString()),
                List.of(),
                "status",
                "--pin-dir",
                directory.toString());

    assertThat(run.err()).isEqualTo("accelctl: can't open " + pins + "/selection: ENOENT\n");
  }

  /** Each Java that is installed here and new enough. */
  private static Stream<Path> javas() throws IOException {
    try (Stream<Path> installed = Files.list(Path.of("/usr/lib/jvm"))) {
      return installed
          .filter(java -> !Files.isSymbolicLink(java))
          .filter(java -> Files.isExecutable(java.resolve("bin/java")))
          .filter(LauncherIT::isNewEnough)
          .toList()
          .stream();
    }
  }

  private static boolean isNewEnough(Path java) {
    try {
      Matcher version = VERSION.matcher(Files.readString(java.resolve("release")));
      return version.find() && Integer.parseInt(version.group(1)) >= 17;
    } catch (IOException e) {
      return false; // not a whole one
    }
  }

  @Test
  void completesItselfInBash() throws Exception {
    Path script = directory.resolve("completion");
    Files.writeString(script, BuiltAccelctl.built().run("generate-completion").out());

    assertThat(new ProcessBuilder("bash", "-n", script.toString()).start().waitFor()).isZero();
    assertThat(script).content().contains("unload");
  }

  private static Completed withJavaHome(Path directory) {
    return BuiltAccelctl.built()
        .run(Map.of("JAVA_HOME", directory.toString()), List.of(), "--version");
  }

  private void copyDistribution() throws Exception {
    int exit =
        new ProcessBuilder("cp", "-R", "target/podwire", directory.toString()).start().waitFor();
    assertThat(exit).isZero();
  }
}
