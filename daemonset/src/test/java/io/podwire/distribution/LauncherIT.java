package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LauncherIT {

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
