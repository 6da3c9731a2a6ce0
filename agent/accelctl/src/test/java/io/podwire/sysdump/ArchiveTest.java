package io.podwire.sysdump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podwire.cluster.ClusterException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ArchiveTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void tarUnpacksWhatWasAdded() throws Exception {
    String large = "x".repeat(100_000);
    try (Archive archive = new Archive(out, "dump")) {
      archive.add("empty", () -> "");
      archive.add("block", () -> "y".repeat(512));
      archive.add("nodes/worker-1/large.json", () -> large);
      assertThat(archive.files()).isEqualTo(3);
    }

    assertThat(Unpacked.of(out.toByteArray()))
        .isEqualTo(
            Map.of(
                "dump/empty",
                "",
                "dump/block",
                "y".repeat(512),
                "dump/nodes/worker-1/large.json",
                large));
  }

  @Test
  void whatCannotBeHadIsALineAndTheOthersAreThere() throws Exception {
    try (Archive archive = new Archive(out, "dump")) {
      archive.add(
          "one",
          () -> {
            throw new ClusterException("the node\n is gone");
          });
      archive.add(
          "two",
          () -> {
            throw new IOException("no such file");
          });
      archive.add(
          "three",
          () -> {
            throw new IllegalStateException("a defect");
          });
      archive.add("four", () -> "4");
      archive.add(
          "five",
          () -> {
            throw new UncheckedIOException(new AccessDeniedException("/etc/x"));
          });
    }

    assertThat(Unpacked.of(out.toByteArray()))
        .containsOnly(
            Map.entry("dump/four", "4"),
            Map.entry(
                "dump/errors.txt",
                """
                one: the node is gone
                two: no such file
                three: java.lang.IllegalStateException: a defect
                five: /etc/x: permission denied
                """));
  }

  @Test
  void anArchiveGoesIntoADirectoryOfAnotherAndSoDoesWhatItLacks() throws Exception {
    try (Archive archive = new Archive(out, "of-the-node")) {
      archive.add("a", () -> "1");
      archive.add("b/c", () -> "2");
      archive.add("b/../../c", () -> "a node may write what it likes");
      archive.lacks("check.json", "none is kept");
    }
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    try (Archive archive = new Archive(whole, "dump")) {
      archive.addAll("nodes/worker-1", new ByteArrayInputStream(out.toByteArray()));
    }

    assertThat(Unpacked.of(whole.toByteArray()))
        .containsOnly(
            Map.entry("dump/nodes/worker-1/a", "1"),
            Map.entry("dump/nodes/worker-1/b/c", "2"),
            Map.entry(
                "dump/errors.txt",
                """
                nodes/worker-1: a file is named b/../../c
                nodes/worker-1/check.json: none is kept
                """));
  }

  @Test
  void anArchiveThatIsCutOffIsALineBehindWhatItHad() throws Exception {
    try (Archive archive = new Archive(out, "of-the-node")) {
      archive.add("a", () -> "1");
    }
    byte[] cut = Arrays.copyOf(out.toByteArray(), 20);
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    try (Archive archive = new Archive(whole, "dump")) {
      archive.addAll("nodes/worker-1", new ByteArrayInputStream(cut));
      archive.addAll("nodes/worker-2", new ByteArrayInputStream(new byte[0]));
      assertThat(archive.errors())
          .hasSize(2)
          .allSatisfy(line -> assertThat(line).contains("its archive is no whole one"));
    }
  }

  @Test
  void aNameThatIsTooLongIsALine() throws Exception {
    try (Archive archive = new Archive(out, "dump")) {
      archive.add("x".repeat(100), () -> "1");
      archive.add("y".repeat(101), () -> "2");
    }

    assertThat(Unpacked.of(out.toByteArray()))
        .containsOnlyKeys("dump/" + "x".repeat(100), "dump/errors.txt");
  }

  @Test
  void anArchiveThatCannotBeWrittenIsNone() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };

    assertThatThrownBy(() -> new Archive(full, "dump"))
        .isInstanceOf(SysdumpException.class)
        .hasMessage("cannot write the archive: No space left on device");
  }
}
