package io.podwire.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.podwire.bench.Progress;
import io.podwire.datapath.KernelDatapath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.function.Function;

/**
 * The last check of this machine, kept in a file: it holds for the kernel release and the program
 * generation that it was made with.
 */
public final class KeptCheck {

  /** Where it is kept unless said otherwise. */
  public static final Path DEFAULT_DIRECTORY = Path.of("/var/lib/podwire");

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private final Path file;
  private final Function<Progress, CheckReport> check;

  /**
   * @param directory for the file; created when needed
   * @param check makes a check
   */
  public KeptCheck(Path directory, Function<Progress, CheckReport> check) {
    this.file = directory.resolve("check.json");
    this.check = check;
  }

  /**
   * The check that was made on this kernel with these programs; made now, if there is none.
   *
   * @throws CheckException when it cannot be read, made or kept
   */
  public CheckReport latest(Progress progress) {
    return kept()
        .filter(report -> report.kernel().equals(System.getProperty("os.version")))
        .filter(report -> report.generation() == KernelDatapath.GENERATION)
        .orElseGet(() -> renew(progress));
  }

  /**
   * Makes a check, and keeps it.
   *
   * @throws CheckException when it cannot be kept
   */
  public CheckReport renew(Progress progress) {
    CheckReport report = check.apply(progress);
    Path fresh = file.resolveSibling(file.getFileName() + "." + ProcessHandle.current().pid());
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(fresh, json(report));
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new CheckException(
          "cannot keep the check in " + file + ": " + e.getMessage() + ": name another --state-dir",
          e);
    }
    return report;
  }

  private Optional<CheckReport> kept() {
    try {
      return Optional.of(JSON.readValue(Files.readString(file), CheckReport.class));
    } catch (NoSuchFileException | JsonProcessingException e) {
      return Optional.empty(); // never made, or by a version that wrote something else
    } catch (IOException e) {
      throw new CheckException(
          "cannot read " + file + " (" + e + "): remove it, or name another --state-dir", e);
    }
  }

  /** The document that {@code accelctl check -o json} prints. */
  public static String json(CheckReport report) {
    try {
      return JSON.writeValueAsString(report);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report is a tree of records", e);
    }
  }
}
